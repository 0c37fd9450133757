// Applying: a plan becomes the state of a live home, as one recoverable transaction.
//
//   stage every new file, and in the same durable transaction the journal (steps, old and new contents)
//   ─► barrier ─► install in safe order, each file looked at once more ─► barrier ─► manifest, generation closed
//
// Promise: killed at any instant, each file is old, new, or a later edit of somebody else, and `settle.ts` can finish
// or undo what was begun; it never trusts a staged file, only the journal's contents. A file that moved since the plan
// is left alone and reported; the rest is applied. A document whose other entries moved is merged anew, under the
// engine's own lock where it has one.
// Not its job: what to change (plan.ts), whether the engine likes it (verify.ts).

import { dirname, join } from 'node:path'
import { digestOf, jsonEquals, withFlock, type Disk, type FileStat, type Progress } from '../core/index.ts'
import { isUnreadable, formatOf } from '../hermes/index.ts'
import {
  codeOf,
  createFolders,
  exchangeFile,
  installFile,
  isReachable,
  missingFolders,
  readPlain,
  removeFile,
  type Installed,
} from './install.ts'
import type { Root } from './entry.ts'
import { fingerprintOf, type Live, type Roots } from './live.ts'
import { recordOnlyOf, type Change, type Plan } from './plan.ts'
import type { AppliedEntry, GenerationKind, Original, RecordedChange, RecordedStep, TargetRecord } from './record.ts'
import { refusedWrite } from './refused-write.ts'
import { retraced } from './retrace.ts'
import { settle, type Settled } from './settle.ts'
import { stagingOf, type Staging } from './stage.ts'
import { contentOf, editsOf, named, stepsOf, type FileStep, type NewContent } from './step.ts'

export interface ApplyInput {
  readonly disk: Disk
  readonly roots: Roots
  readonly stateFolder: string
  readonly record: TargetRecord
  readonly plan: Plan
  readonly live: Live
  readonly kind: GenerationKind
  readonly commit?: string
  readonly isDirty: boolean
  readonly backTo?: number
  readonly now: () => Date
  readonly signal: AbortSignal
  readonly progress?: Progress
}

export interface Moved {
  readonly entry: string
  readonly why: string
}

export interface ApplyOutcome {
  /** Undefined when there was nothing to write or to record. */
  readonly generation?: number
  readonly applied: readonly Change[]
  /** Entries that moved since the plan and were kept as they are. */
  readonly moved: readonly Moved[]
  /** Files that could not be replaced atomically. */
  readonly notAtomic: readonly string[]
  /** Set when a signal or a refused write ended it early and what was done was put back. */
  readonly putBack?: { readonly why: 'interrupted' | 'failed'; readonly cause?: unknown; readonly settled: Settled }
}

const lockTimeoutMs = 10_000
const mergeTries = 8

export async function apply(input: ApplyInput): Promise<ApplyOutcome> {
  const steps = stepsOf(input.plan, input.live, input.roots.home)
  const bookkeeping = recordOnlyOf(input.plan)
  const staging = stagingOf(input.disk, input.roots, input.stateFolder)
  clearLeftovers(staging)
  if (steps.length === 0 && bookkeeping.length === 0) return { applied: [], moved: [], notAtomic: [] }
  const begun = begin(input, steps, bookkeeping, staging)
  const progress: Installs = { applied: [], moved: [], notAtomic: [], fresh: new Map() }
  try {
    await makeReady(input, begun)
    for (const staged of begun.steps) {
      if (input.signal.aborted) return await putBack(input, begun, progress, { why: 'interrupted' })
      await installStep(input, begun.generation, staged, progress)
      input.progress?.step()
    }
    await input.disk.barrier(progress.notAtomic, touchedFolders(input, begun))
    close(input, begun, progress)
  } catch (cause) {
    return await putBack(input, begun, progress, { why: input.signal.aborted ? 'interrupted' : 'failed', cause })
  } finally {
    input.progress?.end()
  }
  clearLeftovers(staging)
  const { applied, moved, notAtomic } = progress
  return { generation: begun.generation, applied, moved, notAtomic }
}

/** What cannot be cleared now does no harm: the next apply tries again. */
function clearLeftovers(staging: Staging): void {
  try {
    staging.clear()
  } catch (cause) {
    if (codeOf(cause) === undefined) throw cause
  }
}

interface StagedStep {
  readonly step: FileStep
  readonly recorded: RecordedStep
  /** Staged in the destination's own folder, which is done under the open journal only. */
  readonly isBeside: boolean
}

interface Begun {
  readonly generation: number
  readonly steps: readonly StagedStep[]
  readonly bookkeeping: readonly Change[]
  readonly folders: readonly { readonly root: Root; readonly path: string }[]
}

interface Installs {
  readonly applied: Change[]
  readonly moved: Moved[]
  readonly notAtomic: string[]
  /** Our new files by path, as they were right before they got their names. */
  readonly fresh: Map<string, FileStat>
}

/** Up to the journal. When this throws nothing live was touched. */
function begin(input: ApplyInput, steps: readonly FileStep[], bookkeeping: readonly Change[], staging: Staging): Begun {
  try {
    return input.record.transaction(() => {
      const staged = steps.map((step, seq) => stageStep(input, step, seq, staging))
      for (const change of bookkeeping) keepConverged(input, change)
      const folders = foldersToCreate(input, steps)
      const generation = input.record.begin({
        kind: input.kind,
        beganAt: input.now().getTime(),
        isDirty: input.isDirty,
        ...(input.commit !== undefined && { commit: input.commit }),
        ...(input.backTo !== undefined && { backTo: input.backTo }),
        changes: [...steps.flatMap(({ changes }) => changes), ...bookkeeping].map((change) => recorded(input, change)),
        steps: staged.map((each) => each.recorded),
        folders,
      })
      return { generation, steps: staged, bookkeeping, folders }
    })
  } catch (cause) {
    clearLeftovers(staging)
    throw refusedWrite(cause, 'nothing was changed')
  }
}

function stageStep(input: ApplyInput, step: FileStep, seq: number, staging: Staging): StagedStep {
  const { disk, record } = input
  const { live, root, path, mode } = step
  const content = newContentOf(input, step)
  if (content) record.keepContent(content.digest, content.bytes)
  keepLiveContent(input, step)
  const place = content && staging.placeFor(root, live.absolute)
  if (place && !place.isBeside) disk.create(place.path, content.bytes, mode)
  return {
    step,
    isBeside: place?.isBeside ?? false,
    recorded: {
      seq,
      root,
      path,
      beforeDigest: live.digest ?? null,
      beforeMode: live.stat?.mode ?? 0,
      afterDigest: content?.digest ?? null,
      afterMode: mode,
      ...(place && { staged: place.path }),
      ...(step.lock !== undefined && { lock: step.lock }),
    },
  }
}

function newContentOf({ disk, record, kind }: ApplyInput, step: FileStep): NewContent | undefined {
  const content = contentOf(step, disk, record)
  const isBack = kind === 'rollback' || kind === 'undeploy'
  return content && isBack ? named(retraced(step, content.bytes, record)) : content
}

/** Whatever is about to be replaced can be had back. */
function keepLiveContent({ disk, record }: ApplyInput, { live }: FileStep): void {
  if (live.digest === undefined || record.hasContent(live.digest)) return
  const bytes = live.bytes ?? readPlain(disk, live.absolute)
  if (bytes && digestOf(bytes) === live.digest) record.keepContent(live.digest, bytes) // else it moved: left alone
}

/** A file that already is as the sidecar has it: its content is kept too, for a rollback to it. */
function keepConverged({ disk, record, live }: ApplyInput, { root, path, part, desired }: Change): void {
  const file = live.files.get(`${root}\0${path}`)
  if (part || !desired || file?.digest === undefined || record.hasContent(file.digest)) return
  const bytes = readPlain(disk, file.absolute)
  if (bytes && digestOf(bytes) === file.digest) record.keepContent(file.digest, bytes)
}

function recorded(input: ApplyInput, change: Change): RecordedChange {
  const liveBefore = originalOf(input, change)
  const before = change.applied ?? null
  return { entry: change.entry, before, after: appliedAfter(change, before, liveBefore), liveBefore }
}

/** What the entry holds before this generation, its content kept. */
function originalOf({ record, live }: ApplyInput, change: Change): Original {
  const file = live.files.get(`${change.root}\0${change.path}`)
  const fileMode = file?.stat?.mode ?? 0
  if (!change.part) return { digest: file?.digest ?? null, fileMode }
  if (change.live === undefined) return { digest: null, fileMode }
  const content = JSON.stringify(change.live) // its keys in their own order, for it may be put back
  record.keepContent(digestOf(content), Buffer.from(content))
  return { digest: digestOf(content), fileMode }
}

/** The record of the entry once this change is done; null when we no longer own it. */
function appliedAfter(
  { desired, class: entryClass }: Change,
  before: AppliedEntry | null,
  liveBefore: Original,
): AppliedEntry | null {
  if (!desired || desired.isLetGo || entryClass === 'removed') return null
  const { entry, root, path, part, policy, mode, list, content, source } = desired
  const keepsBits = entryClass === 'converged' && !part && liveBefore.digest !== null
  const fileMode = keepsBits ? liveBefore.fileMode : desired.fileMode // a file that is not written keeps its own
  return {
    entry,
    root,
    path,
    policy,
    mode,
    list,
    fileMode,
    source,
    digest: content?.digest ?? null,
    generation: 0, // `begin` writes the number it gives
    original: before?.original ?? liveBefore,
    ...(part && { part }),
    ...(content?.kind === 'value' && { value: content.value }),
  }
}

/** Folders, files staged beside their destination, and the one barrier before the first rename. */
async function makeReady({ disk, roots, record, stateFolder }: ApplyInput, begun: Begun): Promise<void> {
  for (const root of ['home', 'workspace'] as const) {
    const wanted = begun.folders.filter((folder) => folder.root === root).map(({ path }) => path)
    createFolders(disk, roots[root], wanted)
  }
  const staged: string[] = []
  for (const { recorded: step, isBeside } of begun.steps) {
    if (step.staged === undefined || step.afterDigest === null) continue
    if (isBeside && !isReachable(disk, roots[step.root], step.staged)) continue // the install will find it moved
    if (isBeside) disk.create(step.staged, record.content(step.afterDigest) ?? Buffer.alloc(0), step.afterMode)
    staged.push(step.staged)
  }
  const ours = [stateFolder, dirname(stateFolder), dirname(dirname(stateFolder))] // the journal's own name must last
  await disk.barrier(staged, ours)
}

async function installStep(input: ApplyInput, generation: number, staged: StagedStep, done: Installs): Promise<void> {
  const { step } = staged
  const isWhole = !step.live.document || step.deletes
  const { lock } = step
  if (lock !== undefined && !isReachable(input.disk, input.roots[step.root], step.live.absolute)) {
    finish(done, step, step.changes, 'moved') // before the lock is looked for, which lies there too
    return
  }
  const install = async () => {
    if (isWhole) finish(done, step, step.changes, installWhole(input, staged, done))
    else await installDocument(input, generation, staged, done)
  }
  await (lock === undefined ? install() : withFlock(lock, { timeoutMs: lockTimeoutMs, signal: input.signal }, install))
}

function installWhole(
  { disk, roots }: ApplyInput,
  { step, recorded: { staged } }: StagedStep,
  { fresh }: Installs,
): Installed {
  const { absolute, stat, digest } = step.live
  const expected = { stat, digest, within: roots[step.root] }
  if (step.deletes) return removeFile(disk, absolute, expected)
  const ours = staged !== undefined && disk.stat(staged)
  const installed = installFile(disk, staged as string, absolute, expected)
  if (ours && installed === 'installed') fresh.set(absolute, ours)
  return installed
}

/** A document whose bytes moved is merged anew, as long as our entries in it did not. */
async function installDocument(
  input: ApplyInput,
  generation: number,
  first: StagedStep,
  done: Installs,
): Promise<void> {
  const { disk } = input
  let staged = first
  for (let attempt = 1; ; attempt += 1) {
    const { live, changes } = staged.step
    const install = staged.step.lock === undefined ? exchangeFile : installFile
    const expected = { ...live, within: input.roots[live.root] }
    const installed = install(disk, staged.recorded.staged as string, live.absolute, expected)
    if (installed !== 'moved' || attempt === mergeTries) {
      finish(done, staged.step, changes, installed)
      return
    }
    const again = await mergeAnew(input, generation, staged, done)
    if (!again) return
    staged = again
  }
}

/** Re-reads a document that moved and stages our entries on top; undefined when nothing of ours is left to write. */
async function mergeAnew(
  { disk, record, roots }: ApplyInput,
  generation: number,
  staged: StagedStep,
  done: Installs,
): Promise<StagedStep | undefined> {
  const { step } = staged
  const { absolute, path } = step.live
  const isReadable = isReachable(disk, roots[step.root], absolute)
  const stat = isReadable ? disk.stat(absolute) : undefined
  const bytes = stat?.kind === 'file' ? disk.read(absolute) : undefined
  const opened = !isReadable || (stat && !bytes) ? undefined : formatOf(path)?.open(bytes)
  if (!opened || isUnreadable(opened)) {
    finish(done, step, step.changes, 'moved')
    return undefined
  }
  const isStill = (change: Change): boolean => !change.part || jsonEquals(opened.get(change.part), change.live)
  finish(
    done,
    step,
    step.changes.filter((change) => !isStill(change)),
    'moved',
  )
  const changes = step.changes.filter(isStill)
  if (changes.length === 0) return undefined
  const content = opened.edit(editsOf(opened, changes))
  const afterDigest = digestOf(content)
  const beforeDigest = bytes ? digestOf(bytes) : null
  const recordedStep: RecordedStep = { ...staged.recorded, beforeDigest, afterDigest }
  record.transaction(() => {
    if (bytes && beforeDigest) record.keepContent(beforeDigest, bytes)
    record.keepContent(afterDigest, content)
    record.amendStep(generation, recordedStep)
  })
  disk.remove(recordedStep.staged as string)
  disk.create(recordedStep.staged as string, content, recordedStep.afterMode)
  await disk.barrier([recordedStep.staged as string])
  const live = {
    root: step.root,
    path,
    absolute,
    document: opened,
    ...(stat && { stat }),
    ...(bytes && { bytes, digest: digestOf(bytes) }),
  }
  return { ...staged, recorded: recordedStep, step: { ...step, live, changes } }
}

function finish(done: Installs, step: FileStep, changes: readonly Change[], how: Installed): void {
  if (how === 'moved') {
    const why = `${step.live.absolute} changed while we were applying; kept as it is`
    done.moved.push(...changes.map(({ entry }) => ({ entry, why })))
    return
  }
  done.applied.push(...changes)
  if (how === 'not-atomic') done.notAtomic.push(step.live.absolute)
}

/** The manifest: what was done becomes what we own. */
function close({ record, disk, now }: ApplyInput, begun: Begun, done: Installs): void {
  const moved = new Set(done.moved.map(({ entry }) => entry))
  const seen = begun.steps.flatMap(({ step, recorded: { afterDigest } }) => {
    const ours = done.fresh.get(step.live.absolute)
    const stat = ours && disk.stat(step.live.absolute)
    if (!stat || afterDigest === null || !isSameContent(stat, ours)) return []
    return [{ path: step.live.absolute, fingerprint: fingerprintOf(stat), digest: afterDigest }]
  })
  record.transaction(() => {
    for (const { entry, after } of record.changesOf(begun.generation)) {
      if (moved.has(entry)) record.dropChange(begun.generation, entry)
      else record.setApplied(entry, after)
    }
    for (const { effect, entry } of done.applied) {
      if (effect.service === undefined) continue
      record.owe({ service: effect.service, because: entry, generation: begun.generation })
    }
    record.see(seen)
    record.setGeneration(begun.generation, 'applied', now().getTime())
  })
}

/** Still the very file that we installed: a rename keeps all of these, an edit since changes one. */
const isSameContent = (stat: FileStat, ours: FileStat): boolean =>
  stat.inode === ours.inode && stat.mtimeNs === ours.mtimeNs && stat.size === ours.size

async function putBack(
  input: ApplyInput,
  begun: Begun,
  { moved }: Installs,
  stop: { why: 'interrupted' | 'failed'; cause?: unknown },
): Promise<ApplyOutcome> {
  const { generation } = begun
  const undo = async (): Promise<Settled> => {
    input.record.transaction(() => {
      for (const { entry } of moved) input.record.dropChange(generation, entry) // never ours: nothing to put back
    })
    return settle({ ...input, generation, direction: 'back' })
  }
  const settled = await undo().catch((cause: unknown) => {
    throw refusedWrite(cause, `generation ${generation} is half applied: timmy recover finishes it, --abort undoes it`)
  })
  return { generation: begun.generation, applied: [], moved: [], notAtomic: [], putBack: { ...stop, settled } }
}

function foldersToCreate({ disk, roots }: ApplyInput, steps: readonly FileStep[]): Begun['folders'] {
  const found = new Map<string, { root: Root; path: string }>()
  for (const { root, path, deletes } of steps) {
    if (deletes || found.has(`${root}\0${dirname(path)}`)) continue
    for (const folder of missingFolders(disk, roots[root], path))
      found.set(`${root}\0${folder}`, { root, path: folder })
  }
  return [...found.values()]
}

function touchedFolders({ disk, roots }: ApplyInput, begun: Begun): string[] {
  const folders = begun.steps.map(({ step: { live } }) => dirname(live.absolute))
  const parents = begun.folders.map(({ root, path }) => dirname(join(roots[root], path)))
  return [...new Set([...folders, ...parents])].filter((folder) => disk.stat(folder)?.kind === 'folder')
}
