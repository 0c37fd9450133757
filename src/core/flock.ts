// The kernel's advisory lock that the engine takes too, by way of util-linux `flock`.
//
// Node has no call for it. We open the file and hand the descriptor to `flock -x 3`: the lock belongs to the open
// file, so it stays with us when that program has ended, and the kernel frees it when we close the file or die.
// Two holders in one process exclude each other as well. Not its job: which files are locks (hermes, deploy).

import { constants, promises, statSync } from 'node:fs'
import { TimmyError } from './errors.ts'

export interface FlockOptions {
  /** How long to wait for another holder, in milliseconds. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

/** Runs `action` while this process holds the exclusive lock on `file` (made with mode 0600 when missing). */
export async function withFlock<T>(file: string, options: FlockOptions, action: () => Promise<T> | T): Promise<T> {
  const handle = await openLocked(file, options)
  try {
    return await action()
  } finally {
    await handle.close()
  }
}

const openForLock = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW

async function openLocked(file: string, options: FlockOptions): Promise<promises.FileHandle> {
  const giveUpAt = performance.now() + options.timeoutMs
  for (;;) {
    options.signal?.throwIfAborted()
    const handle = await promises.open(file, openForLock, 0o600)
    try {
      const waitMs = giveUpAt - performance.now()
      const wait = waitMs < 1 ? ['-n'] : ['-w', (waitMs / 1000).toFixed(3)]
      const isHeldByOther = !(await flock(handle.fd, ['-x', ...wait], options.signal))
      options.signal?.throwIfAborted()
      if (isHeldByOther) throw locked(file, options.timeoutMs)
      if (await isStill(file, handle)) return handle
    } catch (cause) {
      await handle.close()
      throw cause
    }
    await handle.close() // someone removed the file meanwhile: our lock is on a file without a name
  }
}

async function isStill(file: string, handle: promises.FileHandle): Promise<boolean> {
  const held = await handle.stat()
  const named = statSync(file, { throwIfNoEntry: false })
  return named?.ino === held.ino && named.dev === held.dev
}

function locked(file: string, timeoutMs: number): TimmyError {
  return new TimmyError('LOCKED', `another process holds ${file} and did not let go within ${timeoutMs} ms`, {
    hint: `fuser -v ${file}`,
    where: [{ file }],
  })
}

/** Whether another process holds this lock exclusively now; false when the file is not there. */
export async function isFlocked(file: string): Promise<boolean> {
  let handle: promises.FileHandle
  try {
    handle = await promises.open(file, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw cause
  }
  try {
    return !(await flock(handle.fd, ['-s', '-n']))
  } finally {
    await handle.close()
  }
}

const heldByOther = 75

/** False when another holder kept it to the end of the wait, or the wait was broken off. */
async function flock(descriptor: number, flags: readonly string[], signal?: AbortSignal): Promise<boolean> {
  const { spawn } = await import('node:child_process')
  return new Promise((resolve, reject) => {
    const child = spawn('flock', [...flags, '-E', String(heldByOther), '3'], {
      stdio: ['ignore', 'ignore', 'ignore', descriptor],
      detached: true, // Ctrl-C reaches us alone, and we end it
    })
    const stop = (): void => void child.kill('SIGKILL')
    signal?.addEventListener('abort', stop)
    child.once('error', (cause) => {
      signal?.removeEventListener('abort', stop)
      reject(missing(cause))
    })
    child.once('exit', (code) => {
      signal?.removeEventListener('abort', stop)
      if (code === 0 || code === heldByOther || signal?.aborted) resolve(code === 0)
      else reject(missing(new Error(`flock exited with ${code}`)))
    })
  })
}

function missing(cause: unknown): TimmyError {
  return new TimmyError('TOOL_MISSING', 'the lock needs the program flock of util-linux, which does not run here', {
    hint: 'apt-get install util-linux',
    cause,
  })
}
