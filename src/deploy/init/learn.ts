// The first generation of a described home: what the sidecar and the home agree on becomes ours, as found.
//
// So the next edited line of the sidecar is a plain change, no conflict with something that "was there before us".
// Our record alone is written; the home is not touched.

import { placesOf } from '../../config/index.ts'
import type { Context } from '../../core/index.ts'
import type { Engine, EngineTarget } from '../../hermes/index.ts'
import { apply } from '../apply.ts'
import { commitOf } from '../commit.ts'
import { noDecisions } from '../decision.ts'
import { desiredTargets } from '../desired-targets.ts'
import { engineFactsOf } from '../engine-facts.ts'
import { openTarget } from '../open-target.ts'
import { recordOnlyOf } from '../plan.ts'
import { planTarget } from '../plan-target.ts'

/** Gives the number of the generation; undefined when there was nothing to learn. */
export async function learnDescribed(
  context: Context,
  folder: string,
  on: { readonly engine: Engine | undefined; readonly target: EngineTarget },
): Promise<number | undefined> {
  const { disk, signal, env } = context
  const wanted = await desiredTargets(context, folder, { facts: engineFactsOf(on.engine), found: on.engine })
  const found = wanted.targets.find(({ target: { home } }) => home === on.target.home)
  if (!found || found.entries.length === 0) return undefined
  const now = (): Date => context.now()
  using open = openTarget(found.target, { disk, stateFolder: placesOf(context).state, now: now(), writes: true })
  const { plan, live } = planTarget({ disk, open, desired: found.entries, decisions: noDecisions, now: now() })
  const { generation } = await apply({
    disk,
    roots: open.roots,
    stateFolder: open.folder,
    record: open.record,
    plan: { ...plan, changes: recordOnlyOf(plan) },
    live,
    kind: 'adopt',
    ...(await commitOf(folder, env)),
    now,
    signal,
  })
  return generation
}
