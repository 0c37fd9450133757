// `timmy generations`: what was deployed when, and how it ended.

import {
  exitCodes,
  printerOf,
  table,
  type Context,
  type OutputFlags,
  type SidecarFlag,
  type Style,
} from '../core/index.ts'
import type { TargetFlag } from './deploy.ts'
import type { OpenTarget } from './open-target.ts'
import { openTargets } from './open-targets.ts'
import type { Generation } from './record.ts'

export interface GenerationsFlags extends OutputFlags, SidecarFlag, TargetFlag {}

interface ListedGeneration extends Generation {
  readonly target: string
  /** Entries that it changed. */
  readonly entryCount: number
}

export async function generations(this: Context, flags: GenerationsFlags): Promise<void> {
  const printer = printerOf(this, flags)
  using opened = await openTargets(this, flags, false)
  const listed = opened.targets.map((open) => ({ name: open.target.name, of: listedOf(open) }))
  printer.report({
    schema: 'timmy.generations/1',
    document: { generations: listed.flatMap(({ of }) => of.map(documentOf)), skipped: opened.skipped },
    text: listed.map(({ name, of }) => textOf(name, of, printer.style)).join('\n'),
    exit: exitCodes.done,
  })
}

function listedOf({ target, record }: OpenTarget): ListedGeneration[] {
  return record
    .generations()
    .map((generation) => ({ ...generation, target: target.name, entryCount: record.changesOf(generation.id).length }))
}

function documentOf({
  target,
  id,
  state,
  kind,
  beganAt,
  endedAt,
  commit,
  isDirty,
  entryCount,
  backTo,
  note,
}: ListedGeneration): object {
  return {
    target,
    id,
    kind,
    state,
    beganAt: new Date(beganAt).toISOString(),
    beganAtLocal: localTime(beganAt),
    endedAt: endedAt === undefined ? null : new Date(endedAt).toISOString(),
    commit: commit ?? null,
    dirty: isDirty,
    entries: entryCount,
    backTo: backTo ?? null,
    note: note ?? null,
  }
}

function textOf(target: string, listed: readonly ListedGeneration[], style: Style): string {
  if (listed.length === 0) return `${style.bold(target)}: nothing was deployed yet`
  const rows = listed.map(({ id, beganAt, kind, state, commit, isDirty, entryCount, backTo, note }) => [
    String(id),
    localTime(beganAt).replace(/:\d\d /, ' '),
    kind,
    painted(state, style),
    commit === undefined ? '-' : `${commit.slice(0, 7)}${isDirty ? ' +edits' : ''}`,
    [
      `${entryCount} ${entryCount === 1 ? 'entry' : 'entries'}`,
      ...(backTo === undefined ? [] : [`back to ${backTo}`]),
      ...(note === undefined || state === 'verified' ? [] : [note]), // verified says the same
    ].join('; '),
  ])
  return `${style.bold(target)}\n${table(rows, { indent: '  ', right: [0] })}`
}

function painted(state: Generation['state'], style: Style): string {
  if (state === 'verified') return style.green(state)
  return state === 'applied' ? state : style.yellow(state)
}

/** Wall-clock time with its offset, such as `2027-01-31 09:00:00 +01:00`. */
function localTime(instant: number): string {
  const at = new Date(instant)
  const offset = -at.getTimezoneOffset()
  const shifted = new Date(instant + offset * 60_000).toISOString()
  const zone = `${offset < 0 ? '-' : '+'}${two(Math.abs(offset) / 60)}:${two(Math.abs(offset) % 60)}`
  return `${shifted.slice(0, 10)} ${shifted.slice(11, 19)} ${zone}`
}

const two = (count: number): string => String(Math.trunc(count)).padStart(2, '0')
