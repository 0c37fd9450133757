// `timmy diff`: line by line what differs, from what is live to what the sidecar wants, or from what we applied to
// what is live.
//
// Secrets are taken out before anything is compared for the eye, so a masked line never tells a length.

import {
  shellWord,
  TimmyError,
  exitCodes,
  printable,
  printerOf,
  redactText,
  type Context,
  type Disk,
  type ExitCode,
  type Json,
  type OutputFlags,
  type SidecarFlag,
  type Style,
} from '../core/index.ts'
import type { EntryClass } from './class.ts'
import { isConflict } from './decision.ts'
import type { TargetFlag } from './deploy.ts'
import { openDesk, type DeskTarget } from './desk.ts'
import { entryMatches } from './entry-name.ts'
import { hideSecretsOf, homeEnvOf, secretsIn } from './home-env.ts'
import type { Change } from './plan.ts'
import { liveOf } from './plan-report.ts'
import { namesOf, withoutSecrets } from './shown-value.ts'
import { valueLines } from './value-lines.ts'

export interface DiffFlags extends OutputFlags, SidecarFlag, TargetFlag {
  readonly applied: boolean
}

interface EntryDiff {
  readonly target: string
  readonly entry: string
  readonly class: EntryClass
  readonly from: string
  readonly to: string
  readonly isBinary: boolean
  /** Unified, without colour; undefined for a binary file. */
  readonly text: string | undefined
}

export async function diff(this: Context, flags: DiffFlags, ...entries: string[]): Promise<void> {
  const printer = printerOf(this, flags)
  using desk = await openDesk(this, flags, { writes: false })
  hideSecretsOf(
    desk.targets.map(({ open }) => open),
    printer,
    this.disk,
  )
  for (const pattern of entries) refuseUnknown(pattern, desk.targets)
  const { createPatch } = await import('diff')
  const diffs = desk.targets.flatMap((target) => diffsIn(target, this.disk, flags.applied, entries, createPatch))
  printer.report({
    schema: 'timmy.diff/1',
    document: {
      diffs: diffs.map(({ text, isBinary, ...rest }) => ({ ...rest, binary: isBinary, diff: text ?? null })),
    },
    text: diffs.map((one) => textOf(one, desk.targets.length > 1, printer.style)).join('\n'),
    exit: exitOf(diffs),
  })
}

function exitOf(diffs: readonly EntryDiff[]): ExitCode {
  if (diffs.some((one) => isConflict(one.class))) return exitCodes.conflict
  return diffs.length > 0 ? exitCodes.differences : exitCodes.done
}

function refuseUnknown(pattern: string, targets: readonly DeskTarget[]): void {
  const isKnown = targets.some(
    ({ desired, open }) =>
      desired.some(({ entry }) => entryMatches(pattern, entry)) ||
      [...open.record.applied().keys()].some((entry) => entryMatches(pattern, entry)),
  )
  if (isKnown) return
  throw new TimmyError('ENTRY_UNKNOWN', `${printable(pattern)} is nothing that we own or want`, {
    hint: `timmy explain ${shellWord(pattern)}`,
  })
}

type CreatePatch = (
  name: string,
  from: string,
  to: string,
  fromHeader: string,
  toHeader: string,
  options: { context: number },
) => string

function diffsIn(
  target: DeskTarget,
  disk: Disk,
  isAgainstApplied: boolean,
  patterns: readonly string[],
  createPatch: CreatePatch,
): EntryDiff[] {
  const { plan } = target.planned
  const secrets = secretsIn(homeEnvOf(disk, target.open.roots.home))
  const shown = plan.changes.filter(
    (change) =>
      (patterns.length === 0 || patterns.some((pattern) => entryMatches(pattern, change.entry))) &&
      (isAgainstApplied ? movedSinceApplied(change) : change.class !== 'converged' && change.class !== 'gone'),
  )
  return shown.map((change) => {
    const live = liveSide(change, target, disk)
    const other = isAgainstApplied ? appliedSide(change, target) : desiredSide(change, target, disk)
    const [from, to] = isAgainstApplied ? (['applied', 'live'] as const) : (['live', 'sidecar'] as const)
    const [a, b] = isAgainstApplied ? [other, live] : [live, other]
    const isBinary = [a, b].some((side) => side.bytes !== undefined && isBinaryContent(side.bytes))
    const headers = [headerOf(a, from, change), headerOf(b, to, change)] as const
    const patch = isBinary
      ? undefined
      : createPatch(change.entry, textOfSide(a, secrets), textOfSide(b, secrets), '', '', { context: 3 })
    const hunks = patch === undefined ? [] : hunksOf(patch)
    const lines = hunks.length === 0 ? [change.reason ?? 'they differ only in what is masked'] : hunks
    const text = isBinary ? undefined : [`--- ${headers[0]}`, `+++ ${headers[1]}`, ...lines].join('\n')
    return { target: target.open.target.name, entry: change.entry, class: change.class, from, to, isBinary, text }
  })
}

/** Classes in which what is live is not what we applied. */
function movedSinceApplied({ class: entryClass, applied }: Change): boolean {
  return applied !== undefined && entryClass !== 'pending' && entryClass !== 'removed'
}

/** One side of a comparison: bytes of a file, or lines of a value; neither when it is absent. */
interface Side {
  readonly bytes?: Buffer
  readonly lines?: readonly string[]
  readonly isUnknown?: boolean
}

function liveSide(change: Change, { planned, open }: DeskTarget, disk: Disk): Side {
  if (change.part) return valueSide(liveOf(change), change)
  const file = planned.live.files.get(`${change.root}\0${change.path}`)
  if (!file?.stat) return {}
  return { bytes: disk.read(`${open.roots[change.root]}/${change.path}`) }
}

function desiredSide(change: Change, { open }: DeskTarget, disk: Disk): Side {
  const content = change.desired?.content
  if (!content) return {}
  if (content.kind === 'value') return valueSide(content.value, change)
  if ('file' in content.from) return { bytes: disk.read(content.from.file) }
  return 'text' in content.from
    ? { bytes: Buffer.from(content.from.text) }
    : recorded(open.record.content(content.digest))
}

function appliedSide(change: Change, { open }: DeskTarget): Side {
  const { applied } = change
  if (!applied || applied.digest === null) return {}
  return change.part ? valueSide(applied.value, change) : recorded(open.record.content(applied.digest))
}

const recorded = (bytes: Buffer | undefined): Side => (bytes ? { bytes } : { isUnknown: true })

/** A value under its own key, masked by the names on its way. */
function valueSide(value: Json | undefined, change: Change): Side {
  if (value === undefined) return {}
  const names = namesOf(change)
  const safe = withoutSecrets(value, names)
  const key = names.at(-1)
  return { lines: valueLines(key === undefined ? safe : { [key]: safe }) }
}

function textOfSide({ bytes, lines, isUnknown }: Side, secrets: readonly string[]): string {
  if (isUnknown) return '(its content is no longer kept)\n'
  const text = bytes?.toString('utf8') ?? lines?.map((line) => `${line}\n`).join('') ?? ''
  return redactText(text, secrets)
}

function isBinaryContent(bytes: Buffer): boolean {
  return bytes.includes(0) || !bytes.equals(Buffer.from(bytes.toString('utf8')))
}

function headerOf({ bytes, lines, isUnknown }: Side, side: string, { entry }: Change): string {
  const isThere = bytes !== undefined || lines !== undefined || isUnknown === true
  return `${side}/${entry}${isThere ? '' : ' (absent)'}`
}

/** The hunks of a patch, each line safe to print. */
function hunksOf(patch: string): string[] {
  const lines = patch.split('\n')
  const first = lines.findIndex((line) => line.startsWith('@@'))
  if (first === -1) return []
  return lines
    .slice(first)
    .filter((line) => line !== '')
    .map((line) => line.split('\t').map(printable).join('\t'))
}

function textOf(
  { target, entry, class: entryClass, isBinary, text }: EntryDiff,
  namesTarget: boolean,
  style: Style,
): string {
  const head = style.bold(`${namesTarget ? `${target}: ` : ''}${entry}`)
  const lines = [`${head} ${style.dim(entryClass)}`]
  if (isBinary) return [...lines, 'binary files differ'].join('\n')
  for (const line of text?.split('\n') ?? []) {
    if (line.startsWith('--- ') || line.startsWith('+++ ')) lines.push(style.bold(line))
    else if (line.startsWith('@@')) lines.push(style.dim(line))
    else if (line.startsWith('-')) lines.push(style.red(line))
    else lines.push(line.startsWith('+') ? style.green(line) : line)
  }
  return lines.join('\n')
}
