// `timmy deploy`, at first glance: when everything is at rest it is answered from footprints, without opening anything.
//
// Everything else is `deploy.ts`. Not for what a person wants to see in full: a dry run, a JSON document, one target.

import { exitCodes, printerOf, type Context } from '../core/index.ts'
import type { DeployFlags } from './deploy.ts'
import { refuseFences } from './fenced.ts'
import { restOf } from './rest.ts'
import { surveySidecar } from './wanted.ts'

export async function deployUnlessAtRest(this: Context, flags: DeployFlags, ...entries: string[]): Promise<void> {
  const survey = isPlain(flags) && entries.length === 0 ? await surveySidecar(this, flags) : undefined
  const resting = survey && restOf(this, survey)
  if (!resting) {
    const { deploy } = await import('./deploy.ts')
    return deploy(this, flags, entries, survey)
  }
  for (const { target, home } of resting) await refuseFences(this, { ...target, home }, survey.engine, false)
  const printer = printerOf(this, flags)
  const lines = resting.map(({ target }) => `${printer.style.bold(target.name)}: nothing to do`)
  printer.report({ schema: 'timmy.deploy/1', document: {}, text: lines.join('\n'), exit: exitCodes.done })
}

function isPlain({ plan, take, target, repair, dryRun, json }: DeployFlags): boolean {
  return !repair && !dryRun && !json && [plan, take, target].every((flag) => flag === undefined)
}
