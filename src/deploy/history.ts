// History as desired state: what an older generation wanted, and what was there before the first.
//
// Going back is never a copy of old files: it is a plan like any other, made with an older desired state, so an edit
// made since is a conflict and not lost. Only generations that stand can be gone back to; one that was put back
// changed nothing, or only what it could not put back.

import { TimmyError, canonicalJson, digestOf, type Json } from '../core/index.ts'
import type { DesiredEntry } from './entry.ts'
import { project } from './owned-value.ts'
import { ownershipOf } from './plan.ts'
import type { AppliedEntry, Generation, TargetRecord } from './record.ts'

/** The desired state of generation `id`. GENERATION_UNKNOWN when it is not kept or was put back. */
export function desiredAt(record: TargetRecord, id: number): DesiredEntry[] {
  const generations = record.generations()
  const wanted = generations.find((generation) => generation.id === id)
  if (!wanted || !stands(wanted)) throw unknownGeneration(id, generations)
  const entries = new Map(record.applied())
  for (const generation of generations) {
    if (generation.id <= id || !left(generation)) continue
    for (const { entry, before } of record.changesOf(generation.id)) {
      if (before) entries.set(entry, before)
      else entries.delete(entry)
    }
  }
  return [...entries.values()].map((applied) => desiredOfApplied(applied))
}

/** The generation before the newest that stands: what a bare `timmy rollback` goes back to. */
export function previousGeneration(record: TargetRecord): number {
  const standing = record.generations().filter(stands)
  const previous = standing[1]
  if (previous) return previous.id
  throw new TimmyError('GENERATION_UNKNOWN', 'there is no older generation to go back to', {
    hint: standing.length === 0 ? 'timmy deploy' : 'timmy undeploy',
  })
}

/** What was there before we came, for the entries that replaced something: to be put back and let go. */
export function originalsOf(record: TargetRecord): DesiredEntry[] {
  return [...record.applied().values()].flatMap((applied) => {
    if (applied.original.digest === null) return []
    const content = record.content(applied.original.digest)
    return content ? [desiredOfOriginal(applied, content)] : []
  })
}

/** Whether something of it may still be in the record: of one that was put back in part, what somebody had edited. */
const left = (generation: Generation): boolean => stands(generation) || generation.state === 'partly-undone'

const stands = ({ state }: Generation): boolean => state === 'applied' || state === 'verified'

function desiredOfApplied(applied: AppliedEntry): DesiredEntry {
  const { entry, root, path, part, policy, mode, list, digest, value, fileMode, source } = applied
  const of = { entry, root, path, policy, mode, list, fileMode, source, heal: false, ...(part && { part }) }
  if (digest === null) return { ...of, mode: 'remove' }
  if (value !== undefined) return { ...of, content: { kind: 'value', digest, value } }
  return { ...of, content: { kind: 'bytes', digest, size: 0, from: { recorded: true } } }
}

function desiredOfOriginal(applied: AppliedEntry, content: Buffer): DesiredEntry {
  const { original, value } = applied
  const policy = applied.policy === 'seed' ? 'file' : applied.policy
  const fileMode = original.fileMode || applied.fileMode
  const of = { ...desiredOfApplied({ ...applied, digest: '', policy, mode: 'enforce', fileMode }), isLetGo: true }
  if (!applied.part) {
    return {
      ...of,
      content: { kind: 'bytes', digest: original.digest ?? '', size: content.length, from: { recorded: true } },
    }
  }
  // Of a record or a shared list only what we had taken comes back: the rest may have changed since.
  const whole = JSON.parse(content.toString('utf8')) as Json
  const was = project(whole, value, undefined, ownershipOf(applied.part, applied.list))
  return { ...of, content: { kind: 'value', digest: digestOf(canonicalJson(was)), value: was } }
}

function unknownGeneration(id: number, generations: readonly Generation[]): TimmyError {
  const known = generations.filter(stands).map((generation) => generation.id)
  const list = known.length === 0 ? 'there is none yet' : `kept are ${known.join(', ')}`
  return new TimmyError('GENERATION_UNKNOWN', `generation ${id} cannot be gone back to; ${list}`, {
    hint: id === 0 ? 'timmy undeploy' : 'timmy generations',
  })
}
