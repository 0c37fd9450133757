// The way back: one plan towards something older, shown, asked about, applied and proven like any deploy.
//
// Rollback and undeploy share it. It needs the record of a target and not a valid sidecar, so that a broken sidecar
// does not stand between a person and the way back. An edit made since is a conflict, and is kept.

import { placesOf } from '../config/index.ts'
import {
  confirm,
  exitCodes,
  type ExitCode,
  printerOf,
  type ConfirmFlags,
  type Context,
  type OutputFlags,
  type Printer,
  type SidecarFlag,
} from '../core/index.ts'
import { findEngine, type Engine } from '../hermes/index.ts'
import type { Decisions } from './decision.ts'
import { refuseMassDeletion } from './delete-brake.ts'
import { refuseUnusableHomes, type DeployFlags, type TargetFlag } from './deploy.ts'
import { deployPlanned, type Deployment } from './deployment.ts'
import {
  deploymentDocument,
  deploymentText,
  exitOfDeployments,
  tellIfInterrupted,
  type NamedDeployment,
} from './deployment-report.ts'
import { refuseFenced, refuseInterrupted } from './desk.ts'
import type { DesiredEntry } from './entry.ts'
import { hideSecretsOf } from './home-env.ts'
import type { OpenTarget } from './open-target.ts'
import { openTargets, type OpenTargets } from './open-targets.ts'
import { actionsOf, recordOnlyOf } from './plan.ts'
import { exitOfPlans, planDocument, planText, type PlannedTarget } from './plan-report.ts'
import { planTarget, type TargetPlan } from './plan-target.ts'
import { recoverInterrupted } from './recover.ts'

export interface WayBackFlags
  extends OutputFlags, SidecarFlag, TargetFlag, ConfirmFlags, Pick<DeployFlags, 'restart'> {}

export interface WayBack {
  readonly kind: 'rollback' | 'undeploy'
  /** Of the JSON document when something was done. */
  readonly schema: string
  readonly decisions: Decisions
  /** Releases the brake on mass deletion. */
  readonly allowsDeletes: boolean
  /** The command that writes over an edit made since, for the hint. */
  readonly takeOurs: string
  /** The targets it is about, of those that are open. */
  picks(opened: OpenTargets): readonly OpenTarget[]
  /** What a target shall hold, and the generation that it is of. */
  goalOf(open: OpenTarget): { readonly desired: readonly DesiredEntry[]; readonly backTo?: number }
  question(open: readonly OpenTarget[]): string
  /** What the engine is asked about afterwards. */
  provable(desired: readonly DesiredEntry[]): readonly DesiredEntry[]
  /** After a target's plan was applied. */
  finish?(open: OpenTarget, deployment: Deployment): void
  /** A last word to the person, when something was done. */
  readonly note?: string
}

interface Leg {
  readonly open: OpenTarget
  readonly desired: readonly DesiredEntry[]
  readonly backTo?: number
  readonly planned: TargetPlan
}

export async function goBack(context: Context, flags: WayBackFlags, way: WayBack): Promise<void> {
  const printer = printerOf(context, flags)
  const { cwd, env, disk } = context
  using opened = await openTargets(context, flags, !flags.dryRun)
  hideSecretsOf(opened.targets, printer, disk)
  const engine = await findEngine({ cwd, env, disk, stateFolder: placesOf(context).state })
  const legs: Leg[] = []
  for (const open of way.picks(opened)) legs.push(await planLeg(context, open, way, flags, printer, engine))
  const planned = legs.map(plannedTarget)
  const text = planText(planned, printer.style, { isVerbose: flags.verbose, takeOurs: way.takeOurs })
  const reportPlan = (exit: ExitCode, shown = ''): void =>
    printer.report({ schema: 'timmy.plan/1', document: planDocument(planned), text: shown, exit })
  if (flags.dryRun) {
    reportPlan(exitOfPlans(planned), text)
    return
  }
  refuseUnusableHomes(planned)
  for (const { plan, name } of planned) refuseMassDeletion(name, plan, way.allowsDeletes)
  const isNothing = planned.every(({ plan }) => actionsOf(plan).length + recordOnlyOf(plan).length === 0)
  if (planned.length > 0) printer.note(text)
  if (!isNothing && !(await confirm(context, flags, way.question(legs.map(({ open }) => open))))) {
    printer.note('nothing was changed')
    reportPlan(exitCodes.done)
    return
  }
  const done = await walk(context, legs, way, flags, printer, engine)
  tellIfInterrupted(context, done, printer)
  printer.report({
    schema: way.schema,
    document: { backTo: legs[0]?.backTo ?? null, ...deploymentDocument(done) },
    text: done.length === 0 ? 'nothing of ours is in a home of this host' : deploymentText(done, printer.style),
    exit: exitOfDeployments(done),
  })
  if (way.note !== undefined && !isNothing) printer.note(way.note)
}

async function planLeg(
  context: Context,
  open: OpenTarget,
  way: WayBack,
  flags: WayBackFlags,
  printer: Printer,
  engine: Engine | undefined,
): Promise<Leg> {
  if (open.record.openGeneration())
    await (flags.dryRun ? refuseInterrupted : recoverInterrupted(context, printer))(open)
  const { disk } = context
  const { decisions, kind } = way
  const goal = way.goalOf(open)
  const takesAllOut = kind === 'undeploy'
  const planned = planTarget({ disk, open, desired: goal.desired, decisions, takesAllOut, now: context.now() })
  if (!flags.dryRun) await refuseFenced(context, open, engine, planned)
  return { open, planned, ...goal }
}

async function walk(
  context: Context,
  legs: readonly Leg[],
  way: WayBack,
  flags: WayBackFlags,
  printer: Printer,
  engine: Engine | undefined,
): Promise<NamedDeployment[]> {
  const done: NamedDeployment[] = []
  for (const { open, planned, desired, backTo } of legs) {
    const { name } = open.target
    const deployment = await deployPlanned({
      disk: context.disk,
      open,
      planned,
      desired: way.provable(desired),
      engine,
      kind: way.kind,
      isDirty: false,
      ...(backTo !== undefined && { backTo }),
      restarts: flags.restart,
      keep: { generations: Infinity, verified: 0 }, // forgetting is the next deploy's, which knows how much is kept
      env: context.env,
      now: () => context.now(),
      signal: context.signal,
      progress: printer.progress(`applying to ${name}`, actionsOf(planned.plan).length),
    })
    done.push({ name, home: open.roots.home, planned: planned.plan, deployment })
    if (!['nothing', 'applied', 'verified'].includes(deployment.state)) break // a failed target stops the rest
    way.finish?.(open, deployment)
  }
  return done
}

function plannedTarget({ open, planned }: Leg): PlannedTarget {
  return {
    name: open.target.name,
    home: open.roots.home,
    isDirty: false,
    baseGeneration: open.record.generations()[0]?.id ?? 0,
    plan: planned.plan,
  }
}
