// `timmy explain`: who owns an entry, by which rule and line, how it stands and since when.
//
// Also for what is not ours: a path that we never touch is explained by the rule that forbids it. Reads only; values
// are masked.

import { overlayOf } from '../config/index.ts'
import {
  exitCodes,
  jsonEquals,
  printable,
  printerOf,
  table,
  type Context,
  type Disk,
  type Json,
  type OutputFlags,
  type SidecarFlag,
  type Style,
} from '../core/index.ts'
import { effectOf, ownershipOf as builtInOwnershipOf, type Effect } from '../hermes/index.ts'
import type { EntryClass } from './class.ts'
import { placeOf } from './compile/rules.ts'
import type { TargetFlag } from './deploy.ts'
import { openSidecarDesk, type DeskTarget, type SidecarDesk } from './desk.ts'
import { entryMatches, entryName, parseEntryName, type EntryName } from './entry-name.ts'
import type { DesiredEntry, Source } from './entry.ts'
import { hideSecretsOf } from './home-env.ts'
import { liveKey, readLive, type LiveFile } from './live.ts'
import { originOf, type Origin } from './origin.ts'
import { project } from './owned-value.ts'
import { ownershipOf, type Change } from './plan.ts'
import type { AppliedEntry, Generation, ParkedEntry } from './record.ts'
import { shownValue, withoutSecrets } from './shown-value.ts'

export interface ExplainFlags extends OutputFlags, SidecarFlag, TargetFlag {}

/** Which rule says who owns it. */
interface Rule {
  /** `file:line` of the manifest, or the built-in table. */
  readonly from: string
  readonly match?: string
  readonly why: string
}

/** What one of the three sides holds: a value as it may be shown, or a file. */
type Shown =
  | { readonly value: Json }
  | { readonly digest: string; readonly size?: number }
  | { readonly absent: true }
  | { readonly unread: true }

interface Explanation {
  readonly target: string
  readonly entry: string
  readonly owner: 'sidecar' | 'not ours'
  readonly rule: Rule
  readonly policy: string
  readonly mode: string | null
  readonly list: DesiredEntry['list'] | null
  readonly heal: boolean
  readonly source: Source | null
  readonly origin: Origin | null
  readonly class: EntryClass | null
  readonly reason: string | null
  readonly desired: Shown
  readonly applied: Shown
  readonly live: Shown
  readonly since: { readonly generation: number; readonly at: string | null } | null
  /** What was there before us. */
  readonly original: Shown | null
  readonly effect: Effect
  readonly parked: { readonly until: string; readonly why: string; readonly holds: boolean } | null
}

export async function explain(this: Context, flags: ExplainFlags, text: string): Promise<void> {
  const name = parseEntryName(text)
  const printer = printerOf(this, flags)
  using desk = await openSidecarDesk(this, flags, { writes: false })
  hideSecretsOf(
    desk.targets.map(({ open }) => open),
    printer,
    this.disk,
  )
  const explanations = desk.targets.flatMap((target) => explainIn(desk, target, text, name, this.disk))
  printer.report({
    schema: 'timmy.explain/1',
    document: { explanations },
    text: explanations.map((one) => textOf(one, desk.targets.length > 1, printer.style)).join('\n'),
    exit: exitCodes.done,
  })
}

function explainIn(desk: SidecarDesk, target: DeskTarget, text: string, name: EntryName, disk: Disk): Explanation[] {
  const applied = target.open.record.applied()
  const known = [...new Set([...target.desired.map(({ entry }) => entry), ...applied.keys()])]
  const entries = known.filter((entry) => entryMatches(text, entry))
  if (entries.length === 0) return [explainForeign(desk, target, name, disk)]
  return entries.map((entry) => {
    const desired = target.desired.find((one) => one.entry === entry)
    return explainOwned(desk, target, desired, applied.get(entry), entry)
  })
}

function explainOwned(
  desk: SidecarDesk,
  { open, planned }: DeskTarget,
  desired: DesiredEntry | undefined,
  applied: AppliedEntry | undefined,
  entry: string,
): Explanation {
  const of = (desired ?? applied) as DesiredEntry | AppliedEntry
  const change = planned.plan.changes.find((one) => one.entry === entry)
  const generations = open.record.generations()
  const parked = open.record.parked().get(entry)
  const file = planned.live.files.get(liveKey(of.root, of.path))
  return {
    target: open.target.name,
    entry,
    owner: 'sidecar',
    rule: ruleOf(desk, open.target.name, entry, of.path),
    policy: of.policy,
    mode: of.mode,
    list: of.list,
    heal: desired?.heal ?? false,
    source: of.source,
    origin: originOf(of),
    class: change?.class ?? 'clean',
    reason: change?.reason ?? file?.fault?.sentence ?? null,
    desired: desiredSide(desired),
    applied: appliedSide(applied),
    live: liveSide(of, file, desired, applied),
    since: applied ? sinceOf(applied, generations) : null,
    original: applied ? originalSide(applied, open.record.content) : null,
    effect: effectOf(of.path, of.part?.kind === 'key' ? of.part.path : undefined),
    parked: parked ? parkedSide(parked, change) : null,
  }
}

/** What the sidecar does not name: the engine's, the agent's, the owner's, or nobody's yet. */
function explainForeign(
  desk: SidecarDesk,
  { open }: DeskTarget,
  { root, path, part }: EntryName,
  disk: Disk,
): Explanation {
  const entry = entryName(root, path, part)
  const rule = ruleOf(desk, open.target.name, entry, path)
  const builtIn = root === 'home' ? builtInOwnershipOf(path) : undefined
  const isClosed = builtIn?.policy === 'never' // not even read
  const file = isClosed
    ? undefined
    : readLive(disk, open.roots, [{ root, path }], new Map(), 0n).files.get(liveKey(root, path))
  const found = part && file?.document?.get(part)
  const names = part?.kind === 'key' ? part.path : []
  return {
    target: open.target.name,
    entry,
    owner: 'not ours',
    rule,
    policy: builtIn?.policy ?? 'unknown',
    mode: null,
    list: null,
    heal: false,
    source: null,
    origin: null,
    class: null,
    reason: file?.fault?.sentence ?? null,
    desired: { absent: true },
    applied: { absent: true },
    live: isClosed ? { unread: true } : part ? valueSide(found, names) : fileSide(file),
    since: null,
    original: null,
    effect: effectOf(path, part?.kind === 'key' ? part.path : undefined),
    parked: null,
  }
}

function ruleOf(desk: SidecarDesk, target: string, entry: string, path: string): Rule {
  const of = desk.sidecar.targets.find(({ name }) => name === target)
  const own = of && overlayOf(desk.sidecar, of).own.find(({ rule }) => entryMatches(rule.match, entry))
  if (own) return { from: placeOf(own.source), match: own.rule.match, why: own.rule.why ?? 'the manifest says so' }
  if (entry.startsWith('timmy:'))
    return { from: 'built-in', why: 'is in the workspace, where only SOUL.md is deployed' }
  const builtIn = builtInOwnershipOf(path)
  return { from: 'built-in', why: builtIn?.why ?? 'is named by no rule: nothing is ever written there' }
}

function desiredSide(desired: DesiredEntry | undefined): Shown {
  const content = desired?.content
  if (!desired || !content) return { absent: true }
  if (content.kind === 'bytes') return { digest: content.digest, size: content.size }
  return valueSide(content.value, namesIn(desired))
}

function appliedSide(applied: AppliedEntry | undefined): Shown {
  if (!applied || applied.digest === null) return { absent: true }
  return applied.value === undefined ? { digest: applied.digest } : valueSide(applied.value, namesIn(applied))
}

function liveSide(
  of: DesiredEntry | AppliedEntry,
  file: LiveFile | undefined,
  desired: DesiredEntry | undefined,
  applied: AppliedEntry | undefined,
): Shown {
  if (!of.part) return fileSide(file)
  const live = file?.document?.get(of.part)
  if (live === undefined) return { absent: true }
  const wanted = desired?.content?.kind === 'value' ? desired.content.value : undefined
  const owned = project(live, wanted ?? applied?.value, applied?.value, ownershipOf(of.part, of.list))
  return valueSide(owned, namesIn(of))
}

function originalSide(applied: AppliedEntry, contentOf: (digest: string) => Buffer | undefined): Shown {
  const { digest } = applied.original
  if (digest === null) return { absent: true }
  const content = contentOf(digest)
  if (!applied.part || !content) return { digest, ...(content && { size: content.length }) }
  return valueSide(JSON.parse(content.toString('utf8')) as Json, namesIn(applied))
}

const fileSide = (file: LiveFile | undefined): Shown =>
  file?.stat && file.digest !== undefined ? { digest: file.digest, size: file.stat.size } : { absent: true }

const valueSide = (value: Json | undefined, names: readonly string[]): Shown =>
  value === undefined ? { absent: true } : { value: withoutSecrets(value, names) }

const namesIn = ({ part }: Pick<DesiredEntry, 'part'>): readonly string[] => (part?.kind === 'key' ? part.path : [])

function sinceOf({ generation }: AppliedEntry, generations: readonly Generation[]): Explanation['since'] {
  const at = generations.find(({ id }) => id === generation)?.beganAt
  return { generation, at: at === undefined ? null : new Date(at).toISOString() }
}

function parkedSide({ until, why }: ParkedEntry, change: Change | undefined): Explanation['parked'] {
  const holds = change?.reason?.startsWith('parked until ') ?? false
  return { until: new Date(until).toISOString(), why, holds }
}

const origins: Readonly<Record<Origin, string>> = {
  file: 'the file as it is',
  key: 'a leaf of config.yaml',
  default: 'set only where the home has none',
  alias: 'a name of channel_aliases.json',
  cron: 'a job of cron/',
  memory: 'an entry of memories/',
  manifest: 'a rule of the manifest',
  compiled: 'compiled from it',
}

const ways: Readonly<Record<string, string>> = {
  enforce: 'always as the sidecar has it',
  default: 'only where the home has none',
  remove: 'kept absent',
}

function textOf(one: Explanation, namesTarget: boolean, style: Style): string {
  const head = style.bold(`${namesTarget ? `${one.target}: ` : ''}${printable(one.entry)}`)
  const subject = one.rule.match ?? (one.rule.from === 'built-in' ? parseEntryName(one.entry).path : one.entry)
  const rule = printable(`${subject}${one.rule.match === undefined ? ' ' : ': '}${one.rule.why} (${one.rule.from})`)
  if (one.owner === 'not ours') {
    const rows = [
      ['owner', 'not ours'],
      ['rule', rule],
      ['live', sideText(one.live)],
      ...(one.reason === null ? [] : [['note', printable(one.reason)]]),
    ]
    return `${head}\n${table(rows, { indent: '  ' })}`
  }
  const { source, origin, since, parked } = one
  const rows: string[][] = [
    ['owner', `the sidecar, policy ${one.policy}${one.mode === null ? '' : `, ${ways[one.mode] ?? one.mode}`}`],
    ['rule', rule],
    ...(one.list === 'atomic' || one.list === null ? [] : [['list', listText(one.list)]]),
    ...(one.heal ? [['heal', 'drift is written over without being asked']] : []),
    ...(source && origin ? [['source', `${placeOf(source)}, layer ${source.layer}, ${origins[origin]}`]] : []),
    ['state', `${one.class ?? ''}${one.reason === null ? '' : `: ${printable(one.reason)}`}`],
    ...sideRows(one),
    ...(since ? [['since', `generation ${since.generation}${since.at === null ? '' : `, ${since.at}`}`]] : []),
    ...(one.original ? [['before us', sideText(one.original)]] : []),
    ['effect', `${one.effect.when}: ${one.effect.because}`],
    ...(parked
      ? [
          [
            'parked',
            `${parked.holds ? '' : 'no longer; was '}until ${parked.until.slice(0, 10)}: ${printable(parked.why)}`,
          ],
        ]
      : []),
  ]
  return `${head}\n${table(rows, { indent: '  ' })}`
}

/** The three sides, said once where they are the same. */
function sideRows({ desired, applied, live }: Explanation): string[][] {
  const [wanted, was, is] = [sideText(desired), sideText(applied), sideText(live)]
  if (jsonEquals(bare(desired), bare(applied)) && jsonEquals(bare(applied), bare(live))) return [['all three', wanted]]
  return [
    ['desired', wanted],
    ['applied', was],
    ['live', is],
  ]
}

/** A side without what only some of them know. */
const bare = (side: Shown): Json => ('digest' in side ? { digest: side.digest } : { ...side })

function listText(list: DesiredEntry['list']): string {
  return typeof list === 'string' ? `${list}: others' items stay` : `items by their ${list.by}; others' items stay`
}

/** What is left of a terminal's line. */
const shownColumns = 64

function sideText(side: Shown): string {
  if ('absent' in side) return '(absent)'
  if ('unread' in side) return '(not read)'
  if ('value' in side) return shownValue(side.value, [], shownColumns)
  return `${side.size === undefined ? '' : `${side.size} bytes, `}sha256 ${side.digest.slice(0, 12)}`
}
