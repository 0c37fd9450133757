// From an open target and its desired entries to a plan: everything is read here, once, and nothing is written.

import type { Disk, Json } from '../core/index.ts'
import { isSeededSoul } from '../hermes/index.ts'
import type { Decisions } from './decision.ts'
import type { DesiredEntry } from './entry.ts'
import { liveKey, readLive, type Live, type LivePath } from './live.ts'
import type { OpenTarget } from './open-target.ts'
import { planOf, type Plan } from './plan.ts'
import type { AppliedEntry } from './record.ts'

export interface TargetPlan {
  readonly plan: Plan
  readonly live: Live
}

export interface PlanTargetInput {
  readonly disk: Disk
  readonly open: OpenTarget
  readonly desired: readonly DesiredEntry[]
  readonly decisions: Decisions
  /** Undeploying: seeds and defaults go too, while they are still ours. */
  readonly takesAllOut?: boolean
  /** Trusts no remembered digest. */
  readonly rereads?: boolean
  readonly now: Date
}

export function planTarget(input: PlanTargetInput): TargetPlan {
  const { disk, open, desired, now } = input
  const applied = open.record.applied()
  const paths = livePaths([...desired, ...applied.values()])
  const live = readLive(
    disk,
    open.roots,
    paths,
    input.rereads ? new Map() : open.record.seen(),
    BigInt(now.getTime()) * 1_000_000n,
  )
  const parked = open.record.parked()
  const engineSeeds = seedsIn(disk, live)
  const originalOf = ({ part, original }: AppliedEntry): Json | undefined => {
    const content = part && original.digest !== null ? open.record.content(original.digest) : undefined
    return content && (JSON.parse(content.toString('utf8')) as Json)
  }
  return { plan: planOf({ ...input, applied, parked, live, originalOf, engineSeeds }), live }
}

/** The limits of memory files stand in config.yaml, so it is read whenever a memory is wanted. */
function livePaths(entries: readonly LivePath[]): LivePath[] {
  const hasMemories = entries.some(({ path }) => path.startsWith('memories/'))
  const config: LivePath = { root: 'home', path: 'config.yaml' }
  return hasMemories ? [...entries, config] : [...entries]
}

/** Digests of files that the engine itself put there because they were missing. */
function seedsIn(disk: Disk, live: Live): Set<string> {
  const soul = live.files.get(liveKey('home', 'SOUL.md'))
  if (soul?.digest === undefined) return new Set()
  return new Set(isSeededSoul(disk.read(soul.absolute).toString('utf8')) ? [soul.digest] : [])
}
