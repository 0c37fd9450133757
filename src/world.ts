// The real world behind a command's context: streams, clock, disk, a person at the terminal, signals.
//
// A command that took `signal` is told once and stops by itself; a second Ctrl-C, or a command that never looked,
// ends the process at once. Exit 130 for Ctrl-C, 143 for a supervisor or a closed terminal.

import { Interruption, exitCodes, realDisk, type Context, type RealProcess } from './core/index.ts'

export function realWorld(streams: RealProcess): Context {
  const stop = stopSignal(streams)
  return {
    process: streams,
    cwd: process.cwd(),
    env: process.env,
    now: () => new Date(),
    disk: realDisk,
    get isTerminal() {
      return isOnTerminal(process.stdin) && isOnTerminal(streams.stderr)
    },
    ask: (question) => askOnTerminal(question, stop.take()),
    get signal() {
      return stop.take()
    },
  }
}

/** `isTTY` is undefined on a pipe, whatever its type says. */
function isOnTerminal(stream: { readonly isTTY?: boolean }): boolean {
  return stream.isTTY === true
}

function stopSignal({ stdout, stderr }: RealProcess): { take(): AbortSignal } {
  const controller = new AbortController()
  let isTaken = false
  const onSignal = (name: NodeJS.Signals): void => {
    const reason = new Interruption(name === 'SIGINT' ? 'INTERRUPTED' : 'STOPPED')
    if (!isTaken || controller.signal.aborted) process.exit(reason.exitCode)
    controller.abort(reason)
  }
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal)
  for (const output of [stdout, stderr]) {
    output.onClosed(() => {
      if (!isTaken) process.exit(process.exitCode ?? exitCodes.done)
      controller.abort(new Interruption('STOPPED'))
    })
  }
  return {
    take() {
      isTaken = true
      return controller.signal
    },
  }
}

async function askOnTerminal(question: string, signal: AbortSignal): Promise<boolean> {
  const { createInterface } = await import('node:readline/promises')
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const closed = Promise.withResolvers<string>()
  terminal.once('close', () => closed.resolve('')) // end of input is no
  terminal.once('SIGINT', () => process.kill(process.pid, 'SIGINT')) // readline swallows Ctrl-C in raw mode
  try {
    const answer = await Promise.race([terminal.question(`${question} [y/N] `, { signal }), closed.promise])
    return /^\s*(y|yes)\s*$/i.test(answer)
  } catch (cause) {
    signal.throwIfAborted()
    throw cause
  } finally {
    terminal.close()
  }
}
