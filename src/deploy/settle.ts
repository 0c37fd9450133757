// Settling: an interrupted or unwanted generation is finished or put back, from the journal alone.
//
// Looks at each file of the generation: its old digest means not done, its new one done, anything else is a later
// edit of somebody else (or, on a mount of its own, our write cut off: not done). `forward` finishes what is not done,
// `back` undoes what is done. A later edit is kept; in a document the entries that it did not touch are still finished
// or put back (settle-entry.ts), and the rest stays.
//
// Promise: running it twice, or dying in the middle and running it again, ends in the same place. It needs neither
// the sidecar nor a staged file. What goes back never turns round. A foreign write that an exchange had just taken out
// of the home when we died is put back first.

import { dirname, join } from 'node:path'
import { digestOf, withFlock, type Disk } from '../core/index.ts'
import { effectOf, formatOf, isUnreadable, type Document } from '../hermes/index.ts'
import {
  createFolders,
  exchangeFile,
  installFile,
  isReachable,
  isUnmoved,
  readPlain,
  removeFile,
  type Installed,
} from './install.ts'
import { liveKey, type Roots } from './live.ts'
import { mountReader } from './mount.ts'
import type { RecordedChange, RecordedStep, TargetRecord } from './record.ts'
import { entryEdits } from './settle-entry.ts'
import { stagingOf, type Staging } from './stage.ts'

export interface SettleInput {
  readonly disk: Disk
  readonly roots: Roots
  readonly stateFolder: string
  readonly record: TargetRecord
  readonly generation: number
  readonly direction: 'forward' | 'back'
  readonly now: () => Date
}

export interface Settled {
  readonly generation: number
  readonly direction: 'forward' | 'back'
  /** ENTRY texts that now are as the direction wants them. */
  readonly done: readonly string[]
  /** Entries that somebody else edited since: kept as they are. */
  readonly kept: readonly string[]
}

const lockTimeoutMs = 10_000
/** How often a file may move under our hands before it counts as somebody else's. */
const settleTries = 8

export async function settle(asked: SettleInput): Promise<Settled> {
  const input = { ...asked, direction: turnBack(asked) }
  const { record, disk, roots, generation, direction } = input
  const staging = stagingOf(disk, roots, input.stateFolder)
  const steps = record.stepsOf(generation)
  for (const step of steps) clearStaged(input, staging, step)
  staging.clear()
  const changes = Map.groupBy(record.changesOf(generation), ({ before, after, entry }) => {
    const of = after ?? before
    return of ? liveKey(of.root, of.path) : entry
  })
  await stageAll(input, staging, steps)
  const files: SettledFile[] = []
  for (const step of direction === 'forward' ? steps : steps.toReversed()) {
    const own = changes.get(liveKey(step.root, step.path)) ?? []
    changes.delete(liveKey(step.root, step.path))
    files.push(await settleStep(input, staging, step, own))
  }
  const gone = direction === 'back' ? removeEmptyFolders(input, generation) : []
  await disk.barrier([], foldersAbove(input, steps))
  const bookkeeping = [...changes.values()].flat() // entries without a step: their record alone changes
  const settled = closeAs(input, files, bookkeeping, gone)
  staging.clear()
  return settled
}

/** A closed generation is opened again before its first file goes back, and one that goes back never turns round. */
function turnBack({ record, generation, direction }: SettleInput): SettleInput['direction'] {
  const open = record.openGeneration()
  if (open?.id === generation) return open.isGoingBack ? 'back' : direction
  if (direction === 'back') record.transaction(() => record.reopenToGoBack(generation))
  return direction
}

interface SettledFile {
  readonly done: readonly RecordedChange[]
  readonly kept: readonly RecordedChange[]
}

async function settleStep(
  input: SettleInput,
  staging: Staging,
  step: RecordedStep,
  changes: readonly RecordedChange[],
): Promise<SettledFile> {
  if (isSettled(input, step)) return { done: changes, kept: [] } // nothing to write: no lock to wait for
  if (!isInside(input, step)) return { done: [], kept: changes }
  const settleOne = () => settleFile(input, staging, step, changes)
  if (step.lock === undefined || !input.disk.stat(dirname(step.lock))) return settleOne()
  return withFlock(step.lock, { timeoutMs: lockTimeoutMs }, settleOne)
}

/** What a step goes from and to in this direction; null stands for no file. */
function sidesOf({ direction }: SettleInput, step: RecordedStep) {
  const before = { digest: step.beforeDigest, mode: step.beforeMode }
  const after = { digest: step.afterDigest, mode: step.afterMode }
  return direction === 'forward' ? { from: before, to: after } : { from: after, to: before }
}

const absoluteOf = ({ roots }: SettleInput, { root, path }: RecordedStep): string => `${roots[root]}/${path}`

/** Whether its folders still are folders: through a link we would read and write what is not the home's. */
const isInside = (input: SettleInput, step: RecordedStep): boolean =>
  isReachable(input.disk, input.roots[step.root], absoluteOf(input, step))

const isHolding = (input: SettleInput, step: RecordedStep, digest: string | null): boolean =>
  isUnmoved(input.disk, absoluteOf(input, step), { digest, within: input.roots[step.root] })

function isSettled(input: SettleInput, step: RecordedStep): boolean {
  const { from, to } = sidesOf(input, step)
  const absolute = absoluteOf(input, step)
  if (!isHolding(input, step, to.digest)) return false
  return from.digest !== to.digest || input.disk.stat(absolute)?.mode !== from.mode
}

async function settleFile(
  input: SettleInput,
  staging: Staging,
  step: RecordedStep,
  changes: readonly RecordedChange[],
): Promise<SettledFile> {
  const { from, to } = sidesOf(input, step)
  for (let attempt = 1; attempt <= settleTries; attempt += 1) {
    if (isSettled(input, step)) return { done: changes, kept: [] }
    if (!isInside(input, step)) break
    const isNotDone = isHolding(input, step, from.digest)
    const torn = isNotDone ? undefined : tornDigest(input, step)
    if (!isNotDone && torn === undefined) {
      const settled = await settleDocument(input, staging, step, changes)
      if (settled) return settled
    } else if ((await place(input, staging, step, to, torn ?? from.digest)) !== 'moved')
      return { done: changes, kept: [] }
  }
  return { done: [], kept: changes }
}

/**
 * Of what is there, when it is our own write cut off: a mount of its own is rewritten in place, and a crash then leaves
 * the first part of the new content or of the old one. Anywhere else such a file is somebody's edit.
 */
function tornDigest(input: SettleInput, step: RecordedStep): string | undefined {
  const { disk, record } = input
  const absolute = absoluteOf(input, step)
  const bytes = readPlain(disk, absolute)
  const mountOf = mountReader(disk)
  if (!bytes || mountOf(absolute) === mountOf(dirname(absolute))) return undefined
  const isPartOf = (digest: string | null): boolean => {
    const whole = digest === null ? undefined : record.content(digest)
    return whole !== undefined && bytes.length < whole.length && whole.subarray(0, bytes.length).equals(bytes)
  }
  return [step.beforeDigest, step.afterDigest].some(isPartOf) ? digestOf(bytes) : undefined
}

/** Somebody edited the file since: in a document our entries can still be told from theirs. Undefined: it moved again. */
async function settleDocument(
  input: SettleInput,
  staging: Staging,
  step: RecordedStep,
  changes: readonly RecordedChange[],
): Promise<SettledFile | undefined> {
  const { disk, record } = input
  const absolute = absoluteOf(input, step)
  const stat = disk.stat(absolute)
  const bytes = stat?.kind === 'file' ? disk.read(absolute) : undefined
  const document = bytes && documentOf(step, bytes)
  if (!document || !bytes || !stat) return { done: [], kept: changes }
  const planned = step.afterDigest === null ? undefined : record.content(step.afterDigest)
  const settled = entryEdits(document, changes, {
    direction: input.direction,
    record,
    ...(planned && { planned: documentOf(step, planned) }),
  })
  if (settled.edits.length === 0) return settled
  const content = document.edit(settled.edits)
  record.keepContent(digestOf(content), content)
  const to = { digest: digestOf(content), mode: stat.mode }
  return (await place(input, staging, step, to, digestOf(bytes))) === 'moved' ? undefined : settled
}

/** The file as a document of the engine's; undefined for one that is owned whole, or that cannot be read. */
function documentOf({ root, path }: RecordedStep, bytes: Buffer): Document | undefined {
  const opened = root === 'home' ? formatOf(path)?.open(bytes) : undefined
  return opened && !isUnreadable(opened) ? opened : undefined
}

async function place(
  input: SettleInput,
  staging: Staging,
  step: RecordedStep,
  to: { readonly digest: string | null; readonly mode: number },
  expected: string | null,
): Promise<Installed> {
  const { disk, roots, record } = input
  const absolute = absoluteOf(input, step)
  const was = { digest: expected, within: roots[step.root] }
  if (to.digest === null) return removeFile(disk, absolute, was)
  const content = record.content(to.digest)
  if (!content) throw new Error(`the journal lost the content of ${step.path}`)
  const { path: staged } = staging.placeFor(step.root, absolute)
  if (!isInside(input, step)) return 'moved' // it may be staged beside
  if (!isUnmoved(disk, staged, { digest: to.digest, within: dirname(staged) }) || disk.stat(staged)?.mode !== to.mode) {
    stage(input, step, staged, { content, mode: to.mode })
    await disk.barrier([staged])
  }
  const installed = (isUnlocked(step) ? exchangeFile : installFile)(disk, staged, absolute, was)
  if (installed === 'not-atomic') await disk.barrier([absolute])
  return installed
}

/** Whatever can be told before the first file is touched is staged at once, for one barrier. */
async function stageAll(input: SettleInput, staging: Staging, steps: readonly RecordedStep[]): Promise<void> {
  const staged: string[] = []
  for (const step of steps) {
    const { from, to } = sidesOf(input, step)
    const content = to.digest === null ? undefined : input.record.content(to.digest)
    if (!content || isSettled(input, step) || !isHolding(input, step, from.digest)) continue
    const { path } = staging.placeFor(step.root, absoluteOf(input, step))
    stage(input, step, path, { content, mode: to.mode })
    staged.push(path)
  }
  if (staged.length > 0) await input.disk.barrier(staged)
}

function stage(
  { disk, roots }: SettleInput,
  step: RecordedStep,
  path: string,
  { content, mode }: { readonly content: Buffer; readonly mode: number },
): void {
  createFolders(disk, roots[step.root], foldersOf(step.path))
  if (disk.stat(path)) disk.remove(path) // of a try before this one
  disk.create(path, content, mode)
}

/** A document that others write without a lock. */
const isUnlocked = ({ root, path, lock }: RecordedStep): boolean =>
  lock === undefined && root === 'home' && formatOf(path) !== undefined

/** The root itself and every folder above a file, outermost first; relative to the root. */
function foldersOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1)
  return ['', ...parts.map((_, index) => parts.slice(0, index + 1).join('/'))]
}

function foldersAbove({ disk, roots }: SettleInput, steps: readonly RecordedStep[]): string[] {
  const folders = steps.flatMap(({ root, path }) => [
    dirname(roots[root]),
    ...foldersOf(path).map((folder) => join(roots[root], folder)),
  ])
  return [...new Set(folders)].filter((folder) => disk.stat(folder)?.kind === 'folder')
}

/** What we had staged for a file goes, unless an exchange had put somebody else's write there. */
function clearStaged(input: SettleInput, staging: Staging, step: RecordedStep): void {
  const { disk } = input
  const absolute = absoluteOf(input, step)
  if (!isInside(input, step)) return
  for (const staged of new Set([step.staged, staging.placeFor(step.root, absolute).path])) {
    if (staged === undefined || !disk.stat(staged)) continue
    if (isForeignAndNewer(input, step, staged)) disk.rename(staged, absolute)
    else disk.remove(staged)
  }
}

function isForeignAndNewer({ disk, roots }: SettleInput, step: RecordedStep, staged: string): boolean {
  if (!isUnlocked(step)) return false
  const bytes = disk.read(staged)
  const digest = digestOf(bytes)
  const isWhole = bytes.length > 0 && documentOf(step, bytes) !== undefined
  if (!isWhole || digest === step.beforeDigest || digest === step.afterDigest) return false
  const absolute = `${roots[step.root]}/${step.path}`
  const [taken, live] = [disk.stat(staged), disk.stat(absolute)]
  if (!taken || live?.kind !== 'file') return false
  const inPlace = digestOf(disk.read(absolute))
  return inPlace === step.afterDigest || (inPlace !== step.beforeDigest && taken.mtimeNs > live.mtimeNs)
}

type FolderInput = Pick<SettleInput, 'disk' | 'record' | 'roots'>
type CreatedFolder = ReturnType<TargetRecord['folders']>[number]

/** Takes away the folders that we made, as long as they are empty. */
export function removeCreatedFolders(input: FolderInput): void {
  for (const { root, path } of removeEmptyFolders(input)) input.record.forgetFolder(root, path)
}

/** Those that are gone, innermost first; of one generation when told. */
function removeEmptyFolders({ disk, record, roots }: FolderInput, generation?: number): CreatedFolder[] {
  const created = record.folders().filter((folder) => generation === undefined || folder.generation === generation)
  return created
    .toSorted((a, b) => b.path.length - a.path.length)
    .filter(({ root, path }) => {
      const absolute = join(roots[root], path)
      if (!isReachable(disk, roots[root], absolute)) return false
      const isEmpty = disk.stat(absolute)?.kind === 'folder' && disk.list(absolute).length === 0
      if (isEmpty) disk.removeFolder(absolute)
      return disk.stat(absolute) === undefined
    })
}

function closeAs(
  input: SettleInput,
  files: readonly SettledFile[],
  bookkeeping: readonly RecordedChange[],
  gone: readonly CreatedFolder[],
): Settled {
  const { record, generation, direction, now } = input
  const done = [...files.flatMap((file) => file.done), ...bookkeeping]
  const kept = files.flatMap((file) => file.kept)
  record.transaction(() => {
    for (const { entry, before, after } of done) record.setApplied(entry, direction === 'forward' ? after : before)
    // What a generation that stands, even in part, has changed is on record, and nothing else.
    const unchanged = direction === 'forward' ? kept : kept.length > 0 ? done : []
    for (const { entry } of unchanged) record.dropChange(generation, entry)
    for (const { root, path } of gone) record.forgetFolder(root, path)
    if (direction === 'forward') oweRestarts(record, generation, files)
    else for (const owed of record.owed()) if (owed.generation === generation) record.settle(owed.service)
    const undone = kept.length === 0 ? 'undone' : 'partly-undone'
    record.setGeneration(generation, direction === 'forward' ? 'applied' : undone, now().getTime())
  })
  return { generation, direction, done: done.map(({ entry }) => entry), kept: kept.map(({ entry }) => entry) }
}

/** A restart that the changes ask for is owed, whoever finished them. */
function oweRestarts(record: TargetRecord, generation: number, files: readonly SettledFile[]): void {
  for (const { entry, after, before } of files.flatMap(({ done }) => done)) {
    const { path = '', part } = after ?? before ?? {}
    const { service } = effectOf(path, part?.kind === 'key' ? part.path : undefined)
    if (service !== undefined) record.owe({ service, because: entry, generation })
  }
}
