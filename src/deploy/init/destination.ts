// Where a new sidecar is made: beside its place, and moved there when it is whole.
//
// Promise: a folder that holds files is never touched, and a failure leaves nothing half made. A folder that is there
// and empty stays the same folder, for somebody may stand in it.

import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { TimmyError, ensureFolder, printable, type Disk } from '../../core/index.ts'

export interface Destination {
  readonly folder: string
  /** The folder to write into until `settle`. */
  readonly draft: string
  /** Puts the draft in its place. */
  settle(): void
  /** Throws away a draft that was not settled. */
  [Symbol.dispose](): void
}

/** DIRECTORY_NOT_EMPTY when `folder` holds anything. */
export function destinationAt(folder: string, disk: Disk): Destination {
  const isThere = refuseFull(folder, disk)
  const parent = dirname(folder)
  ensureFolder(parent, 0o755, disk)
  const draft = join(parent, `.${basename(folder)}.${randomBytes(4).toString('hex')}.timmy-init`)
  disk.createFolder(draft, 0o755)
  return {
    folder,
    draft,
    settle() {
      refuseFull(folder, disk)
      if (!isThere) disk.rename(draft, folder)
      else for (const name of disk.list(draft)) disk.rename(join(draft, name), join(folder, name))
    },
    [Symbol.dispose]: () => fs.rmSync(draft, { recursive: true, force: true }),
  }
}

/** Whether an empty folder is there already. */
function refuseFull(folder: string, disk: Disk): boolean {
  const kind = disk.stat(folder)?.kind
  if (kind === undefined) return false
  if (kind === 'folder' && disk.list(folder).length === 0) return true
  const why = kind === 'folder' ? 'holds files already' : `is a ${kind === 'link' ? 'link' : 'file'}`
  throw new TimmyError('DIRECTORY_NOT_EMPTY', `${printable(folder)} ${why}; nothing was written`, {
    hint: `timmy init ${basename(folder)}-2`,
    where: [{ file: folder }],
  })
}
