// A write that the file system refused, told in the words of a user.

import { TimmyError } from '../core/index.ts'
import { codeOf } from './install.ts'

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the file system is read-only',
  EACCES: 'permission is denied',
  EPERM: 'the operation is not permitted',
  EIO: 'the disk reports an error',
  SQLITE_FULL: 'the disk is full',
}

/** DISK_REFUSED for what a file system refuses; anything else comes back as it is. */
export function refusedWrite(cause: unknown, outcome: string): unknown {
  const code = codeOf(cause) === 'ERR_SQLITE_ERROR' ? sqliteCodeOf(cause) : codeOf(cause)
  const reason = code === undefined ? undefined : reasons[code]
  if (reason === undefined) return cause
  const path = cause instanceof Error && 'path' in cause && typeof cause.path === 'string' ? cause.path : undefined
  const where = path === undefined ? [] : [{ file: path }]
  const sentence = `${path ?? 'our record'} cannot be written: ${reason}; ${outcome}`
  return new TimmyError('DISK_REFUSED', sentence, { hint: 'mend the file system, then: timmy deploy', where, cause })
}

/** SQLite's result codes: 13 is SQLITE_FULL, 8 READONLY, 10 IOERR (sqlite.org/rescode.html). */
function sqliteCodeOf(cause: unknown): string | undefined {
  const number = cause instanceof Error && 'errcode' in cause ? Number(cause.errcode) & 0xff : 0
  return { 13: 'SQLITE_FULL', 8: 'EROFS', 10: 'EIO' }[number]
}
