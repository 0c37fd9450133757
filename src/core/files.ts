// Our own files: written whole or not at all.
//
// Promise: after `atomicWrite` the new content is on the medium under its name; a crash at any instant leaves the
// old content or the new. Files of a target are not written here but by the deploy transaction.

import { basename, dirname, join } from 'node:path'
import { realDisk, type Disk } from './disk.ts'

export interface WriteOptions {
  /** Permission bits; 0600 unless told. */
  readonly mode?: number
  readonly disk?: Disk
}

/** Temporary file, flush, rename, flush of the folder. The folder must be there. */
export async function atomicWrite(
  path: string,
  content: string | Uint8Array,
  options: WriteOptions = {},
): Promise<void> {
  const disk = options.disk ?? realDisk
  const { randomBytes } = process.getBuiltinModule('node:crypto')
  const temporary = join(dirname(path), `.${basename(path).slice(0, 200)}.${randomBytes(6).toString('hex')}.tmp`)
  disk.create(temporary, typeof content === 'string' ? Buffer.from(content) : content, options.mode ?? 0o600)
  try {
    await disk.barrier([temporary])
    disk.rename(temporary, path)
  } catch (cause) {
    removeIfThere(disk, temporary)
    throw cause
  }
  await disk.barrier([], [dirname(path)])
}

function removeIfThere(disk: Disk, path: string): void {
  try {
    disk.remove(path)
  } catch {
    // the first failure is the one to tell
  }
}

/** Creates a folder and its missing parents, each with this mode; one that is there stays as it is. */
export function ensureFolder(folder: string, mode = 0o700, disk: Disk = realDisk): void {
  if (disk.stat(folder) !== undefined) return
  const parent = dirname(folder)
  if (parent !== folder) ensureFolder(parent, mode, disk)
  try {
    disk.createFolder(folder, mode)
  } catch (cause) {
    if (disk.stat(folder) === undefined) throw cause // else another process was faster
  }
}
