// Plans for people and for programs: what would change where, by whose word, and what must be restarted.
//
// Secrets never appear: values go through shown-value.ts. One document for all targets of a run; every change names
// its target.

import { exitCodes, printable, type ExitCode, type Json, type Style } from '../core/index.ts'
import { project } from './owned-value.ts'
import { conflictsOf, driftOf, actionsOf, isParked, type Change, type Plan } from './plan.ts'
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
function restartsOf(changes: readonly Change[]): Restart[] {
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
      fit: plan.fit(),
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

function summaryOf(targets: readonly PlannedTarget[]): object {
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

export interface PlanTextOptions {
  readonly isVerbose: boolean
  /** The command that settles a conflict our way. */
  readonly takeOurs?: string
  /** Whether all changes are asked about, or only what moved in the home. */
  readonly subject?: 'plan' | 'drift'
}

/** The plan as a person reads it, in lines that fit a terminal of 80 columns; with -v each change has its source. */
export function planText(targets: readonly PlannedTarget[], style: Style, options: PlanTextOptions): string {
  return targets.map((target) => targetText(target, style, options)).join('\n')
}

function targetText(
  { name, home, plan, commit, isDirty }: PlannedTarget,
  style: Style,
  { isVerbose, takeOurs = deployOurs, subject = 'plan' }: PlanTextOptions,
): string {
  const at = commit === undefined ? '' : `, from ${commit.slice(0, 12)}${isDirty ? ' with uncommitted edits' : ''}`
  const lines = [style.bold(`${name}: ${printable(home)}${at}`)]
  for (const { sentence, mend, line } of plan.faults) {
    const where = line === undefined ? '' : `, line ${line}`
    lines.push(`  ${style.red('!')} ${printable(sentence)}${where}`, `      ${mend}`)
  }
  const conflicts = conflictsOf(plan)
  const drift = driftOf(plan)
  const silent = new Set<string>([...conflicts, ...drift].map(({ entry }) => entry))
  const actions = actionsOf(plan)
  lines.push(...(isVerbose ? actions.flatMap((change) => actionLines(change, style)) : groupedLines(actions, style)))
  for (const change of drift) lines.push(...keptLines('drift', change, style))
  for (const change of conflicts) lines.push(...keptLines('conflict', change, style))
  if (isVerbose) {
    for (const change of plan.changes) {
      if (change.action !== 'none' || silent.has(change.entry)) continue
      lines.push(style.dim(`    ${change.entry}: ${change.class}${change.reason ? `, ${change.reason}` : ''}`))
    }
  }
  if (conflicts.length > 0) lines.push(...conflictHints(conflicts, takeOurs))
  for (const { what, because } of restartsOf(plan.changes)) {
    const named = isVerbose ? because : because.slice(0, 3)
    const more = because.length > named.length ? ` and ${because.length - named.length} more` : ''
    lines.push(`  ${style.yellow('restart')} ${what}, because of ${named.join(', ')}${more}`)
  }
  lines.push(`  ${countsOf(plan, subject)}`)
  return lines.join('\n')
}

function countsOf(plan: Plan, subject: 'plan' | 'drift'): string {
  const actions = actionsOf(plan)
  const count = (action: string): number => actions.filter((change) => change.action === action).length
  const [conflicts, drift] = [conflictsOf(plan).length, driftOf(plan).length]
  const agreeing = plan.cleanCount + plan.changes.filter((change) => change.class === 'converged').length
  const parkedCount = plan.changes.filter(isParked).length
  const faults = plan.faults.length
  const unread = faults === 0 ? '' : `${faults} ${faults === 1 ? 'file' : 'files'} cannot be compared, `
  const parked = parkedCount === 0 ? '' : `, ${parkedCount} parked`
  if (actions.length + conflicts + drift === 0) {
    const nothing = subject === 'drift' ? 'no drift' : 'nothing to do'
    return `${faults === 0 ? nothing : `${unread}so nothing is done`}; ${agreeing} ${agreeing === 1 ? 'entry agrees' : 'entries agree'}${parked}`
  }
  const parts: string[] = []
  if (subject === 'plan')
    parts.push(`${count('create')} to create`, `${count('update')} to update`, `${count('delete')} to delete`)
  if (drift > 0) parts.push(`${drift} drifted (kept)`)
  if (conflicts > 0) parts.push(`${conflicts} in conflict (kept)`)
  return `${unread}${parts.join(', ')}; ${agreeing} agree${parked}`
}

const signs = { create: '+', update: '~', delete: '-', none: ' ' } as const

/** Lines are cut to this many columns, unless a name alone is longer. */
const columns = 80
/** So much of two values is searched for the place where they part. */
const longestCompared = 10_000
/** So many changes of one file, or of the files of one folder, are shown one by one. */
const shownOneByOne = 8
/** Names up to this length stand in a column. */
const widestName = 32
/** And so many of them are named at all. */
const shownAtMost = 100

/** The changes in their order: few of a file in full, many under the name of their file with a line each. */
function groupedLines(actions: readonly Change[], style: Style): string[] {
  return [...Map.groupBy(actions, groupOf)].flatMap(([group, changes]) => {
    if (changes.length <= shownOneByOne) return changes.flatMap((change) => actionLines(change, style))
    const shown = changes.slice(0, shownAtMost)
    const nameWidth = Math.max(
      ...shown.map((change) => shortName(change, group).length).filter((n) => n <= widestName),
      0,
    )
    const more = changes.length - shown.length
    return [
      `  ${style.bold(group)}: ${amountsOf(changes)}`,
      ...shown.map((change) => shortLine(change, group, nameWidth, style)),
      ...(more > 0 ? [style.dim(`    and ${more} more: -v names them`)] : []),
    ]
  })
}

/** The file of a key or record; the outermost folder of a whole file. */
function groupOf({ entry, path, part }: Change): string {
  if (part) return entry.slice(0, entry.indexOf(path) + path.length)
  const slash = entry.indexOf('/')
  return slash === -1 ? entry : entry.slice(0, slash + 1)
}

function amountsOf(changes: readonly Change[]): string {
  return (['create', 'update', 'delete'] as const)
    .map((action) => ({ action, count: changes.filter((change) => change.action === action).length }))
    .filter(({ count }) => count > 0)
    .map(({ action, count }) => `${count} to ${action}`)
    .join(', ')
}

const shortName = ({ entry }: Change, group: string): string => entry.slice(group.length).replace(/^[#@]/, '')

function shortLine(change: Change, group: string, nameWidth: number, style: Style): string {
  const why = change.reason === undefined ? '' : ` (${change.reason})`
  const head = `${shortName(change, group)}${why}`.padEnd(nameWidth)
  const values = change.part ? valuesOf(change, columns - head.length - 8) : []
  const value = values.length === 1 ? `  ${values[0]}` : ''
  return `    ${style.green(signs[change.action])} ${`${head}${value}`.trimEnd()}`
}

function actionLines(change: Change, style: Style): string[] {
  const sign = style.green(signs[change.action])
  const why = change.reason === undefined ? '' : ` (${change.reason})`
  const head = `  ${sign} ${change.entry}${style.dim(sourceOf(change))}${why}`
  if (!change.part) return [head]
  return [head, ...valuesOf(change, columns - 6).map((line) => `      ${line}`)]
}

/** What becomes of a value: one line of at most `width` columns, or two that begin where the values part. */
function valuesOf(change: Change, width: number): string[] {
  const names = namesOf(change)
  const to = shownValue(wantedOf(change), names, longestCompared)
  if (change.action === 'create') return [cut(to, width)]
  const from = shownValue(liveOf(change), names, longestCompared)
  if (change.action === 'delete') return [cut(from, width)]
  const line = `${from}  →  ${to}`
  if (line.length <= width) return [line]
  const start = Math.max(0, sharedLength(from, to) - 20)
  return [cutFrom(from, start, width - 3), `→  ${cutFrom(to, start, width - 3)}`]
}

function sharedLength(a: string, b: string): number {
  let shared = 0
  while (shared < a.length && a[shared] === b[shared]) shared += 1
  return shared
}

const cutFrom = (text: string, start: number, width: number): string =>
  start < 20 ? cut(text, width) : `… ${cut(text.slice(start), width - 2)}`

const cut = (text: string, width: number): string =>
  text.length <= Math.max(width, 10) ? text : `${text.slice(0, Math.max(width, 10) - 2)} …`

function keptLines(word: string, change: Change, style: Style): string[] {
  const head = `  ${style.yellow(word)} ${change.entry}: ${meaningOf(change)}`
  if (!change.part) return [head]
  const names = namesOf(change)
  const live = shownValue(liveOf(change), names, longestCompared)
  if (!change.desired) return [head, `      live    ${cut(live, columns - 14)}`]
  const wanted = shownValue(wantedOf(change), names, longestCompared)
  const start = Math.max(0, sharedLength(live, wanted) - 20)
  return [
    head,
    `      live    ${cutFrom(live, start, columns - 14)}`,
    `      sidecar ${cutFrom(wanted, start, columns - 14)}`,
  ]
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
  const first = conflicts.length === 1 ? [] : ['    each of them is yours to decide, such as the first:']
  if (takeOurs !== deployOurs) return [...first, overwrite]
  return [
    ...first,
    `      keep what is live:  timmy adopt '${one}'`,
    overwrite,
    `      decide later:       timmy park '${one}' --until DATE --why TEXT`,
  ]
}

function sourceOf({ desired, entry }: Change): string {
  if (!desired || desired.source.file === entry) return ''
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
