// What is in a target now: the files that we own or want to own, read once.
//
// Promise: no link is followed below a root, nothing that is not a plain file is opened, nothing is written. A file
// whose state is the one we have seen before is not read again (`seen`); one changed within the last moments before
// it was seen always is, for the clock of a file system is coarse. What stands in the way is told as a fault.

import { join } from 'node:path'
import { digestOf, racyNs, shellWord, type Disk, type FileStat } from '../core/index.ts'
import { formatOf, isUnreadable, type Document } from '../hermes/index.ts'
import type { Root } from './entry.ts'

/** Absolute folders of a target's two roots. */
export type Roots = Readonly<Record<Root, string>>

export interface LivePath {
  readonly root: Root
  readonly path: string
}

export interface LiveFile extends LivePath {
  readonly absolute: string
  readonly stat?: FileStat
  /** SHA-256 of the bytes. */
  readonly digest?: string
  /** The bytes, for documents only. */
  readonly bytes?: Buffer
  /** For paths that hold several entries; also when the file is missing. */
  readonly document?: Document
  /** Why it cannot be compared or written, as a sentence, with the mend. */
  readonly fault?: { readonly sentence: string; readonly mend: string; readonly line?: number }
}

/** Digests by absolute path, valid while the fingerprint is the same. */
export type Seen = ReadonlyMap<string, { readonly fingerprint: string; readonly digest: string }>

export interface Live {
  readonly files: ReadonlyMap<string, LiveFile>
  /** Files that had to be read, to be remembered. */
  readonly read: readonly { readonly path: string; readonly fingerprint: string; readonly digest: string }[]
}

export const liveKey = (root: Root, path: string): string => `${root}\0${path}`

/** Reads each path once. `nowNs` is the clock of the files, in nanoseconds since the epoch. */
export function readLive(disk: Disk, roots: Roots, paths: Iterable<LivePath>, seen: Seen, nowNs: bigint): Live {
  const folders = new Map<string, string | undefined>()
  const files = new Map<string, LiveFile>()
  const read: { path: string; fingerprint: string; digest: string }[] = []
  for (const { root, path } of paths) {
    const key = liveKey(root, path)
    if (files.has(key)) continue
    const file = readOne(disk, roots, root, path, folders, seen)
    files.set(key, file)
    if (!file.stat || !file.digest) continue
    const fingerprint = fingerprintOf(file.stat)
    const isRacy = nowNs - newestChangeNs(file.stat) < racyNs
    if (seen.get(file.absolute)?.fingerprint !== fingerprint && !isRacy) {
      read.push({ path: file.absolute, fingerprint, digest: file.digest })
    }
  }
  return { files, read }
}

export function fingerprintOf(stat: FileStat): string {
  return `${stat.device}:${stat.inode}:${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}`
}

const newestChangeNs = (stat: FileStat): bigint => (stat.mtimeNs > stat.ctimeNs ? stat.mtimeNs : stat.ctimeNs)

function readOne(
  disk: Disk,
  roots: Roots,
  root: Root,
  path: string,
  folders: Map<string, string | undefined>,
  seen: Seen,
): LiveFile {
  try {
    return lookAt(disk, roots, root, path, folders, seen)
  } catch (cause) {
    const absolute = join(roots[root], path)
    const why = whyUnread(cause)
    if (why === undefined) throw cause
    return { root, path, absolute, fault: { sentence: `${absolute} ${why}`, mend: `ls -ld ${shellWord(absolute)}` } }
  }
}

/** What keeps us from a file that is there. */
function whyUnread(cause: unknown): string | undefined {
  const reasons: Readonly<Record<string, string>> = {
    EACCES: 'cannot be read: permission is denied',
    EPERM: 'cannot be read: permission is denied',
    EIO: 'cannot be read: the disk reports an error',
    ENOENT: 'vanished while we looked at it',
    ELOOP: 'became a link while we looked at it',
  }
  return cause instanceof Error && 'code' in cause ? reasons[String(cause.code)] : undefined
}

function lookAt(
  disk: Disk,
  roots: Roots,
  root: Root,
  path: string,
  folders: Map<string, string | undefined>,
  seen: Seen,
): LiveFile {
  const absolute = join(roots[root], path)
  const file = { root, path, absolute }
  const inTheWay = folderFault(disk, roots[root], path, folders)
  if (inTheWay !== undefined) return { ...file, fault: { sentence: inTheWay, mend: `move it away: ${absolute}` } }
  const stat = disk.stat(absolute)
  const format = root === 'home' ? formatOf(path) : undefined
  if (!stat) {
    const opened = format?.open(undefined)
    return opened && !isUnreadable(opened) ? { ...file, document: opened } : file
  }
  const fault = kindFault(stat, absolute)
  if (fault) return { ...file, stat, fault }
  if (!format) {
    const known = seen.get(absolute)
    const digest = known?.fingerprint === fingerprintOf(stat) ? known.digest : digestOf(disk.read(absolute))
    return { ...file, stat, digest }
  }
  const bytes = disk.read(absolute)
  const opened = format.open(bytes)
  if (isUnreadable(opened)) {
    const line = opened.line === undefined ? {} : { line: opened.line }
    const sentence = `${absolute} cannot be read as the engine reads it: ${opened.unreadable}`
    return { ...file, stat, fault: { sentence, mend: `edit ${absolute}`, ...line } }
  }
  return { ...file, stat, bytes, digest: digestOf(bytes), document: opened }
}

function kindFault(stat: FileStat, absolute: string): LiveFile['fault'] {
  if (stat.kind === 'file') return undefined
  if (stat.kind === 'link') {
    return {
      sentence: `${absolute} is a link; a deploy would write into what it points to; with a copy in its place, \`timmy adopt ENTRY\` takes over what differs`,
      mend: `cp --remove-destination "$(readlink -f ${shellWord(absolute)})" ${shellWord(absolute)}`,
    }
  }
  const kind = stat.kind === 'folder' ? 'a folder' : 'no plain file'
  return { sentence: `${absolute} is ${kind} where a file belongs`, mend: `move it away: ${absolute}` }
}

/** Why a parent folder of `path` cannot be walked through; each folder is looked at once. */
function folderFault(
  disk: Disk,
  root: string,
  path: string,
  folders: Map<string, string | undefined>,
): string | undefined {
  const slash = path.lastIndexOf('/')
  const folder = path.slice(0, Math.max(slash, 0)) // the root itself is the last that is looked at
  const absolute = join(root, folder)
  if (folders.has(absolute)) return folders.get(absolute)
  const above = folder === '' ? undefined : folderFault(disk, root, folder, folders)
  const kind = above === undefined ? disk.stat(absolute)?.kind : undefined
  const fault =
    above ?? (kind === undefined || kind === 'folder' ? undefined : `${absolute} is a ${kind} where a folder belongs`)
  folders.set(absolute, fault)
  return fault
}
