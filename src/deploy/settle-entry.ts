// Settling inside a document that somebody else edited: which of our entries are done, which can still be written
// without touching theirs, and which were edited themselves and stay.
//
// Values in, values out. A list or a record of which only a part is ours is put back in that part alone: an item or a
// run state that came since stays.

import { isMapping, jsonEquals, type Json } from '../core/index.ts'
import type { Document, PartEdit } from '../hermes/index.ts'
import { digestOfOwned, isEmptyMapping, merge, project, without, type Ownership } from './owned-value.ts'
import { ownershipOf } from './plan.ts'
import type { AppliedEntry, RecordedChange, TargetRecord } from './record.ts'

export interface EntryEdits {
  readonly edits: readonly PartEdit[]
  /** Changes that stand as the direction wants them once the edits are made. */
  readonly done: readonly RecordedChange[]
  /** Edited by somebody else since. */
  readonly kept: readonly RecordedChange[]
}

export interface EntrySettling {
  readonly direction: 'forward' | 'back'
  readonly record: TargetRecord
  /** The document as the generation meant it; undefined where it meant to delete the file. */
  readonly planned?: Document | undefined
}

export function entryEdits(
  document: Document,
  changes: readonly RecordedChange[],
  { direction, record, planned }: EntrySettling,
): EntryEdits {
  const edits: PartEdit[] = []
  const done: RecordedChange[] = []
  const kept: RecordedChange[] = []
  for (const change of changes) {
    const part = (change.after ?? change.before)?.part
    if (!part) {
      kept.push(change)
      continue
    }
    const live = document.get(part)
    const was = valueBefore(record, change)
    const meant = planned?.get(part)
    const isDone = holdsOurs(live, change) || (planned !== undefined && jsonEquals(live, meant))
    const isNotDone = isAlike(live, was, change)
    if (direction === 'back' && isDone && isFilledSince(live, change) && !isNotDone) {
      if (was === undefined) done.push(change)
      else kept.push(change)
      continue
    }
    if (!isDone && !isNotDone) kept.push(change)
    else done.push(change)
    if (direction === 'forward' && !isDone && isNotDone)
      edits.push({ part, value: valueForward(live, was, meant, change) })
    if (direction === 'back' && isDone && !isNotDone) edits.push({ part, value: valueBack(live, was, change) })
  }
  return { edits, done, kept }
}

function valueBefore(record: TargetRecord, { liveBefore }: RecordedChange): Json | undefined {
  const content = liveBefore?.digest ? record.content(liveBefore.digest) : undefined
  return content && (JSON.parse(content.toString('utf8')) as Json)
}

/** Whether a live value is what the generation meant it to be. */
function holdsOurs(live: Json | undefined, { after }: RecordedChange): boolean {
  if (!after || after.digest === null || after.value === undefined) return live === undefined
  return live !== undefined && ownedDigest(live, after) === ownedDigest(after.value, after)
}

/** An empty mapping of ours that others have filled: to take it out would take theirs. */
const isFilledSince = (live: Json | undefined, { after }: RecordedChange): boolean =>
  isEmptyMapping(after?.value) && isMapping(live) && !isEmptyMapping(live)

const ownershipIn = ({ after, before }: RecordedChange): Ownership => {
  const of = after ?? before
  return ownershipOf(of?.part, of?.list ?? 'atomic')
}

function ownedDigest(live: Json, applied: AppliedEntry): string {
  const ownership = ownershipOf(applied.part, applied.list)
  return digestOfOwned(project(live, applied.value, undefined, ownership), ownership)
}

/** Whether what is ours of the value is as it was, whatever became of the rest. */
function isAlike(live: Json | undefined, was: Json | undefined, change: RecordedChange): boolean {
  if (live === undefined || was === undefined) return live === was
  const ownership = ownershipIn(change)
  const digest = (value: Json): string =>
    digestOfOwned(project(value, change.after?.value, change.before?.value, ownership), ownership)
  return jsonEquals(live, was) || digest(live) === digest(was)
}

/** The live value with our part of it as the generation meant it; `meant` is the whole value that it would have written. */
function valueForward(
  live: Json | undefined,
  was: Json | undefined,
  meant: Json | undefined,
  change: RecordedChange,
): Json | undefined {
  const { after, before } = change
  const ownership = ownershipIn(change)
  if (live === undefined || jsonEquals(live, was)) return meant
  if (after?.value !== undefined) return merge(live, after.value, before?.value, ownership)
  if (meant !== undefined && ownership === 'fields') return project(meant, before?.value, undefined, ownership)
  return before?.value === undefined ? undefined : without(live, before.value, ownership)
}

/** The live value with our part of it as it was before. */
function valueBack(live: Json | undefined, was: Json | undefined, change: RecordedChange): Json | undefined {
  const { after, before } = change
  if (live === undefined || after?.value === undefined) return was
  const ownership = ownershipIn(change)
  if (was !== undefined) return merge(live, project(was, after.value, before?.value, ownership), after.value, ownership)
  const rest = without(live, after.value, ownership)
  return Array.isArray(rest) && rest.length === 0 ? undefined : rest
}
