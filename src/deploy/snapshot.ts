// Snapshots: what a sidecar was found to want, kept for as long as nothing that it follows from has moved.
//
// It follows from the sidecar's files and folders (by footprint), the program, the engine, and which targets this host
// has: their names, hosts, agents and profiles, not where their homes are. While all of these are the same, nothing is read, parsed, judged or compiled again. Promise: a
// snapshot that is stale, damaged or of something else costs time, never truth; one with an error in it is never kept,
// nor one that another run would judge otherwise. Findings stay with it.

import { placesOf, targetsOf, type Fleet, type Manifest, type Target, type World } from '../config/index.ts'
import {
  keptFiles,
  movedPaths,
  packFootprint,
  unpackFootprint,
  type Context,
  type Footprint,
  type Json,
} from '../core/index.ts'
import type { Engine } from '../hermes/index.ts'
import { programMark } from './program-mark.ts'
import type { Wanted } from './wanted.ts'

export interface Snapshot {
  /** Another one for each that is made. */
  readonly stamp: string
  /** Of the sidecar's folders and files. */
  readonly footprint: Footprint
  /** What of it is not as it was; nothing: the snapshot holds. */
  readonly moved: readonly string[]
  readonly manifest: Manifest
  readonly fleet: Fleet | undefined
  /** Of this host, with the homes that they have now. */
  readonly targets: readonly Target[]
  /** What the sidecar wanted; undefined when that part of the file is damaged. */
  wanted(): Wanted | undefined
}

export interface SnapshotOf {
  readonly folder: string
  readonly engine: Engine | undefined
}

interface Head {
  readonly stamp: string
  readonly of: Json
  readonly manifest: Manifest
  readonly fleet?: Fleet
  readonly targets: Json
  /** How many paths the footprint has. */
  readonly paths: number
}

/** Clocks of file systems are coarse, the coarsest count two seconds; a file younger than that is read next time too. */
export const settledNs = 2_000_000_000n

/** Of this many sidecars on one machine the newest snapshots are kept. */
const mostKept = 24

/** The snapshot of a sidecar; undefined when there is none of it as it is read here and now. */
export function readSnapshot(world: World, of: SnapshotOf): Snapshot | undefined {
  const kept = keptBeside(world).read(fileOf(world, of, 'snapshot'))
  if (!kept) return undefined
  try {
    const head = kept.head as unknown as Head
    const isOfThis = JSON.stringify(head.of) === JSON.stringify(identityOf(world, of))
    const targets = targetsOf(head.manifest, head.fleet, placesOf(world), world)
    if (!isOfThis || JSON.stringify(head.targets) !== JSON.stringify(namesOf(targets))) return undefined
    const marks = kept.part(0)
    const footprint = marks && unpackFootprint(marks, head.paths)
    if (!footprint) return undefined
    const moved = movedPaths(world.disk, footprint)
    const { stamp, manifest, fleet } = head
    return { stamp, footprint, moved, manifest, fleet, targets, wanted: () => parsed(kept.part(1), targets) }
  } catch {
    return undefined
  }
}

/** Keeps what a sidecar wants. `footprint` was taken before anything was read. Gives back the stamp. */
export function keepSnapshot(
  world: World & Pick<Context, 'now'>,
  of: SnapshotOf & { readonly manifest: Manifest; readonly fleet: Fleet | undefined },
  footprint: Footprint,
  wanted: Wanted,
): string {
  const stamp = `${world.now().getTime().toString(36)}-${process.pid.toString(36)}-${performance.now()}`
  const head = {
    stamp,
    of: identityOf(world, of),
    manifest: of.manifest,
    ...(of.fleet && { fleet: of.fleet }),
    targets: namesOf(targetsOf(of.manifest, of.fleet, placesOf(world), world)),
    paths: footprint.paths.length,
  }
  const marks = { bytes: packFootprint(footprint), tellsDamage: true }
  const parts = [marks, { bytes: Buffer.from(JSON.stringify(wanted)) }]
  keptBeside(world).keep(fileOf(world, of, 'snapshot'), head as unknown as Json, parts)
  return stamp
}

/** In a folder of their own: all of it may be removed at any time. */
export const keptBeside = (world: World): ReturnType<typeof keptFiles> =>
  keptFiles(world.disk, `${placesOf(world).state}/kept`, mostKept)

/** Named by the folder's inode: short, and no hash has to be loaded for it. Whose it is stands in the file. */
export function fileOf({ disk }: World, { folder }: Pick<SnapshotOf, 'folder'>, what: string): string {
  const stat = disk.stat(folder)
  return `${(stat?.device ?? 0n).toString(36)}-${(stat?.inode ?? 0n).toString(36)}.${what}`
}

function identityOf({ disk }: World, { folder, engine }: SnapshotOf): Json {
  return [folder, programMark(disk), engine ? [engine.program, engine.version, engine.known] : null]
}

/** What of the targets decides what is wanted of them. */
function namesOf(targets: readonly Target[]): Json {
  return targets.map(({ name, aliases, profile, host, agent = null, deploysWorkspace }) => [
    name,
    aliases,
    profile,
    host,
    agent,
    deploysWorkspace,
  ])
}

function parsed(bytes: Buffer | undefined, targets: readonly Target[]): Wanted | undefined {
  const wanted = bytes && (JSON.parse(bytes.toString('utf8')) as Wanted)
  return (
    wanted && {
      ...wanted,
      targets: wanted.targets.map((each, index) => ({ ...each, target: targets[index] ?? each.target })),
    }
  )
}
