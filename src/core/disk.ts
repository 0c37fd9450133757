// The one door to the file system for everything that deploys.
//
// Planning, verification and applying touch files through a `Disk` only, so that tests can hand in one that
// records, fails or dies at a chosen operation. All calls are synchronous but the barrier: a re-check and the
// rename that follows it must stand as close together as they can.
//
// Promise: a created file has its final mode from its first byte and never replaces one that is there. Links are
// never followed by `stat`. Not its job: which paths are allowed (paths.ts), what is written (deploy).

import fs from 'node:fs'
import { dirname } from 'node:path'
import { run } from './child.ts'
import { exchangeFiles } from './exchange.ts'

export type FileKind = 'file' | 'folder' | 'link' | 'other'

/** What tells one state of a file from another without reading it. Times in nanoseconds. */
export interface FileStat {
  readonly kind: FileKind
  readonly device: bigint
  readonly inode: bigint
  readonly size: number
  readonly mtimeNs: bigint
  readonly ctimeNs: bigint
  /** Permission bits only, such as 0o600. */
  readonly mode: number
  readonly links: number
  readonly uid: number
}

export interface Disk {
  /** The file itself, never what a link points to; undefined when nothing is there, or below what is no folder. */
  stat(path: string): FileStat | undefined
  read(path: string): Buffer
  /** Names in a folder, sorted by code unit. */
  list(folder: string): string[]
  /** Creates a new file with this mode and content, not yet durable; EEXIST when the name is taken. */
  create(path: string, content: Uint8Array, mode: number): void
  /** Creates a folder (not its parents); EEXIST when it is there. */
  createFolder(path: string, mode: number): void
  rename(from: string, to: string): void
  /**
   * Swaps two files in one instant, as long as the other still is what `seen` says; false where it is not, or where
   * that is not possible, and then nothing happened.
   */
  exchange(one: string, other: string, seen: FileStat): boolean
  /** Removes one file. */
  remove(path: string): void
  /** Removes one empty folder. */
  removeFolder(path: string): void
  setMode(path: string, mode: number): void
  /** Rewrites a file in place: only for bind mounts, which refuse a rename. Not atomic. */
  overwrite(path: string, content: Uint8Array): void
  /** Returns once the content of `files` and the entries of their folders, and of `folders`, are on the medium. */
  barrier(files: readonly string[], folders?: readonly string[]): Promise<void>
}

/** Above this many paths one flush of the file system is cheaper than single ones (deploy reference, section 12). */
const flushAllAbove = 64
const flushesInFlight = 32

/** A link put there after the last look fails, and a FIFO does not hang. */
const readPlainFile = fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK

export const realDisk: Disk = {
  stat(path) {
    try {
      const found = fs.lstatSync(path, { bigint: true, throwIfNoEntry: false })
      return found && statOf(found)
    } catch (cause) {
      if (cause instanceof Error && 'code' in cause && cause.code === 'ENOTDIR') return undefined
      throw cause
    }
  },
  read: (path) => fs.readFileSync(path, { flag: readPlainFile }),
  list: (folder) => fs.readdirSync(folder).toSorted(),
  create(path, content, mode) {
    const descriptor = fs.openSync(path, 'wx', mode)
    try {
      fs.fchmodSync(descriptor, mode) // the umask must not narrow it
      fs.writeFileSync(descriptor, content)
    } catch (cause) {
      fs.rmSync(path, { force: true }) // a half-written file must not stay, say on a full disk
      throw cause
    } finally {
      fs.closeSync(descriptor)
    }
  },
  createFolder: (path, mode) => fs.mkdirSync(path, { mode }),
  rename: (from, to) => fs.renameSync(from, to),
  exchange: exchangeFiles,
  remove: (path) => fs.unlinkSync(path),
  removeFolder: (path) => fs.rmdirSync(path),
  setMode: (path, mode) => fs.chmodSync(path, mode),
  overwrite(path, content) {
    const descriptor = fs.openSync(path, fs.constants.O_WRONLY | fs.constants.O_TRUNC | fs.constants.O_NOFOLLOW)
    try {
      fs.writeFileSync(descriptor, content)
    } finally {
      fs.closeSync(descriptor)
    }
  },
  async barrier(files, folders = []) {
    const paths = [...new Set([...files, ...files.map((file) => dirname(file)), ...folders])]
    if (paths.length > flushAllAbove && (await flushFileSystems(paths))) return
    await flushEach(paths)
  },
}

function statOf(found: fs.BigIntStats): FileStat {
  return {
    kind: found.isFile() ? 'file' : found.isDirectory() ? 'folder' : found.isSymbolicLink() ? 'link' : 'other',
    device: found.dev,
    inode: found.ino,
    size: Number(found.size),
    mtimeNs: found.mtimeNs,
    ctimeNs: found.ctimeNs,
    mode: Number(found.mode & 0o7777n),
    links: Number(found.nlink),
    uid: Number(found.uid),
  }
}

/** `sync -f` on one path of each file system; false where that program cannot do it. */
async function flushFileSystems(paths: readonly string[]): Promise<boolean> {
  const onePathOf = new Map(paths.map((path) => [fs.statSync(path).dev, path]))
  const { exitCode } = await run(['sync', '-f', ...onePathOf.values()], { timeoutMs: 120_000 })
  return exitCode === 0
}

async function flushEach(paths: readonly string[]): Promise<void> {
  const waiting = paths.values()
  const flushRest = async (): Promise<void> => {
    for (const path of waiting) await flush(path)
  }
  await Promise.all(Array.from({ length: Math.min(flushesInFlight, paths.length) }, flushRest))
}

async function flush(path: string): Promise<void> {
  const descriptor = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW)
  try {
    // Not by `fs.promises`: loading it costs as much as the flush.
    await new Promise<void>((resolve, reject) => fs.fsync(descriptor, (error) => (error ? reject(error) : resolve())))
  } finally {
    fs.closeSync(descriptor)
  }
}
