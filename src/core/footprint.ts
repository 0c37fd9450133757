// Footprints: what `stat` said of many paths at one instant, small to keep and quick to hold against the disk again.
//
// Promise: while nothing of a footprint has moved, each file has the bytes, the mode and the owner that it had, and each
// folder the names. An edit moves the time of change, which nobody can set back; a replaced file is another inode. What
// changed right before the footprint was taken may change again within the same tick of the clock, unseen, so such a
// path always counts as moved (git calls it racily clean). Reads no content; what the paths mean is the caller's.

import type { Disk, FileKind, FileStat } from './disk.ts'

/** A path and what was there when it was looked at, which is before its content was. */
export interface Sight {
  readonly path: string
  /** Undefined: nothing was there. */
  readonly stat: FileStat | undefined
  /** A folder that is walked through: that it stays the same folder counts, not which names it holds. */
  readonly isPlace?: boolean
}

export interface Footprint {
  readonly paths: readonly string[]
  /** `fields` numbers for each path. */
  readonly marks: BigInt64Array
}

/** A state of a file that was younger than this when it was seen may hide a later change: clocks of file systems are coarse. */
export const racyNs = 20_000_000n

const fields = 6
const placeBit = 1n << 48n
/** Of a path that always counts as moved. */
const unsettledBit = 1n << 49n
const kinds: readonly (FileKind | 'nothing')[] = ['nothing', 'file', 'folder', 'link', 'other']

/** `settledBeforeNs`: what changed later than this may change again without its times showing it. */
export function footprintOf(sights: readonly Sight[], settledBeforeNs: bigint): Footprint {
  const marks = new BigInt64Array(sights.length * fields)
  for (const [index, sight] of sights.entries()) {
    mark(marks, index, sight)
    if (!isSettled(sight, settledBeforeNs)) marks[index * fields] = (marks[index * fields] ?? 0n) | unsettledBit
  }
  return { paths: sights.map(({ path }) => path), marks }
}

/** False: what is there may change once more without its times showing it. */
export function isSettled({ stat, isPlace }: Sight, settledBeforeNs: bigint): boolean {
  return !stat || isPlace === true || (stat.ctimeNs <= settledBeforeNs && stat.mtimeNs <= settledBeforeNs)
}

/** The same footprint, but for these paths. */
export function refreshed({ paths, marks }: Footprint, sights: readonly Sight[]): Footprint {
  const fresh = new Map(sights.map((sight) => [sight.path, sight]))
  const copy = marks.slice()
  for (const [index, path] of paths.entries()) {
    const sight = fresh.get(path)
    if (sight) mark(copy, index, sight)
  }
  return { paths, marks: copy }
}

/** The kind and the permission bits that a path of the footprint had; undefined for nothing, and for other paths. */
export function seenAt({ paths, marks }: Footprint, path: string): Pick<FileStat, 'kind' | 'mode'> | undefined {
  const index = paths.indexOf(path)
  const what = index < 0 ? 0 : Number((marks[index * fields] ?? 0n) & (placeBit - 1n))
  const kind = kinds[what % 8]
  return kind === undefined || kind === 'nothing' ? undefined : { kind, mode: Math.floor(what / 8) % 0x1000 }
}

/** The paths at which something else is now; the first of them alone when that is all the caller asks. */
export function movedPaths(disk: Disk, { paths, marks }: Footprint, most = Number.POSITIVE_INFINITY): string[] {
  const now = new BigInt64Array(fields)
  const moved: string[] = []
  for (const [index, path] of paths.entries()) {
    if (moved.length >= most) break
    const at = index * fields
    const what = marks[at] ?? unsettledBit
    mark(now, 0, { path, stat: what & unsettledBit ? undefined : disk.stat(path), isPlace: (what & placeBit) !== 0n })
    for (let field = 0; field < fields; field += 1) {
      if (now[field] === marks[at + field]) continue
      moved.push(path)
      break
    }
  }
  return moved
}

function mark(marks: BigInt64Array, index: number, { stat, isPlace = false }: Sight): void {
  const at = index * fields
  const what = stat ? kinds.indexOf(stat.kind) + stat.mode * 8 + stat.uid * 0x8000 : 0
  marks[at] = isPlace ? BigInt(what) | placeBit : BigInt(what)
  marks[at + 1] = stat?.device ?? 0n
  marks[at + 2] = stat?.inode ?? 0n
  marks[at + 3] = stat && !isPlace ? BigInt(stat.size) : 0n
  marks[at + 4] = stat && !isPlace ? stat.mtimeNs : 0n
  marks[at + 5] = stat && !isPlace ? stat.ctimeNs : 0n
}

/** A footprint as bytes, for this machine. Damage shows: a damaged path or mark has moved. */
export function packFootprint({ paths, marks }: Footprint): Buffer {
  const names = Buffer.from(JSON.stringify(paths))
  return Buffer.concat([Buffer.from(marks.buffer), names])
}

/** A footprint of `count` paths from its bytes; undefined for bytes that are none. */
export function unpackFootprint(bytes: Uint8Array, count: number): Footprint | undefined {
  try {
    return unpacked(bytes, count)
  } catch {
    return undefined
  }
}

function unpacked(bytes: Uint8Array, count: number): Footprint | undefined {
  const length = count * fields * 8
  const marks = new BigInt64Array(new Uint8Array(bytes.subarray(0, length)).buffer) // a copy: aligned
  const paths = JSON.parse(Buffer.from(bytes.subarray(length)).toString('utf8')) as string[]
  return paths.length === count ? { paths, marks } : undefined
}
