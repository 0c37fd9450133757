// cron/jobs.json by job.
//
// Only what defines a job is seen or written here; what the engine counts and remembers (state, next_run_at, last_*,
// repeat.completed, snapshots, claims) and fields that nobody knows stay as they are. A job is found by its id, else by
// its name. A changed schedule lets the engine plan anew, as `cron edit` does: next_run_at becomes null, and the next
// tick fills it. Edits are spliced, so other jobs keep their bytes.

import { applyEdits, modify, type JSONPath } from 'jsonc-parser'
import { isMapping, jsonEquals, type Json, type JsonMapping } from '../../core/index.ts'
import type { Document, DocumentFormat, Part, PartEdit } from '../document.ts'

/** Fields that define a job (engine reference, 4.3). */
const definitionFields = [
  ...['name', 'prompt', 'skills', 'skill', 'model', 'provider', 'base_url', 'script', 'no_agent', 'context_from'],
  ...['schedule', 'schedule_display', 'repeat', 'enabled', 'deliver', 'enabled_toolsets', 'workdir'],
]

/** What the engine's own command gives a new job beside its definition (0.18 and 0.19). */
const newJobState: JsonMapping = {
  provider_snapshot: null,
  model_snapshot: null,
  context_from: null,
  repeat: { times: null, completed: 0 },
  enabled: true,
  state: 'scheduled',
  paused_at: null,
  paused_reason: null,
  next_run_at: null,
  last_run_at: null,
  last_status: null,
  last_error: null,
  last_delivery_error: null,
  origin: null,
}
/** Their absence from every job marks the newer shape, which keeps run state elsewhere. */
const runStateFields = ['next_run_at', 'last_run_at', 'last_status', 'state', 'created_at']

export const cronJobs: DocumentFormat = {
  lockOf: () => 'cron/.jobs.lock',
  open(bytes) {
    const text = (bytes?.toString('utf8') ?? '').replace(/^\uFEFF/, '')
    if (text.trim() === '') return documentOf('{\n  "jobs": []\n}', [], ['jobs'])
    let root: Json
    try {
      root = JSON.parse(text) as Json
    } catch (cause) {
      return { unreadable: cause instanceof Error ? cause.message : 'it is no JSON' }
    }
    if (Array.isArray(root)) return documentOf(text, root, [])
    const jobs = isMapping(root) ? root['jobs'] : undefined
    if (!Array.isArray(jobs)) return { unreadable: 'it holds no list named "jobs"' }
    return documentOf(text, jobs, ['jobs'])
  },
}

function documentOf(text: string, jobs: readonly Json[], path: JSONPath): Document {
  return {
    get(part) {
      const job = jobs[indexOf(jobs, part)]
      return isMapping(job) ? definitionOf(job) : undefined
    },
    parts: () => jobs.flatMap((job) => (isMapping(job) ? [partOf(job)] : [])),
    edit(edits) {
      const edited = edits.reduce((state, edit) => withEdit(state, edit, path), { text, jobs })
      return Buffer.from(edited.text)
    },
  }
}

interface Edited {
  readonly text: string
  readonly jobs: readonly Json[]
}

function withEdit({ text, jobs }: Edited, { part, value }: PartEdit, path: JSONPath): Edited {
  const index = indexOf(jobs, part)
  const old = jobs[index]
  if (value === undefined) {
    return index < 0 ? { text, jobs } : { text: set(text, [...path, index], undefined), jobs: jobs.toSpliced(index, 1) }
  }
  if (!isMapping(value)) throw new Error('a cron job is a mapping')
  if (!isMapping(old)) {
    const job = newJob(part, value, jobs)
    return { text: set(text, [...path, jobs.length], job, true), jobs: [...jobs, job] }
  }
  const fields = fieldsToSet(old, value)
  const edited = Object.entries(fields).reduce((so, [field, to]) => set(so, [...path, index, field], to), text)
  return { text: edited, jobs: jobs.with(index, { ...old, ...fields }) }
}

/** The fields that really change, with what follows from them. */
function fieldsToSet(old: JsonMapping, wanted: JsonMapping): JsonMapping {
  const changed = Object.entries(wanted).filter(([field, to]) => !jsonEquals(definitionField(old, field) ?? null, to))
  const fields: Record<string, Json> = Object.fromEntries(changed)
  if (isMapping(fields['repeat'])) fields['repeat'] = { ...mappingOf(old['repeat']), ...fields['repeat'] }
  if ('schedule' in fields && old['next_run_at'] !== undefined) fields['next_run_at'] = null
  if ('enabled' in fields && old['state'] !== undefined) Object.assign(fields, pauseFields(fields['enabled'] === true))
  return fields
}

/** As `cron pause` and `cron resume` leave a job. */
function pauseFields(isEnabled: boolean): JsonMapping {
  return isEnabled
    ? { state: 'scheduled', paused_at: null, paused_reason: null, next_run_at: null }
    : { state: 'paused', paused_at: null, paused_reason: null }
}

function newJob(part: Part, value: JsonMapping, others: readonly Json[]): JsonMapping {
  if (part.kind !== 'record') throw new Error('jobs.json has records and no keys')
  const isDefinitionsOnly = others.length > 0 && others.every((job) => isMapping(job) && runStateFields.every((field) => !(field in job)))
  if (isDefinitionsOnly) return { id: part.id, ...value }
  const isPaused = value['enabled'] === false
  const repeat = { ...mappingOf(newJobState['repeat']), ...mappingOf(value['repeat']) }
  return { id: part.id, ...newJobState, ...value, repeat, ...(isPaused && { state: 'paused' }) }
}

function indexOf(jobs: readonly Json[], part: Part): number {
  if (part.kind !== 'record') return -1
  const byId = jobs.findIndex((job) => isMapping(job) && job['id'] === part.id)
  if (byId >= 0 || part.name === undefined) return byId
  return jobs.findIndex((job) => isMapping(job) && job['name'] === part.name)
}

function partOf(job: JsonMapping): Part {
  const { id, name } = job
  return { kind: 'record', id: String(id), ...(typeof name === 'string' && { name }) }
}

function definitionOf(job: JsonMapping): JsonMapping {
  const present = definitionFields.filter((field) => field in job)
  return Object.fromEntries(present.map((field) => [field, definitionField(job, field) ?? null]))
}

/** How often a job shall repeat is ours, how often it has is the engine's. */
function definitionField(job: JsonMapping, field: string): Json | undefined {
  if (field !== 'repeat' || !isMapping(job['repeat'])) return job[field]
  return { times: job['repeat']['times'] ?? null }
}

const mappingOf = (value: Json | undefined): JsonMapping => (isMapping(value) ? value : {})

function set(text: string, path: JSONPath, value: Json | undefined, isInsertion = false): string {
  const formattingOptions = { insertSpaces: true, tabSize: 2, eol: '\n' }
  return applyEdits(text, modify(text, path, value, { formattingOptions, isArrayInsertion: isInsertion }))
}
