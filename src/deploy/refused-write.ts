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
  EBUSY: 'it is a mount of its own, or in use',
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

/** SQLite's result codes that the file system is the cause of (sqlite.org/rescode.html). */
const sqliteCodes: Readonly<Record<number, string>> = { 8: 'EROFS', 10: 'EIO', 13: 'ENOSPC', 14: 'EACCES' }
/** SQLITE_IOERR_SHMSIZE: there was no room for the index of the log. */
const noRoomForIndex = 4874

function sqliteCodeOf(cause: unknown): string | undefined {
  const number = cause instanceof Error && 'errcode' in cause ? Number(cause.errcode) : 0
  return number === noRoomForIndex ? 'ENOSPC' : sqliteCodes[number & 0xff]
}
