// Our two output streams, written at once and in order.
//
// Written past Node's streams, for two reasons: nothing is lost when the process ends right after, and the modules
// behind `process.stdout` cost a tenth of the start. Node's own stream takes over on a terminal, and where the other
// side made the pipe non-blocking. When nobody reads any more, output is dropped without a word.

import type { Output } from './context.ts'

export interface ProcessOutput extends Output {
  /** Called once, when the other side has gone away. */
  onClosed(listener: () => void): void
}

// Not imported: an import of node:fs has all its lazy parts made, Node's streams among them.
const { fstatSync, writeSync } = process.getBuiltinModule('node:fs')

/** `stream` is asked for only when it is needed. */
export function outputOn(descriptor: 1 | 2, stream: () => NodeJS.WriteStream): ProcessOutput {
  const listeners: (() => void)[] = []
  let isClosed = false
  let isOwnStream = false
  let isTerminal: boolean | undefined
  const close = (error: unknown): void => {
    if (codeOf(error) !== 'EPIPE') throw error
    if (isClosed) return
    isClosed = true
    for (const listener of listeners) listener()
  }
  const streamFromNowOn = (): NodeJS.WriteStream => {
    if (!isOwnStream) stream().on('error', close)
    isOwnStream = true
    return stream()
  }
  return {
    write(text) {
      if (isClosed) return
      try {
        const rest = isOwnStream ? Buffer.from(text) : writeNow(descriptor, Buffer.from(text))
        if (rest.length > 0) streamFromNowOn().write(rest)
      } catch (error) {
        close(error)
      }
    },
    get isTTY() {
      return (isTerminal ??= mayBeTerminal(descriptor) && streamFromNowOn().isTTY)
    },
    get columns() {
      return this.isTTY === true ? stream().columns : 80
    },
    getColorDepth(env) {
      return this.isTTY === true ? stream().getColorDepth(env) : 1
    },
    onClosed: (listener) => void listeners.push(listener),
  }
}

/** Writes as much as the other side takes now; gives back the rest. */
function writeNow(descriptor: number, bytes: Buffer): Buffer {
  let written = 0
  try {
    while (written < bytes.length) written += writeSync(descriptor, bytes, written)
  } catch (error) {
    if (codeOf(error) !== 'EAGAIN') throw error
  }
  return bytes.subarray(written)
}

/** The number of /dev/null, the one character device that is often an output and never a terminal. */
const devNull = 0x103

function mayBeTerminal(descriptor: number): boolean {
  const found = fstatSync(descriptor)
  return found.isCharacterDevice() && found.rdev !== devNull
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code
}
