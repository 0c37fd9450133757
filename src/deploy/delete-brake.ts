// The brake on mass deletion: an empty render or a wrong branch must not empty a home.

import { TimmyError } from '../core/index.ts'
import { actionsOf, type Plan } from './plan.ts'

/** More files than this, or a larger share of what we own, needs `--allow-deletes`. */
const mostFiles = 10
const mostShare = 0.2
/** A single entry is no mass, whatever its share. */
const fewEntries = 2

export function refuseMassDeletion(target: string, plan: Plan, isAllowed: boolean): void {
  if (isAllowed) return
  const deletions = actionsOf(plan).filter(({ action, desired }) => action === 'delete' && !desired)
  const files = deletions.filter(({ part }) => !part).length
  const share = deletions.length / Math.max(plan.ownedCount, 1)
  if (files <= mostFiles && (share <= mostShare || deletions.length < fewEntries)) return
  const percent = Math.round(share * 100)
  throw new TimmyError(
    'DELETE_BRAKE',
    `${target}: this would delete ${deletions.length} of ${plan.ownedCount} entries that we own (${percent} %, ${files} files)`,
    { hint: 'timmy deploy --allow-deletes' },
  )
}
