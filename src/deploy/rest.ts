// Rest: a deploy found nothing to do, and nothing that it looked at has moved since, so there is nothing to do.
//
// It looked at the sidecar (by its snapshot), the record of each target, the files of the home that we own, and the
// folders on the way to them. Promise: rest is claimed only while all of these have the footprint that they had when a
// whole plan came out empty, with no restart owed and no answer of the engine; whoever writes the home, the record or the sidecar ends it, and a
// deploy at work does, for its record has a log beside it. Not its job: fences, which are looked at every time.

import { dirname, join } from 'node:path'
import type { Target, World } from '../config/index.ts'
import {
  footprintOf,
  movedPaths,
  packFootprint,
  racyNs,
  unpackFootprint,
  type Disk,
  type Json,
  type Sight,
} from '../core/index.ts'
import type { Deployment } from './deployment.ts'
import type { Desk, DeskTarget } from './desk.ts'
import { fileOf, keptBeside } from './snapshot.ts'
import type { Survey } from './wanted.ts'

export interface RestingTarget {
  readonly target: Target
  readonly home: string
  /** How the deploy that found it at rest ended. */
  readonly deployment: Deployment
}

interface Head {
  /** Of the snapshot that said what was wanted. */
  readonly stamp: string
  /** Every target of this host, also those without a home. */
  readonly all: readonly Target[]
  readonly targets: readonly RestingTarget[]
  readonly paths: number
}

/** All targets of this host, when each is at rest; undefined when that is not known. */
export function restOf(world: World, survey: Survey): readonly RestingTarget[] | undefined {
  const { snapshot } = survey
  if (!snapshot || snapshot.moved.length > 0) return undefined
  const kept = keptBeside(world).read(fileOf(world, survey, 'rest'))
  const head = kept?.head as Head | undefined
  const isOfThis = head?.stamp === snapshot.stamp && JSON.stringify(head.all) === JSON.stringify(snapshot.targets)
  const marks = isOfThis ? kept?.part(0) : undefined
  const footprint = head && marks && unpackFootprint(marks, head.paths)
  return footprint && movedPaths(world.disk, footprint, 1).length === 0 ? head.targets : undefined
}

/**
 * Keeps that all targets of this host are at rest, if these deployments of them say so. `lookedNs` is from before
 * anything was looked at.
 */
export function keepRest(world: World, desk: Desk, deployments: readonly Deployment[], lookedNs: bigint): void {
  const { folder, stamp, targets, absent, engine } = desk
  const isDone = ({ state, verification }: Deployment): boolean => state === 'nothing' && (!verification || !engine)
  const sights = targets.map((target) => sightsOf(world.disk, target))
  if (stamp === undefined || !deployments.every(isDone) || !sights.every((each) => each !== undefined)) return
  const homeless = absent.map(({ home: path }): Sight => ({ path, stat: undefined, isPlace: true }))
  const footprint = footprintOf([...sights.flat(), ...homeless], lookedNs - racyNs)
  const resting = targets.flatMap(({ open }, index) => {
    const deployment = deployments[index]
    return deployment ? [{ target: open.target, home: open.roots.home, deployment }] : []
  })
  const head: Head = { stamp, all: desk.all, targets: resting, paths: footprint.paths.length }
  keptBeside(world).keep(fileOf(world, { folder }, 'rest'), head as unknown as Json, [
    { bytes: packFootprint(footprint), tellsDamage: true },
  ])
}

/** What the plan of a target was made on; undefined when the plan is not empty, or a root is a link. */
function sightsOf(disk: Disk, { open, planned }: DeskTarget): Sight[] | undefined {
  const { plan, live } = planned
  const { target, roots, record, folder } = open
  const isEmpty = plan.changes.length === 0 && plan.faults.length === 0 && record.owed().length === 0
  if (!isEmpty || roots.home !== target.home || roots.workspace !== target.workspace) return undefined
  const files: Sight[] = [...live.files.values()].map(({ absolute, stat }) => ({ path: absolute, stat }))
  const places = new Set([...live.files.values()].flatMap(({ root, absolute }) => above(absolute, roots[root])))
  const sights = [...places].map((path): Sight => ({ path, stat: disk.stat(path), isPlace: true }))
  if (sights.some(({ stat }) => stat && stat.kind !== 'folder')) return undefined
  const database = join(folder, 'state.sqlite')
  const recorded: Sight[] = [
    { path: database, stat: disk.stat(database) },
    { path: `${database}-wal`, stat: undefined }, // while a process writes, or died writing, it is there
  ]
  return [...files, ...sights, ...recorded]
}

/** The folders from a root down to a file. */
function above(absolute: string, root: string): string[] {
  const folder = dirname(absolute)
  return folder === root || folder.length <= root.length ? [root] : [...above(folder, root), folder]
}
