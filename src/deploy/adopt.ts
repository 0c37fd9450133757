// `timmy adopt`: live edits are carried into the sidecar's working tree, for a person to read and commit.
//
// Never writes the home and never commits. Every wish is written into a draft first; then the sidecar is written,
// read again and judged, and unless every adopted entry is now as the sidecar has it, all of it is put back. Then our
// record takes the live values as applied. What still looks like a secret is refused, by name and never by value.

import type { Finding } from '../config/index.ts'
import {
  shellWord,
  TimmyError,
  confirm,
  exitCodes,
  jsonEquals,
  printable,
  printerOf,
  type ConfirmFlags,
  type Context,
  type OutputFlags,
  type SidecarFlag,
  type Style,
} from '../core/index.ts'
import { carryFile } from './adopt/carry-file.ts'
import { carryJob } from './adopt/carry-job.ts'
import { carryAlias, carryKey } from './adopt/carry-key.ts'
import { carryMemory } from './adopt/carry-memory.ts'
import { foreignWishes } from './adopt/foreign.ts'
import { sidecarDraft, type DraftFile, type SidecarDraft } from './adopt/sidecar-draft.ts'
import { withPlaceholders } from './adopt/placeholders.ts'
import { refuse, type Carriage, type Carry, type Wish } from './adopt/wish.ts'
import { apply } from './apply.ts'
import { isConflict, isDrift, noDecisions } from './decision.ts'
import type { TargetFlag } from './deploy.ts'
import { openSidecarDesk, type DeskTarget, type SidecarDesk } from './desk.ts'
import { desiredTargets } from './desired-targets.ts'
import { engineFactsOf } from './engine-facts.ts'
import { entryMatches } from './entry-name.ts'
import type { DesiredEntry } from './entry.ts'
import { hideSecretsOf, homeEnvOf } from './home-env.ts'
import { secretJudge } from './init/secret-judge.ts'
import type { OpenTarget } from './open-target.ts'
import { originOf, type Origin } from './origin.ts'
import type { Change } from './plan.ts'
import { liveOf } from './plan-report.ts'
import { planTarget, type TargetPlan } from './plan-target.ts'
import type { ParkedEntry } from './record.ts'

export interface AdoptFlags extends OutputFlags, SidecarFlag, TargetFlag, ConfirmFlags {
  readonly all: boolean
}

interface Adopted {
  readonly target: string
  readonly entry: string
  /** Of the sidecar. */
  readonly file: string
}

interface Left extends Omit<Adopted, 'file'> {
  readonly code: string
  readonly why: string
  readonly mend: string
}

export async function adopt(this: Context, flags: AdoptFlags, ...entries: string[]): Promise<void> {
  if (flags.all === entries.length > 0) {
    throw new TimmyError('USAGE', 'adopt needs entries, or --all', { hint: 'timmy adopt --all --dry-run' })
  }
  const printer = printerOf(this, flags)
  using desk = await openSidecarDesk(this, flags, { writes: !flags.dryRun })
  hideSecretsOf(
    desk.targets.map(({ open }) => open),
    printer,
    this.disk,
  )
  const wishes = flags.all
    ? wishesFor(desk, '**', this, true)
    : entries.flatMap((entry) => wishesFor(desk, entry, this, false))
  const draft = sidecarDraft(this.disk, desk.folder)
  const { adopted, left } = carryAll(wishes, draft, this)
  const files = draft.changes()
  const state = { adopted, left, files: files.map((file) => ({ file: file.path, change: kindOf(file, draft) })) }
  const exit = left.length > 0 ? exitCodes.conflict : exitCodes.done
  const text = textOf(state, printer.style)
  if (flags.dryRun || adopted.length === 0) {
    const code = flags.dryRun && files.length > 0 && left.length === 0 ? exitCodes.differences : exit
    printer.report({ schema: 'timmy.adopt/1', document: { ...state, written: false }, text, exit: code })
    return
  }
  printer.note(text)
  if (
    !(await confirm(this, flags, `write ${files.length === 1 ? 'one file' : `${files.length} files`} of the sidecar?`))
  ) {
    printer.note('nothing was changed')
    printer.report({ schema: 'timmy.adopt/1', document: { ...state, written: false }, text: '', exit: exitCodes.done })
    return
  }
  this.signal.throwIfAborted()
  await draft.write()
  try {
    await settleAdopted(this, desk, adopted)
  } catch (cause) {
    await draft.restore()
    throw cause
  }
  const done = `adopted ${adopted.length === 1 ? 'one entry' : `${adopted.length} entries`}; read it and commit it: git -C ${desk.folder} diff`
  printer.report({ schema: 'timmy.adopt/1', document: { ...state, written: true }, text: done, exit })
}

interface PickedWish extends Wish {
  /** Named by itself, so a refusal ends the command; one of many is left and named. */
  readonly isExplicit: boolean
  readonly origin: Origin
}

function wishesFor(desk: SidecarDesk, pattern: string, { disk }: Context, isAll: boolean): PickedWish[] {
  const isGlob = isAll || /[*?[{]/.test(pattern)
  const picked = desk.targets.flatMap((target) =>
    target.planned.plan.changes
      .filter((change) => entryMatches(pattern, change.entry) && isLiveEdit(change))
      .map((change) => ({ ...wishOf(desk, target, change), isExplicit: false, origin: originOf(sourced(change)) })),
  )
  if (picked.length > 0 || isAll) {
    const names = new Set(picked.map(({ entry }) => entry))
    return picked.map((wish) => ({ ...wish, isExplicit: !isGlob && names.size === 1 }))
  }
  if (isOwned(desk, pattern)) return []
  const foreign = desk.targets.flatMap((target) => foreignWishes(desk, target, pattern, disk))
  if (foreign.length === 0) {
    throw new TimmyError('ENTRY_UNKNOWN', `the home holds nothing that ${printable(pattern)} names`, {
      hint: 'timmy drift',
    })
  }
  return foreign.map((wish) => ({ ...wish, isExplicit: true, origin: foreignOrigin(wish) }))
}

/** Somebody moved the live side. A wish of the sidecar that finds no room in the home is none. */
function isLiveEdit({ class: entryClass, part, live, applied }: Change): boolean {
  const hasNothingLive = part !== undefined && live === undefined && applied === undefined
  return (isConflict(entryClass) || isDrift(entryClass)) && !hasNothingLive
}

function isOwned(desk: SidecarDesk, pattern: string): boolean {
  return desk.targets.some(
    ({ desired, open }) =>
      desired.some(({ entry }) => entryMatches(pattern, entry)) ||
      [...open.record.applied().keys()].some((entry) => entryMatches(pattern, entry)),
  )
}

const sourced = ({ desired, applied, path, part }: Change) => {
  const source = desired?.source ?? applied?.source ?? { file: path, layer: 'base' }
  return { path, source, ...(part && { part }) }
}

function wishOf(desk: SidecarDesk, target: DeskTarget, change: Change): Wish {
  const { entry, root, path, part, desired, applied } = change
  const live = liveOf(change)
  const template = desired?.content?.kind === 'value' ? desired.content.value : applied?.value
  const { source } = sourced(change)
  return {
    sidecar: desk.sidecar,
    target,
    entry,
    root,
    path,
    source,
    isForeign: false,
    ...(part && { part }),
    ...(live !== undefined && { live }),
    ...(template !== undefined && { template }),
  }
}

function foreignOrigin({ part, path }: Wish): Origin {
  if (!part) return 'file'
  if (part.kind === 'key') return path === 'channel_aliases.json' ? 'alias' : 'key'
  return path === 'cron/jobs.json' ? 'cron' : 'memory'
}

const carriers: Readonly<Record<Origin, Carry>> = {
  file: carryFile,
  key: carryKey,
  default: carryKey,
  alias: carryAlias,
  cron: carryJob,
  memory: carryMemory,
  manifest: (wish) => refuse(wish, 'a rule of the manifest says how it is'),
  compiled: (wish) => refuse(wish, 'it is compiled'),
}

function carryAll(
  wishes: readonly PickedWish[],
  draft: SidecarDraft,
  { disk, env }: Context,
): { adopted: Adopted[]; left: Left[] } {
  const adopted: Adopted[] = []
  const left: Left[] = []
  const taken = new Map<string, string>()
  for (const wish of wishes) {
    const { home } = wish.target.open.roots
    const carriage: Carriage = { disk, draft, judge: secretJudge(disk, [home], env), variables: homeEnvOf(disk, home) }
    const named = { target: wish.target.open.target.name, entry: wish.entry }
    try {
      refuseSecondTarget(wish, taken)
      carriers[wish.origin](wish, carriage)
      adopted.push({ ...named, file: wish.source.file })
    } catch (cause) {
      if (wish.isExplicit || !(cause instanceof TimmyError)) throw cause
      left.push({ ...named, code: cause.code, why: cause.message, mend: cause.hint })
    }
  }
  return { adopted, left }
}

/** One place in the sidecar cannot say what two homes have differently. */
function refuseSecondTarget(wish: Wish, taken: Map<string, string>): void {
  const { name } = wish.target.open.target
  const place = `${wish.source.file}\0${wish.entry}`
  const other = taken.get(place)
  if (other !== undefined && other !== name)
    refuse(wish, `${other} has an edit of it too, and both come from ${wish.source.file}; name one with --target`)
  taken.set(place, name)
}

/** Reads the sidecar as it is now, and records every adopted entry that is as it says; refuses when one is not. */
async function settleAdopted(context: Context, desk: SidecarDesk, adopted: readonly Adopted[]): Promise<void> {
  const { engine } = desk
  const wanted = await desiredTargets(context, desk.folder, { facts: engineFactsOf(engine), found: engine })
  refuseFindings(wanted.findings)
  const settled = desk.targets.map(({ open }) => {
    const entries = new Set(adopted.filter(({ target }) => target === open.target.name).map(({ entry }) => entry))
    const desired = wanted.targets.find(({ target }) => target.home === open.target.home)?.entries ?? []
    return { open, ...settledPlan(context, open, desired, entries) }
  })
  for (const { open, planned, changes, writtenOut } of settled) {
    if (changes.length === 0) continue
    await apply({
      disk: context.disk,
      roots: open.roots,
      stateFolder: open.folder,
      record: open.record,
      plan: { ...planned.plan, changes },
      live: planned.live,
      kind: 'adopt',
      isDirty: true,
      ...(desk.commit !== undefined && { commit: desk.commit }),
      now: () => context.now(),
      signal: context.signal,
    })
    for (const change of writtenOut) open.record.park(ticketOfReference(change))
  }
}

interface SettledPlan {
  readonly planned: TargetPlan
  readonly changes: readonly Change[]
  /** Those where the engine wrote a reference out. */
  readonly writtenOut: readonly Change[]
}

/** What is left to record of the adopted entries of a target; ADOPT_REFUSED when one still differs. */
function settledPlan(
  context: Context,
  open: OpenTarget,
  desired: readonly DesiredEntry[],
  entries: ReadonlySet<string>,
): SettledPlan {
  const { disk } = context
  const planned = planTarget({ disk, open, desired, decisions: noDecisions, now: context.now() })
  const variables = homeEnvOf(disk, open.roots.home)
  const all = planned.plan.changes.filter(({ entry }) => entries.has(entry))
  const writtenOut = all.filter((change) => isReferenceOnly(change, variables))
  const changes = all.map((change) =>
    writtenOut.includes(change) ? { ...change, class: 'converged' as const } : change,
  )
  const odd = changes.find((change) => change.class !== 'converged' && change.class !== 'gone')
  if (!odd) return { planned, changes, writtenOut }
  const why = `${odd.entry} would still differ afterwards (${odd.reason ?? odd.class}); the sidecar was put back`
  throw new TimmyError('ADOPT_REFUSED', why, { hint: `timmy explain ${shellWord(odd.entry)}` })
}

/** The only difference is a reference that the engine wrote out. */
function isReferenceOnly(change: Change, variables: ReadonlyMap<string, string>): boolean {
  const wanted = change.desired?.content
  const live = liveOf(change)
  if (wanted?.kind !== 'value' || live === undefined || !isLiveEdit(change)) return false
  return jsonEquals(withPlaceholders(live, wanted.value, variables), wanted.value)
}

/** The sidecar says it and the home has it written out: left so until either side moves. */
function ticketOfReference({ entry, desired, liveDigest }: Change): ParkedEntry {
  const why = 'the engine wrote a ${NAME} out; timmy deploy --take ours puts it back'
  return {
    entry,
    desired: desired?.content?.digest ?? null,
    live: liveDigest ?? null,
    until: Date.UTC(9999, 11, 31),
    why,
  }
}

function refuseFindings(findings: readonly Finding[]): void {
  const errors = findings.filter(({ severity }) => severity === 'error')
  const [first] = errors
  if (!first) return
  const isSecret = errors.some(({ rule }) => rule.includes('secret'))
  const list = errors
    .map(({ where, rule, message }) => `\n  ${where.file}:${where.line ?? 1} ${rule}: ${message}`)
    .join('')
  throw new TimmyError(
    isSecret ? 'SECRET_REFUSED' : 'ADOPT_REFUSED',
    `the sidecar would have errors, so it was put back${list}`,
    {
      hint: first.mend,
      where: errors.map(({ where }) => where),
    },
  )
}

const kindOf = ({ path, content }: DraftFile, draft: SidecarDraft): 'create' | 'edit' | 'remove' =>
  content === undefined ? 'remove' : draft.wasThere(path) ? 'edit' : 'create'

interface AdoptState {
  readonly adopted: readonly Adopted[]
  readonly left: readonly Left[]
  readonly files: readonly { readonly file: string; readonly change: string }[]
}

function textOf({ adopted, left, files }: AdoptState, style: Style): string {
  if (adopted.length + left.length === 0) return 'nothing to adopt: no edit of the home is meant by this'
  const kept = adopted.filter((one) => !files.some(({ file }) => file === one.file))
  const lines = files.flatMap(({ file, change }) => [
    `${style.green(change)} ${file}`,
    ...adopted.filter((one) => one.file === file).map(({ entry }) => `    ${printable(entry)}`),
  ])
  for (const { entry } of kept)
    lines.push(`${style.green('keep')} ${printable(entry)}: only a reference was written out in the home`)
  for (const { entry, why, mend } of left)
    lines.push(`${style.yellow('left')} ${printable(entry)}: ${printable(why)}`, `    ${printable(mend)}`)
  return lines.join('\n')
}
