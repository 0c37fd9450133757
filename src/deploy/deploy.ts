// `timmy plan`, `timmy deploy` and `timmy drift`: one path from the sidecar to the home; `plan` and `--dry-run` stop
// before the first write, so what they show is what deploy does.
//
// All targets are planned first and asked about once; then each is applied by itself, with a generation of its own.

import { writeFileSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path'
import {
  shellWord,
  TimmyError,
  confirm,
  exitCodes,
  type ExitCode,
  printable,
  printerOf,
  redactText,
  type ConfirmFlags,
  type Context,
  type OutputFlags,
  type Printer,
  type SidecarFlag,
} from '../core/index.ts'
import { refuseMassDeletion } from './delete-brake.ts'
import { noDecisions, type Decisions } from './decision.ts'
import { deployPlanned, type Deployment } from './deployment.ts'
import {
  deploymentDocument,
  deploymentText,
  exitOfDeployments,
  tellIfInterrupted,
  type NamedDeployment,
} from './deployment-report.ts'
import { openDesk, type Desk, type DeskTarget } from './desk.ts'
import { hideSecretsOf, homeEnvOf, secretsIn } from './home-env.ts'
import { keepRest } from './rest.ts'
import type { Survey } from './wanted.ts'
import { actionsOf, conflictsOf, driftOf, recordOnlyOf } from './plan.ts'
import { exitOfPlans, planDocument, planText, type PlannedTarget } from './plan-report.ts'
import { recoverInterrupted } from './recover.ts'

export interface TargetFlag {
  readonly target?: string
}

export interface PlanFlags extends OutputFlags, SidecarFlag, TargetFlag {
  readonly out?: string
}

export async function plan(this: Context, flags: PlanFlags): Promise<void> {
  const printer = printerOf(this, flags)
  using desk = await openDesk(this, flags, { writes: false })
  hideSecretsOf(
    desk.targets.map(({ open }) => open),
    printer,
    this.disk,
  )
  const planned = desk.targets.map((target) => plannedTarget(desk, target))
  if (flags.out !== undefined) {
    const file = resolve(this.cwd, flags.out)
    refuseInside(desk.folder, file)
    const { savedPlanOf } = await import('./saved-plan.ts')
    writeFileSync(
      file,
      redactText(`${JSON.stringify(savedPlanOf(planned, noDecisions), null, 2)}\n`, secretsOfDesk(desk, this)),
      {
        mode: 0o600,
      },
    )
    printer.note(`saved; apply it with: timmy deploy --plan ${shellWord(flags.out)}`)
  }
  printer.report({
    schema: 'timmy.plan/1',
    document: () => ({ sidecar: desk.folder, ...planDocument(planned), ...notesOf(desk) }),
    text: textOf(desk, planned, printer, flags),
    exit: exitOfPlans(planned),
  })
}

/** A saved plan among the files of the sidecar would be a path that it does not know, and make it invalid. */
function refuseInside(sidecar: string, file: string): void {
  const inside = relative(sidecar, file)
  if (inside.startsWith('..') || isAbsolute(inside) || inside.startsWith('docs/')) return
  throw new TimmyError('USAGE', `${file} would be a file of the sidecar; save the plan beside it`, {
    hint: `timmy plan --out ${shellWord(join(dirname(sidecar), basename(file)))}`,
  })
}

export interface DriftFlags extends OutputFlags, SidecarFlag, TargetFlag {
  readonly watch: boolean
  /** Seconds between full passes of a watch. */
  readonly interval: number
}

/** Only what moved in the home; what the sidecar wants anew is the plan's business. */
export async function drift(this: Context, flags: DriftFlags): Promise<void> {
  if (flags.watch) {
    const { watchDrift } = await import('./watch.ts')
    return watchDrift(this, flags)
  }
  const printer = printerOf(this, flags)
  using desk = await openDesk(this, flags, { writes: false })
  hideSecretsOf(
    desk.targets.map(({ open }) => open),
    printer,
    this.disk,
  )
  const planned = desk.targets.map((target) => plannedTarget(desk, target)).map(onlyDrift)
  printer.report({
    schema: 'timmy.drift/1',
    document: () => ({ sidecar: desk.folder, ...planDocument(planned), ...notesOf(desk) }),
    text: textOf(desk, planned, printer, flags, 'drift'),
    exit: exitOfPlans(planned),
  })
}

export interface DeployFlags extends OutputFlags, SidecarFlag, TargetFlag, ConfirmFlags {
  readonly plan?: string
  readonly heal: boolean
  readonly take?: 'ours' | 'theirs'
  readonly allowDeletes: boolean
  readonly restart: 'never' | 'needed' | 'say'
  readonly repair: boolean
}

/** `survey`: what is known of the sidecar already, when somebody looked. */
export async function deploy(
  context: Context,
  flags: DeployFlags,
  entries: readonly string[],
  survey?: Survey,
): Promise<void> {
  const lookedNs = BigInt(context.now().getTime()) * 1_000_000n
  refuseLooseEntries(flags, entries)
  if (flags.take === 'theirs') {
    const { adopt } = await import('./adopt.ts')
    return adopt.call(context, { ...flags, all: false }, ...entries)
  }
  const saved = flags.plan === undefined ? undefined : await openSavedPlan(resolve(context.cwd, flags.plan))
  const decisions = saved?.decisions ?? decisionsOf(flags, entries)
  const printer = printerOf(context, flags)
  if (flags.repair && !flags.dryRun) await (await import('./repair.ts')).setLostRecordsAside(context, flags, printer)
  using desk = await openDesk(context, flags, {
    writes: !flags.dryRun,
    decisions,
    ...(survey && { survey }),
    ...(!flags.dryRun && { recover: recoverInterrupted(context, printer) }),
  })
  hideSecretsOf(
    desk.targets.map(({ open }) => open),
    printer,
    context.disk,
  )
  const planned = desk.targets.map((target) => plannedTarget(desk, target))
  saved?.refuseStale(planned)
  const isNothing = planned.every(({ plan: each }) => actionsOf(each).length === 0)
  const isShown = !flags.quiet && (flags.dryRun || flags.repair || !isNothing)
  const text = isShown ? textOf(desk, planned, printer, flags) : ''
  const reportPlan = (exit: ExitCode, shown = ''): void =>
    printer.report({
      schema: 'timmy.plan/1',
      document: () => ({ sidecar: desk.folder, ...planDocument(planned), ...notesOf(desk) }),
      text: shown,
      exit,
    })
  if (text !== '' && !flags.dryRun) printer.note(text)
  try {
    refuseUnusableHomes(planned)
    for (const { plan: each, name } of planned) refuseMassDeletion(name, each, flags.allowDeletes)
  } catch (cause) {
    if (flags.dryRun) printer.note(text)
    throw cause
  }
  if (flags.dryRun) {
    reportPlan(exitOfPlans(planned), text)
    return
  }
  if (!isNothing && !flags.repair && !(await confirm(context, flags, 'apply this?'))) {
    printer.note('nothing was changed')
    reportPlan(exitCodes.done)
    return
  }
  const done = await deployEach(context, desk, flags, printer)
  tellIfInterrupted(context, done, printer)
  const deployments = done.map(({ deployment }) => deployment)
  if (flags.target === undefined) keepRest(context, desk, deployments, lookedNs)
  printer.report({
    schema: 'timmy.deploy/1',
    document: () => ({ sidecar: desk.folder, ...deploymentDocument(done), ...notesOf(desk) }),
    text: deploymentText(done, printer.style),
    exit: exitOfDeployments(done),
  })
}

/** Loaded when it is wanted: its shape needs zod. */
async function openSavedPlan(file: string) {
  const { readSavedPlan, refuseStalePlan } = await import('./saved-plan.ts')
  const saved = readSavedPlan(file)
  return {
    decisions: saved.decisions,
    refuseStale: (planned: readonly PlannedTarget[]): void => refuseStalePlan(saved, planned),
  }
}

async function deployEach(
  context: Context,
  desk: Desk,
  flags: DeployFlags,
  printer: Printer,
): Promise<NamedDeployment[]> {
  const done: NamedDeployment[] = []
  for (const target of desk.targets) {
    const deployment = await deployOne(context, desk, target, flags, printer)
    done.push({ name: target.open.target.name, home: target.open.roots.home, planned: target.planned.plan, deployment })
    if (!['nothing', 'applied', 'verified'].includes(deployment.state)) break // a failed target stops the rollout
  }
  return done
}

function deployOne(
  context: Context,
  desk: Desk,
  { open, planned, desired }: DeskTarget,
  flags: DeployFlags,
  printer: Printer,
): Promise<Deployment> {
  const actions = actionsOf(planned.plan)
  return deployPlanned({
    disk: context.disk,
    open,
    // A repair learns what is there and writes nothing into the home.
    planned: flags.repair ? { ...planned, plan: { ...planned.plan, changes: recordOnlyOf(planned.plan) } } : planned,
    desired,
    engine: desk.engine,
    kind: flags.repair ? 'repair' : 'deploy',
    isDirty: desk.isDirty,
    ...(desk.commit !== undefined && { commit: desk.commit }),
    restarts: flags.restart,
    keep: desk.keep,
    env: context.env,
    now: () => context.now(),
    signal: context.signal,
    progress: printer.progress(`applying to ${open.target.name}`, actions.length),
  })
}

function plannedTarget({ commit, isDirty }: Desk, { open, planned }: DeskTarget): PlannedTarget {
  return {
    name: open.target.name,
    home: open.roots.home,
    isDirty,
    ...(commit !== undefined && { commit }),
    baseGeneration: open.record.generations()[0]?.id ?? 0,
    plan: planned.plan,
  }
}

function onlyDrift(planned: PlannedTarget): PlannedTarget {
  const kept = new Set([...driftOf(planned.plan), ...conflictsOf(planned.plan)].filter(({ applied }) => applied))
  return { ...planned, plan: { ...planned.plan, changes: planned.plan.changes.filter((change) => kept.has(change)) } }
}

function textOf(
  desk: Desk,
  planned: readonly PlannedTarget[],
  printer: Printer,
  flags: OutputFlags,
  subject: 'plan' | 'drift' = 'plan',
): string {
  const skipped = desk.skipped.map(({ target, why }) => `${target}: left out, ${why}`)
  return [
    planText(planned, printer.style, { isVerbose: flags.verbose, subject }),
    ...skipped,
    ...warningsOf(desk, flags),
  ].join('\n')
}

/** What the sidecar's rules warn of: counted, and told in full with -v. */
function warningsOf({ findings }: Desk, { verbose }: OutputFlags): string[] {
  const warnings = findings.filter(({ severity }) => severity === 'warning')
  if (warnings.length === 0) return []
  if (verbose) return warnings.map(({ where, rule, message }) => `${where.file}: ${rule}: ${printable(message)}`)
  return [`${warnings.length === 1 ? 'one warning' : `${warnings.length} warnings`}: timmy check`]
}

const secretsOfDesk = ({ targets }: Desk, { disk }: Context): string[] =>
  targets.flatMap(({ open }) => secretsIn(homeEnvOf(disk, open.roots.home)))

const notesOf = ({ findings, skipped }: Desk): object => ({ findings, skipped })

function decisionsOf({ heal, take }: DeployFlags, entries: readonly string[]): Decisions {
  return { healsAll: heal, takeOurs: take === 'ours' ? entries : [] }
}

function refuseLooseEntries({ take, plan: saved, heal }: DeployFlags, entries: readonly string[]): void {
  if (take === undefined && entries.length > 0) {
    throw new TimmyError('USAGE', 'entries are named to settle conflicts only', {
      hint: `timmy deploy --take ours ${entries.map(shellWord).join(' ')}`,
    })
  }
  if (take !== undefined && entries.length === 0) {
    throw new TimmyError('USAGE', `--take ${take} needs the entries it is about`, {
      hint: `timmy deploy --take ${take} '**'`,
    })
  }
  if (saved !== undefined && (heal || take !== undefined)) {
    throw new TimmyError('USAGE', 'a saved plan holds its own decisions', {
      hint: `timmy deploy --plan ${shellWord(saved)}`,
    })
  }
}

export function refuseUnusableHomes(planned: readonly PlannedTarget[]): void {
  const faults = planned.flatMap(({ home, plan: { faults: found } }) => found.map((fault) => ({ home, ...fault })))
  const [first] = faults
  if (!first) return
  throw new TimmyError('HOME_UNUSABLE', faults.map(({ sentence }) => sentence).join('; '), {
    hint: first.mend,
    where: faults.map(({ home, path, line }) => ({ file: `${home}/${path}`, ...(line !== undefined && { line }) })),
  })
}
