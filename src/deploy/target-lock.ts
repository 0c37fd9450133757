// The lock of one target: two deploys never work on the same home at once.
//
// It is an immediate transaction on a small database of its own, so the kernel frees it when its holder dies, however
// that happens. Who holds it is written beside it, for the message only.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { TimmyError, openDatabase } from '../core/index.ts'

export interface TargetLock {
  [Symbol.dispose](): void
}

const waitMs = 2_000

/** Takes the lock, waiting a moment for a holder that is about to end; LOCKED otherwise. */
export function lockTarget(folder: string, now: Date): TargetLock {
  const database = openDatabase(join(folder, 'lock.sqlite'), [], { busyTimeoutMs: waitMs })
  const holderFile = join(folder, 'lock-holder.json')
  try {
    database.exec('BEGIN IMMEDIATE')
  } catch (cause) {
    database[Symbol.dispose]()
    if (!isBusy(cause)) throw cause
    throw new TimmyError('LOCKED', `another deploy works on this target${holderIn(holderFile)}`, {
      hint: 'wait for it, then run the command again',
      cause,
    })
  }
  noteHolder(holderFile, now)
  return { [Symbol.dispose]: () => database[Symbol.dispose]() }
}

/** For the message of others alone: a disk that refuses it must not stop us here. */
function noteHolder(file: string, now: Date): void {
  try {
    writeFileSync(file, JSON.stringify({ pid: process.pid, since: now.toISOString() }), { mode: 0o600 })
  } catch {
    // said where a write matters
  }
}

/** SQLITE_BUSY (sqlite.org/rescode.html). */
function isBusy(cause: unknown): boolean {
  return cause instanceof Error && 'errcode' in cause && (Number(cause.errcode) & 0xff) === 5
}

function holderIn(file: string): string {
  try {
    const { pid, since } = JSON.parse(readFileSync(file, 'utf8')) as { pid: number; since: string }
    return ` (process ${pid}, since ${since})`
  } catch {
    return ''
  }
}
