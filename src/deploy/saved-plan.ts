// A saved plan: what was decided and what it was made on, so that applying it later does just that or refuses.
//
// The file holds no content: the plan is made anew and must fit to the last digest. Masked like every plan we show.

import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { TimmyError } from '../core/index.ts'
import type { Decisions } from './decision.ts'
import { planDocument, type PlannedTarget } from './plan-report.ts'

const savedPlanShape = z.looseObject({
  schema: z.literal('timmy.saved-plan/1'),
  decisions: z.strictObject({ healsAll: z.boolean(), takeOurs: z.array(z.string()) }),
  targets: z.array(z.looseObject({ target: z.string(), fit: z.string(), commit: z.string().nullable() })),
})

export type SavedPlan = z.infer<typeof savedPlanShape>

export function savedPlanOf(planned: readonly PlannedTarget[], decisions: Decisions): object {
  return { schema: 'timmy.saved-plan/1', decisions, ...planDocument(planned) }
}

export function readSavedPlan(file: string): SavedPlan {
  let parsed: unknown
  try {
    parsed = JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw new TimmyError('USAGE', `${file} cannot be read as a saved plan`, {
      hint: 'timmy plan --out ../plan.json',
      cause,
    })
  }
  const plan = savedPlanShape.safeParse(parsed)
  if (plan.success) return plan.data
  throw new TimmyError('USAGE', `${file} is no saved plan`, {
    hint: 'timmy plan --out ../plan.json',
    where: [{ file }],
  })
}

/** PLAN_STALE, naming the target, when anything that the plan was made on has moved. */
export function refuseStalePlan(saved: SavedPlan, planned: readonly PlannedTarget[]): void {
  for (const { name, plan, commit = null } of planned) {
    const was = saved.targets.find(({ target }) => target === name)
    if (was?.fit === plan.fit() && was.commit === commit) continue // the commit goes on record with the generation
    throw new TimmyError(
      'PLAN_STALE',
      `the saved plan no longer fits ${name}: the sidecar, our record or the home moved`,
      {
        hint: 'timmy plan',
      },
    )
  }
  const missing = saved.targets.find(({ target }) => !planned.some(({ name }) => name === target))
  if (missing)
    throw new TimmyError('PLAN_STALE', `the saved plan names ${missing.target}, which is no target now`, {
      hint: 'timmy plan',
    })
}
