// The desk: everything that a deploy command works on, opened in one go.
//
// What the sidecar wants, the engine, each target of this host opened (locked when somebody is about to
// write), recovered when it was interrupted, and planned. `using` gives every lock and file back.

import type { Finding, Sidecar, Target } from '../config/index.ts'
import { TimmyError, type Context } from '../core/index.ts'
import type { Engine } from '../hermes/index.ts'
import { commitOf } from './commit.ts'
import { noDecisions, type Decisions } from './decision.ts'
import type { DesiredEntry } from './entry.ts'
import { refuseFences } from './fenced.ts'
import type { OpenTarget } from './open-target.ts'
import { openPicked, pickTargets, type Skipped, type TargetFlags } from './open-targets.ts'
import { actionsOf } from './plan.ts'
import { planTarget, type TargetPlan } from './plan-target.ts'
import { surveySidecar, wantedOf, type StampedWanted, type Survey } from './wanted.ts'

export interface DeskTarget {
  readonly open: OpenTarget
  readonly desired: readonly DesiredEntry[]
  readonly planned: TargetPlan
}

export interface Desk {
  readonly folder: string
  readonly commit?: string
  readonly isDirty: boolean
  readonly keep: { readonly generations: number; readonly verified: number }
  readonly engine: Engine | undefined
  readonly targets: readonly DeskTarget[]
  /** Of the whole sidecar; none is an error. */
  readonly findings: readonly Finding[]
  readonly skipped: readonly Skipped[]
  /** All targets of this host, and those of them that were not asked for or have no home. */
  readonly all: readonly Target[]
  readonly absent: readonly Target[]
  /** Of the snapshot that says what is wanted; undefined when there is none. */
  readonly stamp: string | undefined
  [Symbol.dispose](): void
}

/** A desk with what the sidecar says itself, for who edits or explains it. */
export interface SidecarDesk extends Desk {
  readonly sidecar: Sidecar
}

/** What a desk needs of the world: no streams, no person. */
export type DeskWorld = Pick<Context, 'cwd' | 'env' | 'disk' | 'now'>

export interface DeskOptions {
  readonly writes: boolean
  readonly decisions?: Decisions
  /** What to do about an interrupted generation; without it such a target is refused. */
  readonly recover?: (open: OpenTarget) => Promise<void>
  /** When they are known already. */
  readonly survey?: Survey
  readonly wanted?: StampedWanted
}

/** Opens and plans every target asked for. SIDECAR_INVALID, with every finding, when the sidecar has errors. */
export async function openDesk(context: DeskWorld, flags: TargetFlags, options: DeskOptions): Promise<Desk> {
  const { disk, env } = context
  const survey = options.survey ?? (await surveySidecar(context, flags))
  const { folder, engine } = survey
  const commit = commitOf(folder, env) // asked of another process, while we go on
  const wanted = options.wanted ?? (await wantedOf(context, survey))
  refuseErrors(wanted.findings)
  using opening = new DisposableStack()
  const all = wanted.targets.map(({ target }) => target)
  const picked = pickTargets(context, all, flags.target)
  const opened = opening.use(openPicked(context, picked, options.writes))
  const targets: DeskTarget[] = []
  for (const open of opened.targets) {
    if (open.record.openGeneration()) await (options.recover ?? refuseInterrupted)(open)
    const desired = wanted.targets.find(({ target }) => target.home === open.target.home)?.entries ?? []
    const decisions = options.decisions ?? noDecisions
    const planned = planTarget({ disk, open, desired, decisions, now: context.now() })
    if (options.writes) await refuseFenced(context, open, engine, planned)
    targets.push({ open, desired, planned })
  }
  const held = opening.move()
  const { findings, keep } = wanted
  return {
    folder,
    ...(await commit),
    keep,
    engine,
    targets,
    findings,
    skipped: opened.skipped,
    all,
    absent: all.filter((target) => !picked.targets.includes(target)),
    stamp: wanted.stamp,
    [Symbol.dispose]: () => held.dispose(),
  }
}

/** Like `openDesk`, and reads the sidecar, whether it has moved or not. */
export async function openSidecarDesk(
  context: DeskWorld,
  flags: TargetFlags,
  options: DeskOptions,
): Promise<SidecarDesk> {
  const survey = await surveySidecar(context, flags)
  const { readWanted } = await import('./read-wanted.ts')
  const wanted = await readWanted(context, survey)
  return { ...(await openDesk(context, flags, { ...options, survey, wanted })), sidecar: wanted.sidecar }
}

function refuseErrors(findings: readonly Finding[]): void {
  const errors = findings.filter(({ severity }) => severity === 'error')
  const [first] = errors
  if (!first) return
  const count = errors.length === 1 ? 'one error' : `${errors.length} errors`
  const list = errors
    .slice(0, 10)
    .map(({ where, rule, message }) => `\n  ${where.file}:${where.line ?? 1} ${rule}: ${message}`)
  throw new TimmyError('SIDECAR_INVALID', `the sidecar has ${count}; nothing was changed${list.join('')}`, {
    hint: errors.length === 1 ? first.mend : 'timmy check',
    where: errors.map(({ where }) => where),
  })
}

export async function refuseFenced(
  context: DeskWorld,
  { target, roots }: OpenTarget,
  engine: Engine | undefined,
  { plan }: TargetPlan,
): Promise<void> {
  const changesConfig = actionsOf(plan).some(({ root, path }) => root === 'home' && path === 'config.yaml')
  await refuseFences(context, { ...target, home: roots.home }, engine, changesConfig)
}

export async function refuseInterrupted({ target, record }: OpenTarget): Promise<void> {
  const generation = record.openGeneration()?.id ?? 0
  throw new TimmyError(
    'INTERRUPTED_APPLY',
    `${target.name}: generation ${generation} was interrupted while it was applied`,
    {
      hint: 'timmy recover',
    },
  )
}
