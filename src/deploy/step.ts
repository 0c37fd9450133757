// Steps: the plan seen by file. One step carries one file from its live bytes to its new ones.
//
// A document gathers all its changed entries in one step. Steps stand in the order in which they are safe: what is
// referred to before what refers to it, deletions last, so that a crash leaves nothing dangling.
// Pure but for `contentOf`, which reads the sidecar's files.

import { join } from 'node:path'
import { TimmyError, digestOf, type Disk, type Json } from '../core/index.ts'
import { formatOf, isUnreadable, type Document, type PartEdit } from '../hermes/index.ts'
import type { Root } from './entry.ts'
import { readPlain } from './install.ts'
import { liveKey, type Live, type LiveFile } from './live.ts'
import { merge, without } from './owned-value.ts'
import { actionsOf, isBelow, type Change, type Plan } from './plan.ts'
import type { TargetRecord } from './record.ts'

export interface FileStep {
  readonly root: Root
  readonly path: string
  readonly live: LiveFile
  readonly changes: readonly Change[]
  readonly deletes: boolean
  /** Permission bits of the new file. */
  readonly mode: number
  /** Absolute path of the engine's lock for this file. */
  readonly lock?: string
}

export function stepsOf(plan: Plan, live: Live, homeFolder: string): FileStep[] {
  const byFile = Map.groupBy(actionsOf(plan), ({ root, path }) => liveKey(root, path))
  const steps = [...byFile].map(([key, changes]) => stepOf(live.files.get(key) as LiveFile, changes, homeFolder))
  return steps.toSorted((a, b) => rankOf(a) - rankOf(b) || (a.path < b.path ? -1 : 1))
}

function stepOf(live: LiveFile, changes: readonly Change[], homeFolder: string): FileStep {
  const { root, path } = live
  const first = changes[0]
  const lock = live.document && formatOf(path)?.lockOf(path)
  const isWhole = !live.document
  const ownMode = first?.desired?.fileMode ?? first?.applied?.fileMode ?? 0o600
  return {
    root,
    path,
    live,
    changes,
    deletes: live.document ? isLeftEmpty(live, changes) : first?.action === 'delete',
    mode: isWhole ? ownMode : (live.stat?.mode ?? ownMode),
    ...(lock !== undefined && { lock: join(homeFolder, lock) }),
  }
}

/** A document that was not there before us goes with its last part. */
function isLeftEmpty({ document, path, stat }: LiveFile, changes: readonly Change[]): boolean {
  const isOurs = changes.some(({ applied }) => applied?.original.fileMode === 0)
  if (!document || !stat || !isOurs || changes.some(({ action }) => action !== 'delete')) return false
  const rest = document.edit(editsOf(document, changes))
  if (path === 'config.yaml' && rest.includes('#')) return false // somebody's comments
  const left = formatOf(path)?.open(rest)
  return left !== undefined && !isUnreadable(left) && left.parts().length === 0
}

function rankOf({ path, root, deletes }: FileStep): number {
  if (deletes) return 6
  if (path === 'SOUL.md' || root === 'workspace') return 5
  if (path === 'cron/jobs.json') return 4
  if (path === 'config.yaml') return 3
  if (path === 'channel_aliases.json' || path.startsWith('memories/')) return 2
  return path.startsWith('scripts/') || path.startsWith('bin/') ? 0 : 1
}

/** The new bytes of a file, and their digest. */
export interface NewContent {
  readonly bytes: Buffer
  readonly digest: string
}

/** What a step writes; undefined for a deletion. PLAN_STALE when the sidecar's file changed meanwhile. */
export function contentOf(step: FileStep, disk: Disk, record: TargetRecord): NewContent | undefined {
  if (step.deletes) return undefined
  if (step.live.document) return named(step.live.document.edit(editsOf(step.live.document, step.changes)))
  const content = step.changes[0]?.desired?.content
  if (content?.kind !== 'bytes') throw new Error(`${step.path} has no bytes to write`)
  const bytes =
    'file' in content.from
      ? readPlain(disk, content.from.file)
      : 'text' in content.from
        ? Buffer.from(content.from.text)
        : record.content(content.digest)
  const found = bytes && named(bytes)
  if (found?.digest === content.digest) return found
  const where = 'file' in content.from ? content.from.file : `the recorded content of ${step.path}`
  throw new TimmyError('PLAN_STALE', `${where} changed or vanished since the plan was made; nothing was written`, {
    hint: 'timmy plan',
  })
}

export const named = (bytes: Buffer): NewContent => ({ bytes, digest: digestOf(bytes) })

/** The edits that these changes ask of a document, given what it holds now. */
export function editsOf(document: Document, changes: readonly Change[]): PartEdit[] {
  return changes.flatMap((change) => {
    if (!change.part || isWrittenOver(change, changes)) return []
    return [{ part: change.part, value: newValueOf(change, document.get(change.part)) }]
  })
}

/** A key that goes because another above or below it is written goes with that write. */
function isWrittenOver({ action, part }: Change, changes: readonly Change[]): boolean {
  if (action !== 'delete' || part?.kind !== 'key') return false
  return changes.some(
    (other) =>
      other.action !== 'delete' &&
      other.part?.kind === 'key' &&
      other.desired?.content !== undefined &&
      (isBelow(part.path, other.part.path) || isBelow(other.part.path, part.path)),
  )
}

function newValueOf(
  { action, desired, applied, ownership, original }: Change,
  live: Json | undefined,
): Json | undefined {
  if (action === 'delete') {
    const rest =
      live === undefined || applied?.value === undefined ? undefined : without(live, applied.value, ownership, original)
    const wasAbsent = applied?.original.digest === null
    return Array.isArray(rest) && rest.length === 0 && wasAbsent ? undefined : rest
  }
  if (desired?.content?.kind !== 'value') return undefined // mode `remove`
  return merge(live, desired.content.value, applied?.value, ownership, original)
}
