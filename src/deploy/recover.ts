// `timmy recover`, and what every writing command does first: an interrupted apply is finished or undone.

import { placesOf } from '../config/index.ts'
import {
  confirm,
  exitCodes,
  printerOf,
  type ConfirmFlags,
  type Context,
  type OutputFlags,
  type Printer,
  type SidecarFlag,
} from '../core/index.ts'
import { findEngine } from '../hermes/index.ts'
import type { TargetFlag } from './deploy.ts'
import { refuseFences } from './fenced.ts'
import type { OpenTarget } from './open-target.ts'
import { openTargets } from './open-targets.ts'
import { settle, type Settled } from './settle.ts'

export interface RecoverFlags extends OutputFlags, SidecarFlag, TargetFlag, ConfirmFlags {
  readonly abort: boolean
}

export async function recover(this: Context, flags: RecoverFlags): Promise<void> {
  const printer = printerOf(this, flags)
  using opened = await openTargets(this, flags, true)
  const interrupted = opened.targets.filter(({ record }) => record.openGeneration())
  const direction = flags.abort ? 'back' : 'forward'
  for (const { target, record } of interrupted) {
    const { id, beganAt, isGoingBack } = record.openGeneration() ?? { id: 0, beganAt: 0, isGoingBack: false }
    const files = record.stepsOf(id).length
    const what = isGoingBack ? 'failed and was interrupted while it was put back' : 'was interrupted'
    printer.note(`${target.name}: generation ${id}, begun ${new Date(beganAt).toISOString()}, ${what}; ${files} files`)
  }
  const goesBack = flags.abort || interrupted.every(({ record }) => record.openGeneration()?.isGoingBack)
  const question = goesBack ? 'put back what was done?' : 'finish it?'
  const isWanted = interrupted.length > 0 && !flags.dryRun && (await confirm(this, flags, question))
  const settled: (Settled & { target: string })[] = []
  for (const open of isWanted ? interrupted : []) {
    settled.push({ target: open.target.name, ...(await settleInterrupted(this, open, direction)) })
  }
  const hasKept = settled.some(({ kept }) => kept.length > 0)
  printer.report({
    schema: 'timmy.recover/1',
    document: { interrupted: interrupted.map(({ target }) => target.name), settled },
    text: interrupted.length === 0 ? 'nothing was interrupted' : settled.map(settledText).join('\n'),
    exit: hasKept ? exitCodes.conflict : isWanted || interrupted.length === 0 ? exitCodes.done : exitCodes.differences,
  })
}

/** What a writing command does with an interrupted generation before its own work: finishes it, and says so. */
export function recoverInterrupted(context: Context, printer: Printer): (open: OpenTarget) => Promise<void> {
  return async (open) => {
    if (!open.record.openGeneration()) return
    const settled = await settleInterrupted(context, open, 'forward')
    printer.note(
      `${open.target.name}: an interrupted apply was found. ${settledText({ target: open.target.name, ...settled })}`,
    )
  }
}

/** A fence stops a recovery as it stops a deploy: since the crash somebody else may have got a claim on the home. */
async function settleInterrupted(
  context: Context,
  { target, roots, folder: stateFolder, record }: OpenTarget,
  direction: 'forward' | 'back',
): Promise<Settled> {
  const { cwd, env, disk } = context
  const generation = record.openGeneration()?.id ?? 0
  const engine = await findEngine({ cwd, env, disk, stateFolder: placesOf(context).state })
  const changesConfig = record.stepsOf(generation).some(({ root, path }) => root === 'home' && path === 'config.yaml')
  await refuseFences(context, { ...target, home: roots.home }, engine, changesConfig)
  return settle({ disk, roots, stateFolder, record, generation, direction, now: () => context.now() })
}

function settledText({ target, generation, direction, done, kept }: Settled & { target: string }): string {
  const what = direction === 'forward' ? 'finished' : 'put back'
  const lines = [`${target}: generation ${generation} ${what}, ${done.length} entries`]
  for (const entry of kept) lines.push(`  kept ${entry}: edited by somebody else since`)
  return lines.join('\n')
}
