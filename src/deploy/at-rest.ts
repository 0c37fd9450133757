// `timmy deploy`, at first glance: when everything is at rest it is answered from footprints, without opening anything.
//
// Everything else is `deploy.ts`. Not for what a person wants to see in full: a dry run, a JSON document, one target.

import { exitCodes, printerOf, type Context, type Style } from '../core/index.ts'
import type { DeployFlags } from './deploy.ts'
import { refuseFences } from './fenced.ts'
import { restOf, type RestingTarget } from './rest.ts'
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
  const text = flags.quiet ? '' : await textOf(resting, printer.style)
  printer.report({ schema: 'timmy.deploy/1', document: {}, text, exit: exitCodes.done })
}

async function textOf(resting: readonly RestingTarget[], style: Style): Promise<string> {
  const { deploymentText } = await import('./deployment-report.ts')
  const planned = { changes: [], faults: [], cleanCount: 0, ownedCount: 0, fit: () => '' }
  return deploymentText(
    resting.map(({ target, home, deployment }) => ({ name: target.name, home, planned, deployment })),
    style,
  )
}

function isPlain({ plan, take, target, repair, dryRun, json }: DeployFlags): boolean {
  return !repair && !dryRun && !json && [plan, take, target].every((flag) => flag === undefined)
}
