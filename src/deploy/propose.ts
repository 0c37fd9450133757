// What a shell may complete: names of targets, and entries that a command could be about.
//
// Looks only. The sidecar and the home are the ones that a command without flags would take: a half-typed line is not
// read for its own. Whatever is wrong ends in no proposals.

import { findSidecar, readTargets } from '../config/index.ts'
import type { Context } from '../core/index.ts'
import { isConflict, isDrift } from './decision.ts'
import { openDesk } from './desk.ts'
import { isParked, type Change } from './plan.ts'

/** More would help nobody to choose. */
const mostProposals = 500

/** The targets of this host. */
export async function proposeTargets(context: Context, partial: string): Promise<string[]> {
  const targets = await readTargets(findSidecar(context), context)
  return targets.map(({ name }) => name).filter((name) => name.startsWith(partial))
}

/** Everything that we own or want; or what differs; or what somebody moved in the home. */
export async function proposeEntries(
  context: Context,
  partial: string,
  about: 'all' | 'different' | 'moved',
): Promise<string[]> {
  using desk = await openDesk(context, {}, { writes: false })
  const entries = desk.targets.flatMap(({ desired, open, planned }) => {
    if (about === 'all') return [...desired.map(({ entry }) => entry), ...open.record.applied().keys()]
    const isWanted = (change: Change): boolean => about === 'different' || isMoved(change)
    return planned.plan.changes.filter(isWanted).map(({ entry }) => entry)
  })
  return [...new Set<string>(entries)]
    .filter((entry) => entry.startsWith(partial) && isPlain(entry))
    .toSorted()
    .slice(0, mostProposals)
}

const isMoved = (change: Change): boolean => (isDrift(change.class) || isConflict(change.class)) && !isParked(change)

/** What a shell takes without quotes: the scripts put proposals into the line as they are. */
const isPlain = (entry: string): boolean => /^[\w./@:%+=,#~-]+$/.test(entry)
