// Staging: new files lie complete and durable in a folder of ours before the first live file is touched.
//
// The folder shares a mount with the destination, for a rename must be atomic: the state folder when it does, else a
// sibling of the root, else (mount points inside the home, or no leave to make that sibling) the destination's own
// folder under a name that the engine's walkers ignore. The name follows from the destination, so whoever recovers
// finds it without a record of it. What lies in our own folders belongs to nobody when no generation is open.

import { dirname, join } from 'node:path'
import { digestOf, type Disk } from '../core/index.ts'
import type { Root } from './entry.ts'
import { codeOf } from './install.ts'
import type { Roots } from './live.ts'
import { mountReader } from './mount.ts'

export interface Staging {
  /** Where a new file for this destination is staged. `beside`: inside the home, so only under an open generation. */
  placeFor(root: Root, absolute: string): { readonly path: string; readonly isBeside: boolean }
  /** Removes what an earlier run left in our own folders. Only while no generation is open. */
  clear(): void
}

const stageFolderName = 'stage'

export function stagingOf(disk: Disk, roots: Roots, stateFolder: string): Staging {
  const mountOf = mountReader(disk)
  const inState = join(stateFolder, stageFolderName)
  const folderFor = (root: string): string => (mountOf(stateFolder) === mountOf(root) ? inState : `${root}.timmy-stage`)
  const folders: Record<Root, string> = { home: folderFor(roots.home), workspace: folderFor(roots.workspace) }
  const ours = new Map<string, boolean>() // each is looked at once
  const isUsable = (folder: string): boolean => {
    const known = ours.get(folder) ?? isOurFolder(disk, folder)
    ours.set(folder, known)
    return known
  }
  return {
    placeFor(root, absolute) {
      const name = `.timmy-${digestOf(absolute).slice(0, 16)}.tmp`
      const folder = folders[root]
      const isReachable = mountOf(dirname(folder)) === mountOf(dirname(absolute))
      if (isReachable && isUsable(folder)) return { path: join(folder, name), isBeside: false }
      return { path: join(dirname(absolute), name), isBeside: true }
    },
    clear() {
      ours.clear()
      for (const folder of new Set(Object.values(folders))) clearFolder(disk, folder, folder !== inState)
    },
  }
}

/**
 * A folder of ours, made when it is missing and we have leave to. A link, or another user's folder, is none: it is left
 * alone.
 */
function isOurFolder(disk: Disk, folder: string): boolean {
  if (!disk.stat(folder)) {
    try {
      disk.createFolder(folder, 0o700)
    } catch (cause) {
      if (['EACCES', 'EROFS', 'EPERM'].includes(codeOf(cause) ?? '')) return false
      throw cause
    }
  }
  const stat = disk.stat(folder)
  return stat?.kind === 'folder' && stat.uid === (process.getuid?.() ?? stat.uid) && (stat.mode & 0o022) === 0
}

const stagedName = /^\.timmy-[0-9a-f]{16}\.tmp$/

function clearFolder(disk: Disk, folder: string, isSibling: boolean): void {
  if (disk.stat(folder)?.kind !== 'folder') return
  const names = disk.list(folder)
  for (const name of names.filter((one) => stagedName.test(one))) disk.remove(join(folder, name))
  if (isSibling && names.every((name) => stagedName.test(name))) disk.removeFolder(folder)
}
