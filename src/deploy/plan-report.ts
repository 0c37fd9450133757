// Plans for people and for programs: what would change where, by whose word, and what must be restarted.
//
// Secrets never appear: values go through shown-value.ts. One document for all targets of a run; every change names
// its target.

import { exitCodes, printable, type ExitCode, type Json, type Style } from '../core/index.ts'
import { project } from './owned-value.ts'
import { conflictsOf, driftOf, actionsOf, type Change, type Plan } from './plan.ts'
import { namesOf, shownValue, withoutSecrets } from './shown-value.ts'

export interface PlannedTarget {
  readonly name: string
  readonly home: string
  readonly commit?: string
  readonly isDirty: boolean
  readonly baseGeneration: number
  readonly plan: Plan
}

export interface Restart {
  readonly what: string
  /** The entries that ask for it. */
  readonly because: readonly string[]
}

/** Restarts that the actions of a plan need, one per service. */
export function restartsOf(changes: readonly Change[]): Restart[] {
  const asking = changes.filter(({ action, effect }) => action !== 'none' && effect.service !== undefined)
  const byService = Map.groupBy(asking, ({ effect }) => effect.service as string)
  return [...byService].map(([what, of]) => ({ what, because: of.map(({ entry }) => entry) }))
}

/** The exit code of looking: 0 nothing to do, 2 changes, 3 conflicts, 4 a home that cannot be edited. */
export function exitOfPlans(targets: readonly PlannedTarget[]): ExitCode {
  if (targets.some(({ plan }) => plan.faults.length > 0)) return exitCodes.invalid
  if (targets.some(({ plan }) => conflictsOf(plan).length > 0)) return exitCodes.conflict
  const differs = ({ plan }: PlannedTarget): boolean => actionsOf(plan).length > 0 || driftOf(plan).length > 0
  return targets.some(differs) ? exitCodes.differences : exitCodes.done
}

export function planDocument(targets: readonly PlannedTarget[]): object {
  return {
    targets: targets.map(({ plan, name, home, commit, isDirty, baseGeneration }) => ({
      target: name,
      home,
      commit: commit ?? null,
      dirty: isDirty,
      baseGeneration,
      fit: plan.fit,
      owned: plan.ownedCount,
      clean: plan.cleanCount,
    })),
    changes: targets.flatMap(({ name, plan }) => plan.changes.map((change) => changeDocument(name, change))),
    conflicts: targets.flatMap(({ name, plan }) => conflictsOf(plan).map(({ entry }) => ({ target: name, entry }))),
    restarts: targets.flatMap(({ name, plan }) => restartsOf(plan.changes).map((each) => ({ target: name, ...each }))),
    faults: targets.flatMap(({ name, plan }) => plan.faults.map((fault) => ({ target: name, ...fault }))),
    summary: summaryOf(targets),
  }
}

export function changeDocument(target: string, change: Change): object {
  const { entry, action, policy, effect, reason, desired, part } = change
  return {
    target,
    entry,
    action,
    class: change.class,
    policy,
    restart: effect.service ?? null,
    effect: effect.when,
    ...(part && { from: jsonOf(liveOf(change), change), to: jsonOf(wantedOf(change), change) }),
    ...(desired && { source: desired.source }),
    ...(reason !== undefined && { reason }),
  }
}

export function summaryOf(targets: readonly PlannedTarget[]): object {
  const all = targets.flatMap(({ plan }) => plan.changes)
  const count = (action: string): number => all.filter((change) => change.action === action).length
  return {
    create: count('create'),
    update: count('update'),
    delete: count('delete'),
    drift: targets.reduce((sum, { plan }) => sum + driftOf(plan).length, 0),
    conflict: targets.reduce((sum, { plan }) => sum + conflictsOf(plan).length, 0),
    clean: targets.reduce((sum, { plan }) => sum + plan.cleanCount, 0),
  }
}

/** The command that writes ours over a conflict. */
const deployOurs = 'timmy deploy --take ours'

/** The plan as a person reads it. `takeOurs` is the command that settles a conflict our way. */
export function planText(
  targets: readonly PlannedTarget[],
  style: Style,
  isVerbose: boolean,
  takeOurs = deployOurs,
): string {
  return targets.map((target) => targetText(target, style, isVerbose, takeOurs)).join('\n')
}

function targetText(
  { name, home, plan, commit, isDirty }: PlannedTarget,
  style: Style,
  isVerbose: boolean,
  takeOurs: string,
): string {
  const at = commit === undefined ? '' : `, from ${commit.slice(0, 12)}${isDirty ? ' with uncommitted edits' : ''}`
  const lines = [style.bold(`${name}: ${printable(home)}${at}`)]
  for (const { sentence, mend } of plan.faults)
    lines.push(`  ${style.red('!')} ${printable(sentence)}`, `      ${mend}`)
  const conflicts = conflictsOf(plan)
  const drift = driftOf(plan)
  const silent = new Set<string>([...conflicts, ...drift].map(({ entry }) => entry))
  for (const change of actionsOf(plan)) lines.push(...actionLines(change, style))
  for (const change of drift) lines.push(...keptLines('drift', change, style))
  for (const change of conflicts) lines.push(...keptLines('conflict', change, style))
  if (isVerbose) {
    for (const change of plan.changes) {
      if (change.action !== 'none' || silent.has(change.entry)) continue
      lines.push(style.dim(`    ${change.entry}: ${change.class}${change.reason ? `, ${change.reason}` : ''}`))
    }
  }
  for (const { what, because } of restartsOf(plan.changes)) {
    lines.push(`  ${style.yellow('restart')} ${what}, because of ${because.join(', ')}`)
  }
  if (conflicts.length > 0) lines.push(...conflictHints(conflicts, takeOurs))
  lines.push(`  ${countsOf(plan, conflicts.length, drift.length)}`)
  return lines.join('\n')
}

function countsOf(plan: Plan, conflicts: number, drift: number): string {
  const actions = actionsOf(plan)
  const count = (action: string): number => actions.filter((change) => change.action === action).length
  const agreeing = plan.cleanCount + plan.changes.filter((change) => change.class === 'converged').length
  if (actions.length === 0 && conflicts === 0 && drift === 0) return `nothing to do; ${agreeing} entries agree`
  const parts = [`${count('create')} to create`, `${count('update')} to update`, `${count('delete')} to delete`]
  if (drift > 0) parts.push(`${drift} drifted (kept)`)
  if (conflicts > 0) parts.push(`${conflicts} in conflict (kept)`)
  return `${parts.join(', ')}; ${agreeing} agree`
}

const signs = { create: '+', update: '~', delete: '-', none: ' ' } as const

function actionLines(change: Change, style: Style): string[] {
  const sign = style.green(signs[change.action])
  const why = change.reason === undefined ? '' : ` (${change.reason})`
  const head = `  ${sign} ${change.entry}${style.dim(sourceOf(change))}${why}`
  if (!change.part) return [head]
  const names = namesOf(change)
  const from = shownValue(liveOf(change), names)
  const to = shownValue(wantedOf(change), names)
  return [head, change.action === 'create' ? `      ${to}` : `      ${from}  →  ${to}`]
}

function keptLines(word: string, change: Change, style: Style): string[] {
  const head = `  ${style.yellow(word)} ${change.entry}: ${meaningOf(change)}`
  if (!change.part) return [head]
  const names = namesOf(change)
  const lines = [head, `      live    ${shownValue(liveOf(change), names)}`]
  if (change.desired) lines.push(`      sidecar ${shownValue(wantedOf(change), names)}`)
  return lines
}

const meanings: Partial<Record<Change['class'], string>> = {
  drift: 'edited in the home since we applied it',
  'deleted-live': 'we applied it, and it is gone from the home',
  'removed-edited': 'the sidecar dropped it, but it was edited in the home',
  conflict: 'edited in the home, and the sidecar changed as well',
  'pre-existing': 'something else was there before us',
}

function meaningOf({ class: entryClass, reason }: Change): string {
  const meaning = meanings[entryClass] ?? entryClass
  return reason === undefined ? meaning : `${meaning}; ${reason}`
}

function conflictHints(conflicts: readonly Change[], takeOurs: string): string[] {
  const one = conflicts[0]?.entry ?? ''
  const overwrite = `      write over it:      ${takeOurs} '${one}'`
  if (takeOurs !== deployOurs) return [overwrite]
  return [
    `      keep what is live:  timmy adopt '${one}'`,
    overwrite,
    `      decide later:       timmy park '${one}' --until DATE --why TEXT`,
  ]
}

function sourceOf({ desired }: Change): string {
  if (!desired) return ''
  const { file, line } = desired.source
  return `  ${file}${line === undefined ? '' : `:${line}`}`
}

/** What of the live value concerns us. */
export function liveOf({ live, desired, applied, ownership }: Change): Json | undefined {
  if (live === undefined) return undefined
  const wanted = desired?.content?.kind === 'value' ? desired.content.value : undefined
  return project(live, wanted ?? applied?.value, applied?.value, ownership)
}

function wantedOf({ desired, action }: Change): Json | undefined {
  if (action === 'delete') return undefined
  return desired?.content?.kind === 'value' ? desired.content.value : undefined
}

function jsonOf(value: Json | undefined, change: Change): Json {
  return value === undefined ? null : withoutSecrets(value, namesOf(change))
}
