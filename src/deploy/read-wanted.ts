// Reads what a sidecar wants, and keeps a snapshot of it for the next run.

import type { Sidecar, World } from '../config/index.ts'
import { footprintOf, type Context } from '../core/index.ts'
import { promptsOf } from './check/prompts.ts'
import { desiredTargets } from './desired-targets.ts'
import { engineFactsOf } from './engine-facts.ts'
import { keepSnapshot, settledNs, type SnapshotOf } from './snapshot.ts'
import type { StampedWanted, Wanted } from './wanted.ts'

export interface ReadWanted extends StampedWanted {
  readonly sidecar: Sidecar
}

export async function readWanted(
  context: World & Pick<Context, 'now'>,
  { folder, engine }: SnapshotOf,
): Promise<ReadWanted> {
  const nowNs = BigInt(context.now().getTime()) * 1_000_000n
  const found = await desiredTargets(context, folder, { facts: engineFactsOf(engine), found: engine })
  const { sidecar, targets, findings, keep } = found
  const wanted: Wanted = {
    targets: targets.map(({ target, entries }) => ({ target, entries })),
    findings,
    keep,
    fileCount: sidecar.files.length,
    prompts: promptsOf(sidecar, context.disk),
  }
  if (!sidecar.isFinal || findings.some(({ severity }) => severity === 'error'))
    return { ...wanted, sidecar, stamp: undefined }
  const { manifest, fleet } = sidecar
  const footprint = footprintOf(sidecar.seen, nowNs - settledNs)
  const stamp = keepSnapshot(context, { folder, engine, manifest, fleet }, footprint, wanted)
  return { ...wanted, sidecar, stamp }
}
