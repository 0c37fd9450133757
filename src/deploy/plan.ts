// The plan: every change that takes live to desired, as values.
//
// `plan`, `deploy`, `drift`, `rollback` and `undeploy` all make their plans here, so they cannot disagree. Pure:
// values in, values out. Nothing is written, and no content of a file is held but that of documents.

import { canonicalJson, digestOf, isMapping, jsonEquals, type Json } from '../core/index.ts'
import { effectOf, type Effect, type Part } from '../hermes/index.ts'
import { classOf, classOfDropped, type EntryClass, type Sides } from './class.ts'
import { actionOf, isConflict, isDrift, type Action, type Decisions } from './decision.ts'
import { entryMatches } from './entry-name.ts'
import type { DesiredEntry, ListRule, Policy, Root } from './entry.ts'
import { liveKey, type Live, type LiveFile } from './live.ts'
import { limitMemories } from './memory-limit.ts'
import { digestOfOwned, isEmptyMapping, project, type Ownership } from './owned-value.ts'
import type { AppliedEntry, ParkedEntry } from './record.ts'

export interface PlanInput {
  readonly desired: readonly DesiredEntry[]
  readonly applied: ReadonlyMap<string, AppliedEntry>
  readonly parked: ReadonlyMap<string, ParkedEntry>
  readonly live: Live
  /** What a part held before us; undefined for nothing. */
  readonly originalOf: (applied: AppliedEntry) => Json | undefined
  readonly decisions: Decisions
  /** Undeploying: seeds and defaults go too, while they are still ours; an edit since must be decided. */
  readonly takesAllOut?: boolean
  /** Digests of files that the engine itself puts there when they are missing: those count as absent. */
  readonly engineSeeds: ReadonlySet<string>
  readonly now: Date
}

export interface Change {
  readonly entry: string
  readonly root: Root
  readonly path: string
  readonly part?: Part
  readonly policy: Policy
  readonly class: EntryClass
  readonly action: Action
  /** Why a difference is left alone, or what else should be known. */
  readonly reason?: string
  readonly desired?: DesiredEntry
  readonly applied?: AppliedEntry
  /** The live value of a part, whole. */
  readonly live?: Json
  /** Digest of the live file, or of the live value's owned part. */
  readonly liveDigest?: string
  readonly ownership: Ownership
  /** What a shared list held before us: those items are not ours to take out. */
  readonly original?: Json
  readonly effect: Effect
}

export interface Fault {
  readonly path: string
  readonly sentence: string
  readonly mend: string
  readonly line?: number
}

export interface Plan {
  /** Entries that differ, or whose record must be brought up to date; clean ones are counted only. */
  readonly changes: readonly Change[]
  /** What makes applying impossible; nothing is written while there is one. */
  readonly faults: readonly Fault[]
  readonly cleanCount: number
  readonly ownedCount: number
  /** The same when the same comes out, of the same sidecar, rules, record and live files. */
  fit(): string
}

export function planOf(input: PlanInput): Plan {
  const faults = faultsOf(input.live)
  const desiredNames = new Set(input.desired.map(({ entry }) => entry))
  const dropped = [...input.applied.values()].filter(({ entry }) => !desiredNames.has(entry))
  const compared = [
    ...input.desired.map((desired) => compareDesired(desired, input)),
    ...dropped.map((applied) => compareDropped(applied, input)),
  ]
    .filter((change) => change !== undefined)
    .map(letGoIfClean)
    .map(noteNewRule)
  const changes = limitMemories(
    compared.filter((change) => change.class !== 'clean' || change.action !== 'none'),
    input.live,
  )
  return {
    changes: changes.toSorted((a, b) => (a.entry < b.entry ? -1 : 1)),
    faults,
    cleanCount: compared.length - changes.length,
    ownedCount: input.applied.size,
    fit: () => fitOf(input, changes),
  }
}

/** What a person must decide. A parked difference is decided until it moves. */
export const conflictsOf = (plan: Plan): Change[] =>
  plan.changes.filter((change) => isConflict(change.class) && change.action === 'none' && !isParked(change))

export const driftOf = (plan: Plan): Change[] =>
  plan.changes.filter((change) => isDrift(change.class) && change.action === 'none' && !isParked(change))

export const actionsOf = (plan: Plan): Change[] => plan.changes.filter(({ action }) => action !== 'none')

/** Nothing to write, but our record is behind. */
export const recordOnlyOf = (plan: Plan): Change[] =>
  plan.changes.filter(
    (change) =>
      change.action === 'none' && ['converged', 'gone', 'removed-edited'].includes(change.class) && !isParked(change),
  )

const parkedReason = 'parked until '
/** Parked, and neither side has moved. */
export const isParked = (change: Change): boolean => change.reason?.startsWith(parkedReason) ?? false

function compareDesired(desired: DesiredEntry, input: PlanInput): Change | undefined {
  const file = input.live.files.get(liveKey(desired.root, desired.path))
  if (!file || file.fault) return undefined
  const applied = input.applied.get(desired.entry)
  return desired.part ? compareValue(desired, applied, file, input) : compareFile(desired, applied, file, input)
}

function compareFile(
  desired: DesiredEntry,
  applied: AppliedEntry | undefined,
  file: LiveFile,
  input: PlanInput,
): Change {
  const isSeed = !applied && file.digest !== undefined && input.engineSeeds.has(file.digest)
  const live = isSeed ? undefined : file.digest
  const wanted = desired.content?.digest
  const entryClass = classOf(desired.policy, desired.mode, {
    applied: sideOf(applied),
    isLive: live !== undefined,
    liveIsDesired: live === wanted,
    liveIsApplied: live !== undefined && live === applied?.digest,
    desiredIsApplied: wanted === applied?.digest,
  })
  const change = changeOf(desired, applied, entryClass, file.stat !== undefined, 'atomic', live, undefined, input)
  return isModeOff(desired, applied, file, entryClass) ? withModeChange(change, applied, file, input) : change
}

function compareValue(
  desired: DesiredEntry,
  applied: AppliedEntry | undefined,
  file: LiveFile,
  input: PlanInput,
): Change {
  const part = desired.part as Part
  const ownership = ownershipOf(part, desired.list)
  const found = file.document?.get(part)
  const live = !applied && isMapping(found) && isOursBelow(part, file, input) ? undefined : found
  const wanted = desired.content?.kind === 'value' ? desired.content.value : undefined
  const ours = live === undefined ? undefined : project(live, wanted, applied?.value, ownership)
  const liveAsDesired = ours === undefined ? undefined : digestOfOwned(ours, ownership)
  const isDesired = isSameOwned(ours, wanted, ownership)
  const isOnlyAdded = !applied && desired.mode === 'enforce' && !isDesired && lacksOnly(ours, wanted, ownership)
  const blocked = blockingAncestor(part, file, input)
  const yields = yieldsToLive(desired)
  const blocking = yields || desired.mode === 'remove' ? undefined : blocked
  const sides: Sides = {
    applied: sideOf(applied),
    isLive: (live !== undefined && !isOnlyAdded) || (yields && blocked !== undefined),
    liveIsDesired: isDesired,
    liveIsApplied: isStillApplied(live, applied, ownership),
    desiredIsApplied: isSameOwned(wanted, applied?.value, ownership),
  }
  const entryClass = blocking ? 'pre-existing' : classOf(desired.policy, desired.mode, sides)
  const change = changeOf(desired, applied, entryClass, live !== undefined, ownership, liveAsDesired, live, input)
  if (!blocking || isParked(change)) return change
  // Not even by the owner's word: what stood there would be on no record, and undeploy could not put it back.
  return {
    ...change,
    action: 'none',
    reason: `${blocking} holds a plain value; take it out of ${desired.path} by hand`,
  }
}

function compareDropped(applied: AppliedEntry, input: PlanInput): Change | undefined {
  const file = input.live.files.get(liveKey(applied.root, applied.path))
  if (!file || file.fault) return undefined
  const ownership = ownershipOf(applied.part, applied.list)
  const live = applied.part && file.document?.get(applied.part)
  const isFilled = isEmptyMapping(applied.value) && isMapping(live) && !isEmptyMapping(live)
  const isLive = applied.part ? live !== undefined && !isFilled : file.stat !== undefined
  const liveIsApplied = applied.part ? isStillApplied(live, applied, ownership) : file.digest === applied.digest
  const entryClass = classOfDropped({
    applied: sideOf(applied),
    isLive,
    liveIsApplied,
    liveIsDesired: false,
    desiredIsApplied: false,
  })
  const settled = entryClass === 'removed' && !mayDelete(applied, input) ? 'removed-edited' : entryClass
  const isUndecided = settled === 'removed-edited' && input.takesAllOut === true && !yieldsToLive(applied)
  const liveDigest = applied.part ? digestOfLive(live) : file.digest
  return changeOf(applied, applied, isUndecided ? 'conflict' : settled, isLive, ownership, liveDigest, live, input)
}

function changeOf(
  of: DesiredEntry | AppliedEntry,
  applied: AppliedEntry | undefined,
  entryClass: EntryClass,
  isLive: boolean,
  ownership: Ownership,
  liveDigest: string | undefined,
  live: Json | undefined,
  input: PlanInput,
): Change {
  const { entry, root, path, part, policy } = of
  const desired = 'content' in of || 'heal' in of ? of : undefined
  const heals = desired?.heal ?? false
  const isTaken = input.decisions.takeOurs.some((pattern) => entryMatches(pattern, entry)) // a later word than the ticket
  const parked = isTaken ? undefined : parkedOf(input, entry, desired?.content?.digest, liveDigest)
  const action = parked ? 'none' : actionOf(entryClass, { entry, isLive, heals }, input.decisions)
  const isShared = ownership !== 'atomic' && ownership !== 'fields' && action !== 'none'
  const original = applied && isShared ? input.originalOf(applied) : undefined
  return {
    entry,
    root,
    path,
    policy,
    class: entryClass,
    action,
    ownership,
    effect: effectOf(path, part?.kind === 'key' ? part.path : undefined),
    ...(part && { part }),
    ...(desired && { desired }),
    ...(applied && { applied }),
    ...(live !== undefined && { live }),
    ...(original !== undefined && { original }),
    ...(liveDigest !== undefined && { liveDigest }),
    ...(parked && { reason: `${parkedReason}${new Date(parked.until).toISOString().slice(0, 10)}: ${parked.why}` }),
  }
}

/** The parking ticket of an entry, while neither side has moved and its date has not come. */
function parkedOf(
  input: PlanInput,
  entry: string,
  desired: string | undefined,
  live: string | undefined,
): ParkedEntry | undefined {
  const parked = input.parked.get(entry)
  if (!parked || parked.until <= input.now.getTime()) return undefined
  return parked.desired === (desired ?? null) && parked.live === (live ?? null) ? parked : undefined
}

/** What already is as it was before us needs no write, but our record ends. */
function letGoIfClean(change: Change): Change {
  const isOver = change.class === 'clean' && change.desired?.isLetGo === true && change.applied !== undefined
  return isOver ? { ...change, class: 'converged' } : change
}

/** What agrees, but is owned by another rule than our record says: the record follows, with the value that we wrote. */
function noteNewRule(change: Change): Change {
  const { applied, desired } = change
  if (change.class !== 'clean' || !applied || !desired || applied.digest === null) return change
  const isSame =
    applied.policy === desired.policy && applied.mode === desired.mode && jsonEquals(applied.list, desired.list)
  if (isSame) return change
  return { ...change, class: 'converged', desired: { ...desired, ...contentApplied(desired, applied, applied.digest) } }
}

/** Of a default or a seed live may hold anything: what is ours stays what we wrote. */
function contentApplied(
  desired: DesiredEntry,
  { value }: AppliedEntry,
  digest: string,
): Pick<DesiredEntry, 'content'> | undefined {
  if (!yieldsToLive(desired)) return undefined
  if (value !== undefined) return { content: { kind: 'value', digest, value } }
  return { content: { kind: 'bytes', digest, size: 0, from: { recorded: true } } }
}

/**
 * Same content, other permission bits: ours to mend when nobody changed them since. A file that was there before us
 * keeps the bits of its owner, as long as a program is one and anything else is none.
 */
function isModeOff(
  desired: DesiredEntry,
  applied: AppliedEntry | undefined,
  { stat }: LiveFile,
  entryClass: EntryClass,
): boolean {
  if (desired.policy !== 'file' || !stat || stat.mode === desired.fileMode) return false
  if (entryClass !== 'clean' && entryClass !== 'converged') return false
  const isAsLeft = (applied?.fileMode ?? stat.mode) === stat.mode && desired.isLetGo !== true
  return !isAsLeft || (stat.mode & 0o100) !== (desired.fileMode & 0o100)
}

function withModeChange(change: Change, applied: AppliedEntry | undefined, file: LiveFile, input: PlanInput): Change {
  const isOurs = !applied || applied.fileMode === file.stat?.mode
  const entryClass = isOurs ? 'pending' : 'drift'
  const heals = change.desired?.heal ?? false
  const action = actionOf(entryClass, { entry: change.entry, isLive: true, heals }, input.decisions)
  return {
    ...change,
    class: entryClass,
    action,
    reason: `mode is ${octal(file.stat?.mode)}, ours ${octal(change.desired?.fileMode)}`,
  }
}

/** A list that is shared, and holds nothing that ours would overwrite: adding to it is no conflict. */
function lacksOnly(ours: Json | undefined, wanted: Json | undefined, ownership: Ownership): boolean {
  if (ownership === 'atomic' || ownership === 'fields' || !Array.isArray(ours) || !Array.isArray(wanted)) return false
  return ours.every((item: Json) => wanted.some((one: Json) => jsonEquals(one, item)))
}

/** A scalar where our key needs a mapping: writing below it would lose it. */
function blockingAncestor(part: Part, file: LiveFile, input: PlanInput): string | undefined {
  if (part.kind !== 'key') return undefined
  for (let length = 1; length < part.path.length; length += 1) {
    const path = part.path.slice(0, length)
    const value = file.document?.get({ kind: 'key', path })
    if (value === undefined) return undefined
    if (value !== null && !isMapping(value)) return goesAnyway(path, file, input) ? undefined : path.join('.')
  }
  return undefined
}

/** A mapping where our key is to hold a plain value, with nothing in it but what goes anyway. */
function isOursBelow(part: Part, file: LiveFile, input: PlanInput): boolean {
  if (part.kind !== 'key') return false
  const below = file.document?.parts().filter((one) => one.kind === 'key' && isBelow(one.path, part.path)) ?? []
  return below.length > 0 && below.every((one) => one.kind === 'key' && goesAnyway(one.path, file, input))
}

/** A key that the sidecar dropped, and that still holds what we wrote. */
function goesAnyway(path: readonly string[], file: LiveFile, input: PlanInput): boolean {
  const own = [...input.applied.values()].find(
    ({ root, path: at, part }) =>
      root === file.root && at === file.path && part?.kind === 'key' && jsonEquals(part.path, path),
  )
  if (!own?.part || !mayDelete(own, input) || input.desired.some(({ entry }) => entry === own.entry)) return false
  return isStillApplied(file.document?.get(own.part), own, ownershipOf(own.part, own.list)) && own.list === 'atomic'
}

/** Whether a key path lies strictly below another. */
export const isBelow = (path: readonly string[], above: readonly string[]): boolean =>
  path.length > above.length && above.every((key, index) => key === path[index])

const mayDelete = (applied: AppliedEntry, { takesAllOut }: PlanInput): boolean =>
  takesAllOut === true || !yieldsToLive(applied)

/** Written only where there is nothing; what becomes of it is not ours to judge. */
const yieldsToLive = ({ policy, mode }: Pick<DesiredEntry, 'policy' | 'mode'>): boolean =>
  policy === 'seed' || mode === 'default'

/** An empty mapping that others have filled since is theirs: unlike a desired one it counts as what it holds. */
function isStillApplied(live: Json | undefined, applied: AppliedEntry | undefined, ownership: Ownership): boolean {
  if (live === undefined || applied?.value === undefined) return false
  if (isEmptyMapping(applied.value)) return isEmptyMapping(live)
  return isSameOwned(project(live, applied.value, undefined, ownership), applied.value, ownership)
}

/** Compared by values under the rule in force, for the digests on record are of the rule of their time. */
const isSameOwned = (one: Json | undefined, other: Json | undefined, ownership: Ownership): boolean =>
  one !== undefined && other !== undefined && digestOfOwned(one, ownership) === digestOfOwned(other, ownership)

export const ownershipOf = (part: Part | undefined, list: ListRule): Ownership =>
  part?.kind === 'record' ? 'fields' : list

const digestOfLive = (live: Json | undefined): string | undefined =>
  live === undefined ? undefined : digestOf(canonicalJson(live))

const sideOf = (applied: AppliedEntry | undefined): Sides['applied'] =>
  applied === undefined ? 'none' : applied.digest === null ? 'absent' : 'present'

function faultsOf(live: Live): Fault[] {
  return [...live.files.values()].flatMap(({ path, fault }) => (fault ? [{ path, ...fault }] : []))
}

/** Of what was compared, of the rules in force, and of what came out. */
function fitOf(input: PlanInput, changes: readonly Change[]): string {
  const sides = [
    input.desired.map(({ entry, content, fileMode, mode, policy, list, heal }) => [
      entry,
      content?.digest ?? null,
      fileMode,
      mode,
      policy,
      list,
      heal,
    ]),
    changes.map((change) => [change.entry, change.class, change.action]),
    [...input.applied.values()].map(({ entry, digest, generation }) => [entry, digest, generation]),
    [...input.live.files.values()].map(({ root, path, digest }) => [root, path, digest ?? null]),
    [input.decisions.healsAll, [...input.decisions.takeOurs]],
  ]
  return digestOf(canonicalJson(sides))
}

const octal = (mode: number | undefined): string => (mode ?? 0).toString(8).padStart(4, '0')
