// Child processes: argument lists only, bounded by a clock and in what they may print.
//
// A child leads a process group of its own. When its time is up, or the signal aborts, the whole group gets SIGTERM,
// then SIGKILL, and `run` returns only after the death of all of it was observed. What still runs when this process
// ends is killed with it. A child's failure is a value; only a program that cannot be started at all is told as
// `notFound`. Not its job: what the output means, secrets in it (redact.ts).

import type { ChildProcess } from 'node:child_process'

export interface RunOptions {
  /** Wall clock for the whole run, in milliseconds. */
  readonly timeoutMs: number
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Text for standard input; it is closed at once without it. */
  readonly input?: string
  /** Output beyond this many bytes per stream is dropped and `truncated` is set. */
  readonly maxOutputBytes?: number
  readonly signal?: AbortSignal
}

export interface RunResult {
  /** Null when a signal ended the child. */
  readonly exitCode: number | null
  readonly endedBy: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  readonly timedOut: boolean
  readonly truncated: boolean
  /** The program could not be started: no such file, or not executable. */
  readonly notFound: boolean
}

const graceMs = 2_000
const deathWatchMs = 1_000
const defaultMaxOutputBytes = 8 * 1024 * 1024

/** Runs a program to its end. Never throws for what the program does. */
export async function run(argv: readonly string[], options: RunOptions): Promise<RunResult> {
  const [program = '', ...rest] = argv
  const { spawn } = process.getBuiltinModule('node:child_process') // not imported: it costs a tenth of a start
  const child = spawn(program, rest, {
    cwd: options.cwd,
    env: options.env,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const maxBytes = options.maxOutputBytes ?? defaultMaxOutputBytes
  const stdout = collect(child.stdout, maxBytes)
  const stderr = collect(child.stderr, maxBytes)
  child.stdin.on('error', () => {}) // a child that does not read its input closes the pipe
  child.stdin.end(options.input ?? '')
  noteRunning(child)
  const limit = stopAtLimit(child, options)
  const { exitCode, endedBy, notFound } = await ended(child)
  await limit.finish()
  running.delete(child)
  return {
    exitCode,
    endedBy,
    notFound,
    stdout: stdout.text(),
    stderr: stderr.text(),
    timedOut: limit.timedOut(),
    truncated: stdout.truncated() || stderr.truncated(),
  }
}

const running = new Set<ChildProcess>()
let isExitWatched = false

/** Nothing that we started outlives us. */
function noteRunning(child: ChildProcess): void {
  running.add(child)
  if (isExitWatched) return
  isExitWatched = true
  process.once('exit', () => {
    for (const left of running) signalGroup(left, 'SIGKILL')
  })
}

function ended(child: ChildProcess): Promise<Pick<RunResult, 'exitCode' | 'endedBy' | 'notFound'>> {
  return new Promise((resolve) => {
    child.once('error', () => resolve({ exitCode: null, endedBy: null, notFound: child.pid === undefined }))
    child.once('close', (exitCode, endedBy) => resolve({ exitCode, endedBy, notFound: false }))
  })
}

interface Limit {
  /** Ends the watch; after a stop it returns once nothing of the group is left. */
  finish(): Promise<void>
  timedOut(): boolean
}

function stopAtLimit(child: ChildProcess, options: RunOptions): Limit {
  let timedOut = false
  let killTimer: NodeJS.Timeout | undefined
  const stop = (): void => {
    signalGroup(child, 'SIGTERM')
    killTimer ??= setTimeout(() => signalGroup(child, 'SIGKILL'), graceMs)
  }
  const clock = setTimeout(() => {
    timedOut = true
    stop()
  }, options.timeoutMs)
  options.signal?.addEventListener('abort', stop)
  if (options.signal?.aborted) stop()
  return {
    async finish() {
      clearTimeout(clock)
      clearTimeout(killTimer)
      options.signal?.removeEventListener('abort', stop)
      if (killTimer !== undefined) await killRest(child)
    },
    timedOut: () => timedOut,
  }
}

/** The leader is dead; a grandchild that let go of our pipes may not be. */
async function killRest(child: ChildProcess): Promise<void> {
  const { setTimeout: sleep } = process.getBuiltinModule('node:timers/promises')
  const giveUpAt = performance.now() + deathWatchMs
  while (signalGroup(child, 'SIGKILL') && performance.now() < giveUpAt) await sleep(5)
}

/** False when nobody is left in the group. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals): boolean {
  if (child.pid === undefined) return false
  try {
    return process.kill(-child.pid, signal)
  } catch {
    return false
  }
}

function collect(stream: NodeJS.ReadableStream, maxBytes: number): { text(): string; truncated(): boolean } {
  const chunks: Buffer[] = []
  let bytes = 0
  let truncated = false
  stream.on('data', (chunk: Buffer) => {
    const room = maxBytes - bytes
    truncated ||= chunk.length > room
    if (room > 0) chunks.push(chunk.subarray(0, room))
    bytes += Math.min(chunk.length, room)
  })
  return { text: () => Buffer.concat(chunks).toString('utf8'), truncated: () => truncated }
}
