// Staging: new files lie complete and durable in a folder of ours before the first live file is touched.
//
// The folder shares a file system with the destination, for a rename must be atomic: the state folder when it does,
// else a sibling of the root, else (mount points inside the home) the destination's own folder under a name that
// the engine's walkers ignore. What lies in our own folders belongs to nobody when no generation is open.

import { randomBytes } from 'node:crypto'
import { dirname, join } from 'node:path'
import type { Disk } from '../core/index.ts'
import type { Roots } from './live.ts'
import type { Root } from './entry.ts'

export interface Staging {
  /** Where a new file for this destination is staged. `beside`: inside the home, so only under an open generation. */
  placeFor(root: Root, absolute: string): { readonly path: string; readonly isBeside: boolean }
  /** Removes what an earlier run left in our own folders. Only while no generation is open. */
  clear(): void
}

export const stageFolderName = 'stage'

export function stagingOf(disk: Disk, roots: Roots, stateFolder: string): Staging {
  const deviceOf = deviceReader(disk)
  const inState = join(stateFolder, stageFolderName)
  const folders: Record<Root, string> = {
    home: usableFolder(disk, deviceOf, inState, roots.home),
    workspace: usableFolder(disk, deviceOf, inState, roots.workspace),
  }
  return {
    placeFor(root, absolute) {
      const name = `.timmy-${randomBytes(8).toString('hex')}.tmp`
      const isBeside = deviceOf(folders[root]) !== deviceOf(dirname(absolute))
      return { path: join(isBeside ? dirname(absolute) : folders[root], name), isBeside }
    },
    clear() {
      for (const folder of new Set(Object.values(folders))) {
        if (!disk.stat(folder)) continue
        for (const name of disk.list(folder)) disk.remove(join(folder, name))
        if (folder !== inState) disk.removeFolder(folder)
      }
    },
  }
}

/** The state folder's stage when a rename from there to `root` is possible, else a sibling of `root`. */
function usableFolder(disk: Disk, deviceOf: (path: string) => bigint, inState: string, root: string): string {
  if (!disk.stat(inState)) disk.createFolder(inState, 0o700)
  if (deviceOf(inState) === deviceOf(root)) return inState
  const sibling = `${root}.timmy-stage`
  if (!disk.stat(sibling) && deviceOf(dirname(root)) === deviceOf(root)) disk.createFolder(sibling, 0o700)
  return sibling
}

/** Device of a path, or of its nearest parent that exists. */
function deviceReader(disk: Disk): (path: string) => bigint {
  const known = new Map<string, bigint>()
  return function deviceOf(path: string): bigint {
    const found = known.get(path)
    if (found !== undefined) return found
    const device = disk.stat(path)?.device ?? deviceOf(dirname(path))
    known.set(path, device)
    return device
  }
}
