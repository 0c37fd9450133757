// Decisions: what is done about an entry of a class, and by whose word.
//
// Drift is kept and reported unless somebody asked to heal it; conflicts are left as they are until they are decided.
// Never does anything; the plan asks, apply acts.

import { entryMatches } from './entry-name.ts'
import type { EntryClass } from './class.ts'

export type Action = 'create' | 'update' | 'delete' | 'none'

/** What the owner decided on the command line. ENTRY texts or globs. */
export interface Decisions {
  /** Write ours over drift: everywhere, or where an entry says `heal`. */
  readonly healsAll: boolean
  /** Settle conflicts: write ours over these. */
  readonly takeOurs: readonly string[]
}

export const noDecisions: Decisions = { healsAll: false, takeOurs: [] }

export function actionOf(
  entryClass: EntryClass,
  of: { entry: string; isLive: boolean; heals: boolean },
  decisions: Decisions,
): Action {
  const isTaken = decisions.takeOurs.some((pattern) => entryMatches(pattern, of.entry))
  switch (entryClass) {
    case 'pending':
      return of.isLive ? 'update' : 'create'
    case 'new':
      return 'create'
    case 'removed':
      return 'delete'
    case 'drift':
      return of.heals || decisions.healsAll || isTaken ? 'update' : 'none'
    case 'deleted-live':
      return of.heals || decisions.healsAll || isTaken ? 'create' : 'none'
    case 'conflict':
    case 'pre-existing':
      if (!isTaken) return 'none'
      return of.isLive ? 'update' : 'create'
    case 'removed-edited':
      return isTaken ? 'delete' : 'none'
    case 'clean':
    case 'converged':
    case 'gone':
      return 'none'
  }
}

/** Classes that need a person's word before anything happens to the entry. */
export const isConflict = (entryClass: EntryClass): boolean =>
  entryClass === 'conflict' || entryClass === 'pre-existing'

/** Classes in which somebody else moved what we had applied. */
export const isDrift = (entryClass: EntryClass): boolean =>
  entryClass === 'drift' || entryClass === 'deleted-live' || entryClass === 'removed-edited'
