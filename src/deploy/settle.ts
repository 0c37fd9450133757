// Settling: an interrupted or unwanted generation is finished or put back, from the journal alone.
//
// Looks at each file of the generation: its old digest means not done, its new one done, anything else is a later
// edit of somebody else. `forward` finishes what is not done, `back` undoes what is done. A later edit is kept; in
// a document only the entries that still hold our value are put back, and the rest of the file stays.
//
// Promise: running it twice, or dying in the middle and running it again, ends in the same place. It needs neither
// the sidecar nor a staged file.

import { dirname } from 'node:path'
import { withFlock, type Disk, type Json } from '../core/index.ts'
import { formatOf, isUnreadable, type Document, type PartEdit } from '../hermes/index.ts'
import { createFolders, installFile, isUnmoved, removeFile } from './install.ts'
import { liveKey, type Roots } from './live.ts'
import { digestOfOwned, project } from './owned-value.ts'
import { ownershipOf } from './plan.ts'
import type { AppliedEntry, RecordedChange, RecordedStep, TargetRecord } from './record.ts'
import { digestOf } from '../core/index.ts'
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

export async function settle(input: SettleInput): Promise<Settled> {
  const { record, disk, roots, generation, direction } = input
  const staging = stagingOf(disk, roots, input.stateFolder)
  staging.clear()
  const changes = Map.groupBy(record.changesOf(generation), ({ before, after, entry }) => {
    const of = after ?? before
    return of ? liveKey(of.root, of.path) : entry
  })
  const steps = record.stepsOf(generation)
  const files: SettledFile[] = []
  for (const step of direction === 'forward' ? steps : steps.toReversed()) {
    dropStagedBeside(disk, step)
    const own = changes.get(liveKey(step.root, step.path)) ?? []
    changes.delete(liveKey(step.root, step.path))
    files.push(await settleStep(input, staging, step, own))
  }
  if (direction === 'back') removeCreatedFolders(input)
  await disk.barrier([], [...new Set(steps.map(({ root, path }) => dirname(`${roots[root]}/${path}`)))].filter((folder) => disk.stat(folder)))
  const bookkeeping = [...changes.values()].flat() // entries without a step: their record alone changes
  return closeAs(input, files, bookkeeping)
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
  const settleOne = () => settleFile(input, staging, step, changes)
  if (step.lock === undefined || !input.disk.stat(dirname(step.lock))) return settleOne()
  return withFlock(step.lock, { timeoutMs: lockTimeoutMs }, settleOne)
}

async function settleFile(
  input: SettleInput,
  staging: Staging,
  step: RecordedStep,
  changes: readonly RecordedChange[],
): Promise<SettledFile> {
  const { disk, roots, direction } = input
  const absolute = `${roots[step.root]}/${step.path}`
  const [from, to] =
    direction === 'forward' ? [step.beforeDigest, step.afterDigest] : [step.afterDigest, step.beforeDigest]
  if (isUnmoved(disk, absolute, { digest: to })) return { done: changes, kept: [] }
  if (isUnmoved(disk, absolute, { digest: from })) {
    const mode = direction === 'forward' ? step.afterMode : step.beforeMode
    await place(input, staging, step, to, mode, from)
    return { done: changes, kept: [] }
  }
  return settleDocument(input, staging, step, changes)
}

/** Somebody edited the file since. In a document our entries can still be told from theirs. */
async function settleDocument(
  input: SettleInput,
  staging: Staging,
  step: RecordedStep,
  changes: readonly RecordedChange[],
): Promise<SettledFile> {
  const absolute = `${input.roots[step.root]}/${step.path}`
  const stat = input.disk.stat(absolute)
  const bytes = stat?.kind === 'file' ? input.disk.read(absolute) : undefined
  const opened = step.root === 'home' && bytes ? formatOf(step.path)?.open(bytes) : undefined
  if (!opened || isUnreadable(opened) || !bytes || !stat) return { done: [], kept: changes }
  const { done = [], kept = [] } = Object.groupBy(changes, (change) => (holdsOurs(opened, change) ? 'done' : 'kept'))
  if (input.direction === 'forward' || done.length === 0) return { done, kept }
  const content = opened.edit(done.map((change) => editBack(input.record, change)))
  input.record.keepContent(digestOf(content), content)
  await place(input, staging, step, digestOf(content), stat.mode, digestOf(bytes))
  return { done, kept }
}

function holdsOurs(document: Document, { after, before }: RecordedChange): boolean {
  const of = after ?? before
  if (!of?.part) return false
  const live = document.get(of.part)
  if (!after || after.digest === null || after.value === undefined) return live === undefined
  return live !== undefined && ownedDigest(live, after) === after.digest
}

function ownedDigest(live: Json, applied: AppliedEntry): string {
  const ownership = ownershipOf(applied.part, applied.list)
  return digestOfOwned(project(live, applied.value, undefined, ownership), ownership)
}

function editBack(record: TargetRecord, { after, before, liveBefore }: RecordedChange): PartEdit {
  const part = (after ?? before)?.part
  if (!part) throw new Error('a whole file has no part to edit')
  const content = liveBefore?.digest ? record.content(liveBefore.digest) : undefined
  return { part, value: content && (JSON.parse(content.toString('utf8')) as Json) }
}

async function place(
  { disk, roots, record }: SettleInput,
  staging: Staging,
  step: RecordedStep,
  digest: string | null,
  mode: number,
  expected: string | null,
): Promise<void> {
  const absolute = `${roots[step.root]}/${step.path}`
  if (digest === null) {
    removeFile(disk, absolute, { digest: expected })
    return
  }
  const content = record.content(digest)
  if (!content) throw new Error(`the journal lost the content of ${step.path}`)
  createMissing(disk, roots[step.root], step.path)
  const { path: staged } = staging.placeFor(step.root, absolute)
  disk.create(staged, content, mode)
  await disk.barrier([staged])
  installFile(disk, staged, absolute, { digest: expected })
}

function createMissing(disk: Disk, root: string, path: string): void {
  const parts = path.split('/').slice(0, -1)
  createFolders(disk, root, parts.map((_, index) => parts.slice(0, index + 1).join('/')))
}

function dropStagedBeside(disk: Disk, { staged }: RecordedStep): void {
  if (staged !== undefined && disk.stat(staged)) disk.remove(staged)
}

/** Folders that we made, innermost first, as long as they are empty. */
export function removeCreatedFolders({ disk, record, roots }: Pick<SettleInput, 'disk' | 'record' | 'roots'>): void {
  const byDepth = record.folders().toSorted((a, b) => b.path.length - a.path.length)
  for (const { root, path } of byDepth) {
    const absolute = `${roots[root]}/${path}`
    const isEmpty = disk.stat(absolute)?.kind === 'folder' && disk.list(absolute).length === 0
    if (isEmpty) disk.removeFolder(absolute)
    if (!disk.stat(absolute)) record.forgetFolder(root, path)
  }
}

function closeAs(input: SettleInput, files: readonly SettledFile[], bookkeeping: readonly RecordedChange[]): Settled {
  const { record, generation, direction, now } = input
  const done = [...files.flatMap((file) => file.done), ...bookkeeping]
  const kept = files.flatMap((file) => file.kept)
  record.transaction(() => {
    for (const { entry, before, after } of done) record.setApplied(entry, direction === 'forward' ? after : before)
    for (const { entry } of direction === 'forward' ? kept : []) record.dropChange(generation, entry)
    const undone = kept.length === 0 ? 'undone' : 'partly-undone'
    record.setGeneration(generation, direction === 'forward' ? 'applied' : undone, now().getTime())
  })
  return { generation, direction, done: done.map(({ entry }) => entry), kept: kept.map(({ entry }) => entry) }
}
