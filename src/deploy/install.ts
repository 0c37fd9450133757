// Installing: one staged file takes the place of a live one.
//
// Promise: right before the rename the live file is looked at once more, and one that moved is left alone; so is one
// above which a folder became a link, for nothing may be written outside the root. Where the
// engine writes without a lock the two files are exchanged, not renamed: what was replaced comes back into our hand,
// and a write that slipped in after the last look is put back (`exchangeFile`). The destination holds the old bytes
// or the new ones at every instant; only a bind-mounted file, which no rename can replace, is rewritten in place, and
// that is told.

import { dirname, join, relative, sep } from 'node:path'
import { digestOf, type Disk, type FileStat } from '../core/index.ts'
import { fingerprintOf } from './live.ts'

/** What a file was when it was last looked at; both undefined: missing. */
export interface Expected {
  /** The absolute folder that it must lie below, through folders alone. */
  readonly within: string
  readonly stat?: FileStat | undefined
  readonly digest?: string | null | undefined
}

export type Installed = 'installed' | 'not-atomic' | 'moved'

/** Whether the file still is what it was expected to be. */
export function isUnmoved(disk: Disk, absolute: string, expected: Expected): boolean {
  if (!isReachable(disk, expected.within, absolute)) return false
  const stat = disk.stat(absolute)
  if (!stat) return expected.digest === undefined || expected.digest === null
  if (!expected.digest || stat.kind !== 'file') return false
  if (expected.stat && fingerprintOf(stat) === fingerprintOf(expected.stat)) return true
  return digestOf(disk.read(absolute)) === expected.digest
}

/** Whether everything between a root and a path below it is a folder, or not there yet: never a link. */
export function isReachable(disk: Disk, root: string, absolute: string): boolean {
  if (absolute === root) return true
  const components = relative(root, dirname(absolute)).split(sep)
  let folder = root
  for (const component of components.filter((one) => one !== '')) {
    folder = join(folder, component)
    const kind = disk.stat(folder)?.kind
    if (kind !== 'folder') return kind === undefined
  }
  return true
}

export function installFile(disk: Disk, staged: string, absolute: string, expected: Expected): Installed {
  if (!isUnmoved(disk, absolute, expected)) return 'moved'
  try {
    disk.rename(staged, absolute)
    return 'installed'
  } catch (cause) {
    if (codeOf(cause) !== 'EBUSY') throw cause
    disk.overwrite(absolute, disk.read(staged)) // a bind mount: the name cannot be given to another file
    disk.remove(staged)
    return 'not-atomic'
  }
}

/** How often two writers may cross before we give way. */
const exchangeTries = 4

/** Like `installFile`, for files that others write without a lock. */
export function exchangeFile(disk: Disk, staged: string, absolute: string, expected: Expected): Installed {
  const seen = disk.stat(absolute) // before the look at its content, so that a later write is another file
  if (!isUnmoved(disk, absolute, expected)) return 'moved'
  if (!seen || !expected.digest) return installFile(disk, staged, absolute, expected)
  const ours = digestOf(disk.read(staged))
  if (!disk.exchange(staged, absolute, seen)) {
    const isInHand = digestOf(disk.read(staged)) === ours // else writers crossed, and another's old file came out
    return isInHand ? installFile(disk, staged, absolute, expected) : 'moved'
  }
  const inHand = digestOf(disk.read(staged))
  if (inHand !== expected.digest) {
    putBackForeign(disk, staged, absolute, { ours, inHand })
    return 'moved'
  }
  disk.remove(staged)
  return 'installed'
}

/** A foreign write came in between: it goes back, unless a still newer one meets us on the way. */
function putBackForeign(
  disk: Disk,
  staged: string,
  absolute: string,
  { ours, inHand }: { readonly ours: string; readonly inHand: string },
): void {
  let [thoughtLive, thoughtInHand] = [ours, inHand]
  for (let attempt = 1; attempt <= exchangeTries; attempt += 1) {
    const live = disk.stat(absolute)
    if (!live || !disk.exchange(staged, absolute, live)) return
    const cameOut = digestOf(disk.read(staged))
    if (cameOut === thoughtLive) return
    thoughtLive = thoughtInHand
    thoughtInHand = cameOut
  }
}

export function removeFile(disk: Disk, absolute: string, expected: Expected): Installed {
  if (!isUnmoved(disk, absolute, expected)) return 'moved'
  if (disk.stat(absolute)) disk.remove(absolute)
  return 'installed'
}

/** Creates the missing folders above a file, 0700 as the engine's are, but none behind a link; the empty path is the root. */
export function createFolders(disk: Disk, root: string, folders: readonly string[]): void {
  for (const folder of folders) {
    const absolute = join(root, folder)
    if (isReachable(disk, root, absolute) && !disk.stat(absolute)) disk.createFolder(absolute, 0o700)
  }
}

/** The folders above `path` that do not exist yet, outermost first; relative to the root, which is the empty path. */
export function missingFolders(disk: Disk, root: string, path: string): string[] {
  const parent = dirname(path)
  const folder = parent === '.' ? '' : parent
  if (disk.stat(join(root, folder))) return []
  return folder === '' ? [''] : [...missingFolders(disk, root, folder), folder]
}

/** The bytes of a plain file; undefined when there is none, or none any more. */
export function readPlain(disk: Disk, absolute: string): Buffer | undefined {
  try {
    return disk.stat(absolute)?.kind === 'file' ? disk.read(absolute) : undefined
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(codeOf(cause) ?? '')) return undefined
    throw cause
  }
}

export function codeOf(cause: unknown): string | undefined {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined
}
