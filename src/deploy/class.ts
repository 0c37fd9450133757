// Classes: what three values of one entry (desired, applied, live) mean together.
//
// The table of the three-way comparison, and nothing else: comparisons in, a word out. What is done about a class
// stands in `decision.ts`. A live value equal to the desired one is never a conflict, whoever wrote it.

import type { Mode, Policy } from './entry.ts'

export type EntryClass =
  /** Desired, applied and live agree. */
  | 'clean'
  /** Live is what we applied; the sidecar moved on. */
  | 'pending'
  /** Live already is what is desired; only our record lags. */
  | 'converged'
  /** Live differs from what we applied; the sidecar did not move. */
  | 'drift'
  /** Live and the sidecar both moved, apart. */
  | 'conflict'
  /** Nothing there, nothing applied. */
  | 'new'
  /** First contact: something else is there already. */
  | 'pre-existing'
  /** We applied it, somebody removed it. */
  | 'deleted-live'
  /** The sidecar dropped it; live still is what we applied. */
  | 'removed'
  /** The sidecar dropped it; live was edited since. */
  | 'removed-edited'
  /** The sidecar dropped it and it is not there. */
  | 'gone'

/** How the three values of one entry compare; `applied` is `absent` where we applied its absence. */
export interface Sides {
  readonly applied: 'none' | 'absent' | 'present'
  readonly isLive: boolean
  readonly liveIsDesired: boolean
  readonly liveIsApplied: boolean
  readonly desiredIsApplied: boolean
}

/** The class of a desired entry. */
export function classOf(policy: Policy, mode: Mode, sides: Sides): EntryClass {
  if (policy === 'seed') return sides.isLive || sides.applied !== 'none' ? 'clean' : 'new'
  if (mode === 'default') return sides.isLive ? 'clean' : 'new'
  if (mode === 'remove') return classOfAbsence(sides)
  if (sides.isLive && sides.liveIsDesired) return sides.desiredIsApplied ? 'clean' : 'converged'
  if (sides.applied === 'none') return sides.isLive ? 'pre-existing' : 'new'
  if (sides.applied === 'absent') return sides.isLive ? 'conflict' : 'pending'
  if (!sides.isLive) return sides.desiredIsApplied ? 'deleted-live' : 'conflict'
  if (sides.liveIsApplied) return 'pending'
  return sides.desiredIsApplied ? 'drift' : 'conflict'
}

/** The owner asked for absence: a value that came back after we took it out is drift, another's value is kept. */
function classOfAbsence({ applied, isLive, liveIsApplied }: Sides): EntryClass {
  if (!isLive) return applied === 'absent' ? 'clean' : 'converged'
  if (applied === 'absent') return 'drift'
  if (applied === 'none') return 'pre-existing'
  return liveIsApplied ? 'pending' : 'conflict'
}

/** The class of an entry that we applied and the sidecar no longer names. */
export function classOfDropped({ applied, isLive, liveIsApplied }: Sides): EntryClass {
  if (applied === 'absent' || !isLive) return 'gone'
  return liveIsApplied ? 'removed' : 'removed-edited'
}
