// What the sidecar wants of the targets of this host: from its snapshot while that holds, else read, judged and compiled.

import { findSidecar, placesOf, type Finding, type World } from '../config/index.ts'
import type { Context } from '../core/index.ts'
import { findEngine, type Engine } from '../hermes/index.ts'
import type { Prompt } from './check/prompts.ts'
import type { DesiredTarget } from './desired-targets.ts'
import type { TargetFlags } from './open-targets.ts'
import { readSnapshot, type Snapshot } from './snapshot.ts'

export interface Wanted {
  readonly targets: readonly DesiredTarget[]
  /** Of the whole sidecar. */
  readonly findings: readonly Finding[]
  readonly keep: { readonly generations: number; readonly verified: number }
  readonly fileCount: number
  /** What the engine's own scanner is asked about. */
  readonly prompts: readonly Prompt[]
}

export interface StampedWanted extends Wanted {
  /** Of the snapshot that says so now; undefined when there is none. */
  readonly stamp: string | undefined
}

/** A sidecar as it lies there, before anything of it is read. */
export interface Survey {
  readonly folder: string
  readonly engine: Engine | undefined
  readonly snapshot: Snapshot | undefined
}

/** Up to this many paths that moved are looked at one by one; beyond, the whole sidecar is read. */
const fewMoved = 64

type WantedWorld = World & Pick<Context, 'now'>

export async function surveySidecar(context: WantedWorld, flags: TargetFlags): Promise<Survey> {
  const { env, cwd, disk } = context
  const folder = findSidecar(context, flags.sidecar)
  const engine = await findEngine({ cwd, env, disk, stateFolder: placesOf(context).state })
  return { folder, engine, snapshot: readSnapshot(context, { folder, engine }) }
}

export async function wantedOf(context: WantedWorld, { snapshot, ...of }: Survey): Promise<StampedWanted> {
  const kept = snapshot?.moved.length === 0 ? snapshot.wanted() : undefined
  if (kept && snapshot) return { ...kept, stamp: snapshot.stamp }
  if (snapshot && snapshot.moved.length <= fewMoved) {
    const { rereadMoved } = await import('./reread-moved.ts')
    const fresh = await rereadMoved(context, of, snapshot)
    if (fresh) return fresh
  }
  const { readWanted } = await import('./read-wanted.ts')
  return readWanted(context, of)
}
