// A snapshot of which little has moved: what moved is looked at, and the rest stands.
//
// Only a plain file whose content changed, or one that was saved under its old name, is taken on here: no other file
// refers to what is in it. Whatever else moved (a settings file, a name that came or went, a mode, a file that a rule
// has something to say about) is for a whole reading.

import { basename, dirname } from 'node:path'
import { holdsOnly, rereadPlainFile, type PlainFile, type World } from '../config/index.ts'
import { isSettled, refreshed, seenAt, type Context, type Sight } from '../core/index.ts'
import type { DesiredEntry } from './entry.ts'
import { keepSnapshot, settledNs, type Snapshot, type SnapshotOf } from './snapshot.ts'
import type { StampedWanted, Wanted } from './wanted.ts'

/** What is wanted now; undefined when the whole sidecar must be read. */
export async function rereadMoved(
  world: World & Pick<Context, 'now'>,
  of: SnapshotOf,
  snapshot: Snapshot,
): Promise<StampedWanted | undefined> {
  const nowNs = BigInt(world.now().getTime()) * 1_000_000n
  const sights = snapshot.moved.map((path): Sight => ({ path, stat: world.disk.stat(path) }))
  if (!sights.every((sight) => isSameKind(sight, snapshot))) return undefined
  const folders = sights.filter(({ stat }) => stat?.kind === 'folder').map(({ path }) => path)
  if (!folders.every((folder) => holdsOnly(world.disk, folder, namesIn(folder, snapshot)))) return undefined
  const wanted = snapshot.wanted()
  if (!wanted) return undefined
  const fresh = new Map<string, PlainFile>()
  for (const { path, stat } of sights) {
    if (stat?.kind !== 'file') continue
    const name = path.slice(of.folder.length + 1)
    const isTold = wanted.findings.some(({ where }) => where.file === name)
    const file = isTold ? undefined : await rereadPlainFile(world.disk, of.folder, name, snapshot.manifest)
    if (!file) return undefined
    fresh.set(path, file)
  }
  const now = {
    ...wanted,
    targets: wanted.targets.map((each) => ({ ...each, entries: withFiles(each.entries, fresh) })),
  }
  if (!sights.every((sight) => isSettled(sight, nowNs - settledNs))) return { ...now, stamp: undefined }
  return { ...now, stamp: keep(world, of, snapshot, sights, now) }
}

/** A file or folder as before, but for its content. */
function isSameKind({ path, stat }: Sight, { footprint }: Snapshot): boolean {
  const before = seenAt(footprint, path)
  return stat !== undefined && stat.kind === before?.kind && stat.mode === before.mode
}

function namesIn(folder: string, { footprint }: Snapshot): Set<string> {
  const real = folder.endsWith('/.') ? dirname(folder) : folder
  return new Set(
    footprint.paths.filter((path) => dirname(path) === real && path !== folder).map((path) => basename(path)),
  )
}

function withFiles(entries: readonly DesiredEntry[], fresh: ReadonlyMap<string, PlainFile>): DesiredEntry[] {
  return entries.map((entry) => {
    const { content } = entry
    const file = content?.kind === 'bytes' && 'file' in content.from ? fresh.get(content.from.file) : undefined
    return file && content?.kind === 'bytes' ? { ...entry, content: { ...content, ...file } } : entry
  })
}

function keep(
  world: World & Pick<Context, 'now'>,
  of: SnapshotOf,
  { footprint, manifest, fleet }: Snapshot,
  sights: readonly Sight[],
  wanted: Wanted,
): string {
  return keepSnapshot(world, { ...of, manifest, fleet }, refreshed(footprint, sights), wanted)
}
