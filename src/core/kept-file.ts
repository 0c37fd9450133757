// Kept files: what was learned once and may be lost, such as a memory of files that did not change.
//
// Promise: a kept file with a head is read whole and as it was written, or not at all: one that is damaged, cut off or of another
// shape counts as missing. Nothing here ever fails, and nothing is flushed: to lose it costs time, never truth.

import { basename, dirname, join } from 'node:path'
import type { Disk } from './disk.ts'
import { ensureFolder } from './files.ts'
import type { Json } from './json.ts'

/** What a kept file is made of, beside its head. */
export interface KeptPart {
  readonly bytes: Uint8Array
  /** Damage shows by itself when the part is used, so none is looked for. */
  readonly tellsDamage?: boolean
}

/** A kept file: a head that is read at once, and parts that are read when they are wanted. */
export interface KeptFile {
  readonly head: Json
  /** The bytes of a part; undefined when they are damaged. */
  part(index: number): Buffer | undefined
}

/** One folder of kept files; no more than `most` of them stay. */
export function keptFiles(disk: Disk, folder: string, most: number) {
  return {
    read: (name: string): KeptFile | undefined => read(disk, join(folder, name)),
    keep(name: string, head: Json, parts: readonly KeptPart[]): void {
      keepFile(disk, join(folder, name), bytesOf(head, parts))
      forgetOldest(disk, folder, most)
    },
  }
}

interface Index {
  readonly head: Json
  /** Of each part: how many bytes, and the checksum of those that have one. */
  readonly parts: readonly (readonly [length: number, checksum: number | null])[]
}

/** The first line: its own checksum, then the index as JSON. */
function read(disk: Disk, path: string): KeptFile | undefined {
  try {
    if (disk.stat(path)?.kind !== 'file') return undefined
    const bytes = disk.read(path)
    const end = bytes.indexOf('\n')
    const line = bytes.subarray(9, end)
    if (end < 9 || bytes.toString('latin1', 0, 8) !== hex(checksumOf(line))) return undefined
    const { head, parts } = JSON.parse(line.toString('utf8')) as Index
    return {
      head,
      part(index) {
        const [length, checksum] = parts[index] ?? [0, 0]
        const start = parts.slice(0, index).reduce((sum, [before]) => sum + before, end + 1)
        const part = bytes.subarray(start, start + length)
        return checksum === null || checksumOf(part) === checksum ? part : undefined
      },
    }
  } catch {
    return undefined
  }
}

function bytesOf(head: Json, parts: readonly KeptPart[]): Buffer {
  const sums = parts.map(({ bytes, tellsDamage }) => [bytes.length, tellsDamage ? null : checksumOf(bytes)] as const)
  const index: Index = { head, parts: sums }
  const line = Buffer.from(JSON.stringify(index))
  return Buffer.concat([
    Buffer.from(`${hex(checksumOf(line))} `),
    line,
    Buffer.from('\n'),
    ...parts.map(({ bytes }) => bytes),
  ])
}

/** Writes a file that may be lost: whole under its name or not at all, and never flushed. */
export function keepFile(disk: Disk, path: string, bytes: Uint8Array): void {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`)
  try {
    ensureFolder(dirname(path), 0o700, disk)
    if (disk.stat(temporary)) disk.remove(temporary) // of a dead process that had our number
    disk.create(temporary, bytes, 0o600)
    disk.rename(temporary, path)
  } catch {
    // the next run learns it again
  }
}

function forgetOldest(disk: Disk, folder: string, most: number): void {
  try {
    const names = disk.list(folder)
    if (names.length <= most) return
    const changedNs = (name: string): bigint => disk.stat(join(folder, name))?.mtimeNs ?? 0n
    const oldestFirst = names.map((name) => ({ name, at: changedNs(name) })).toSorted((a, b) => (a.at < b.at ? -1 : 1))
    for (const { name } of oldestFirst.slice(0, names.length - most)) disk.remove(join(folder, name))
  } catch {
    // another run was faster
  }
}

const hex = (checksum: number): string => checksum.toString(16).padStart(8, '0')

/** FNV-1a over words: tells damage, not malice; the folder is ours alone. Not SHA: `node:crypto` takes longer to load than this to run. */
function checksumOf(bytes: Uint8Array): number {
  const padded = new Uint8Array(Math.ceil(bytes.length / 4) * 4)
  padded.set(bytes)
  let sum = 0x811c9dc5 ^ bytes.length
  const words = new Uint32Array(padded.buffer)
  for (let index = 0; index < words.length; index += 1) sum = Math.imul(sum ^ (words[index] ?? 0), 0x01000193)
  return sum >>> 0
}
