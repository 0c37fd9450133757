// From an open target and its desired entries to a plan: everything is read here, once, and nothing is written.

import type { Disk } from '../core/index.ts'
import type { Decisions } from './decision.ts'
import type { DesiredEntry } from './entry.ts'
import { readLive, type Live, type LivePath } from './live.ts'
import type { OpenTarget } from './open-target.ts'
import { planOf, type Plan } from './plan.ts'

export interface TargetPlan {
  readonly plan: Plan
  readonly live: Live
}

export interface PlanTargetInput {
  readonly disk: Disk
  readonly open: OpenTarget
  readonly desired: readonly DesiredEntry[]
  readonly decisions: Decisions
  readonly engineSeeds: ReadonlySet<string>
  readonly now: Date
}

export function planTarget({ disk, open, desired, decisions, engineSeeds, now }: PlanTargetInput): TargetPlan {
  const applied = open.record.applied()
  const paths = livePaths([...desired, ...applied.values()])
  const live = readLive(disk, open.roots, paths, open.record.seen(), BigInt(now.getTime()) * 1_000_000n)
  const parked = open.record.parked()
  return { plan: planOf({ desired, applied, parked, live, decisions, engineSeeds, now }), live }
}

/** The limits of memory files stand in config.yaml, so it is read whenever a memory is wanted. */
function livePaths(entries: readonly LivePath[]): LivePath[] {
  const hasMemories = entries.some(({ path }) => path.startsWith('memories/'))
  const config: LivePath = { root: 'home', path: 'config.yaml' }
  return hasMemories ? [...entries, config] : [...entries]
}
