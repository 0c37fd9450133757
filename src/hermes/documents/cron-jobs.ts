// cron/jobs.json by job.
//
// Only what defines a job is seen or written here; what the engine counts and remembers (state, next_run_at, last_*,
// repeat.completed, snapshots, claims, created_at, origin) and fields that nobody knows stay as they are. A job is
// found by its id, else by its name. What follows from an edit is what the engine's own commands do: a new schedule
// is planned anew at the next tick (`next_run_at` null), pausing and resuming keep `state` in step. Edits are
// spliced, so other jobs keep their bytes; a file of definitions only (from about 0.22) gets no run state from us.

import { isMapping, jsonEquals, type Json, type JsonMapping } from '../../core/index.ts'
import type { Document, DocumentFormat, Part, PartEdit } from '../document.ts'
import { isEmptyText, mappingOf, readJson, spliceJson, type JsonEdit } from './json-splice.ts'
import { textOf } from './text.ts'

const file = 'cron/jobs.json'

/** Fields that define a job, with what the engine takes a missing one for (cron/jobs.py, cron/scheduler.py). */
const definitionDefaults: Readonly<Record<string, Json | undefined>> = {
  name: undefined,
  prompt: '',
  skills: [],
  skill: null,
  model: null,
  provider: null,
  base_url: null,
  script: null,
  no_agent: false,
  context_from: null,
  schedule: undefined,
  schedule_display: undefined,
  repeat: { times: null },
  enabled: true,
  deliver: 'local',
  enabled_toolsets: null,
  workdir: null,
}

/** Fields by which a job is known to carry its run state in this file. */
const runStateFields = ['state', 'created_at', 'next_run_at', 'last_run_at', 'last_status']

export const cronJobs: DocumentFormat = {
  lockOf: () => 'cron/.jobs.lock',
  open(bytes) {
    const whole = textOf(bytes)
    if (typeof whole !== 'string') return whole
    const bom = whole.startsWith('\uFEFF') ? '\uFEFF' : '' // the engine takes one from 0.19
    const text = whole.slice(bom.length)
    if (isEmptyText(text)) return documentOf({ text: '{\n  "jobs": []\n}', bom }, { jobs: [] })
    const read = readJson(text)
    if ('unreadable' in read) return read
    const root = isMapping(read.value) && !('jobs' in read.value) ? { ...read.value, jobs: [] } : read.value
    if (!jobsIn(root)) return { unreadable: 'It holds no list of jobs.', line: 1 }
    return documentOf({ text, bom }, root)
  },
}

interface Source {
  readonly text: string
  readonly bom: string
}

/** The file after some edits: what it holds, and the splices that lead there. */
interface Edited {
  readonly root: Json
  readonly splices: readonly JsonEdit[]
}

function documentOf({ text, bom }: Source, root: Json): Document {
  const jobs = jobsIn(root) ?? []
  return {
    get(part) {
      const job = jobs[indexOf(jobs, part)]
      return isMapping(job) ? definitionOf(job) : undefined
    },
    parts: () => jobs.flatMap(partsOf),
    edit(edits) {
      const edited = edits.reduce(withEdit, { root, splices: [] })
      if (edited.splices.length === 0) return Buffer.from(bom + text)
      return Buffer.from(bom + spliceJson(file, text, edited.splices, edited.root))
    },
  }
}

function withEdit({ root, splices }: Edited, { part, value }: PartEdit): Edited {
  if (part.kind !== 'record') throw new Error('jobs.json has records and no keys')
  const jobs = jobsIn(root) ?? []
  const index = indexOf(jobs, part)
  const old = jobs[index]
  const at = (...steps: (string | number)[]): (string | number)[] => (Array.isArray(root) ? steps : ['jobs', ...steps])
  const after = (next: readonly Json[], more: readonly JsonEdit[]): Edited => ({
    root: isMapping(root) ? { ...root, jobs: next } : next,
    splices: [...splices, ...more],
  })
  if (value === undefined) {
    return index < 0 ? { root, splices } : after(jobs.toSpliced(index, 1), [{ path: at(index), value: undefined }])
  }
  if (!isMapping(value)) throw new Error('a cron job is a mapping')
  const definition = definitionIn(value)
  if (!isMapping(old)) {
    const job = newJob(part.id, definition, jobs)
    return after([...jobs, job], [{ path: at(jobs.length), value: job, isNewItem: true }])
  }
  const fields = Object.entries(fieldsToSet(old, definition))
  return after(
    jobs.with(index, { ...old, ...Object.fromEntries(fields) }),
    fields.map(([field, to]) => ({ path: at(index, field), value: to })),
  )
}

/** The fields that really change, with what follows from them in the engine's update_job, pause_job and resume_job. */
function fieldsToSet(old: JsonMapping, wanted: JsonMapping): JsonMapping {
  const isChanged = ([field, to]: [string, Json]): boolean => !jsonEquals(definitionField(old, field), to)
  const fields: Record<string, Json> = Object.fromEntries(Object.entries(wanted).filter(isChanged))
  const { schedule, skills, enabled, repeat } = fields
  if (repeat !== undefined && isMapping(old['repeat'])) fields['repeat'] = { ...old['repeat'], ...mappingOf(repeat) }
  if (skills !== undefined && wanted['skill'] === undefined) fields['skill'] = firstOf(skills)
  const display = mappingOf(schedule)['display']
  if (display !== undefined && wanted['schedule_display'] === undefined) fields['schedule_display'] = display
  const isStateful = runStateFields.some((field) => field in old)
  const isPaused = old['state'] === 'paused' && enabled !== true
  if (schedule !== undefined && isStateful && !isPaused) fields['next_run_at'] = null
  if (enabled !== undefined && isStateful) Object.assign(fields, enabled === true ? resumed : paused)
  return fields
}

const paused = { state: 'paused', paused_at: null, paused_reason: null }
const resumed = { state: 'scheduled', paused_at: null, paused_reason: null, next_run_at: null }

/** In the shape and order of the engine's create_job (0.18.0 to 0.19.0); the next tick plans its first run. */
function newJob(id: string, definition: JsonMapping, others: readonly Json[]): JsonMapping {
  if (isDefinitionsOnly(others)) return { id, ...definition }
  const { name = id, schedule = {}, enabled = true, skills = [] } = definition
  const known: JsonMapping = {
    id,
    name,
    prompt: '',
    skills,
    skill: firstOf(skills),
    model: null,
    provider: null,
    provider_snapshot: null,
    model_snapshot: null,
    base_url: null,
    script: null,
    no_agent: false,
    context_from: null,
    schedule,
    schedule_display: mappingOf(schedule)['display'] ?? null,
    repeat: null,
    enabled,
    state: enabled === true ? 'scheduled' : 'paused',
    paused_at: null,
    paused_reason: null,
    created_at: null,
    next_run_at: null,
    last_run_at: null,
    last_status: null,
    last_error: null,
    last_delivery_error: null,
    deliver: 'local',
    origin: null,
    enabled_toolsets: null,
    workdir: null,
  }
  // Without a number a job that runs once is done after that one run.
  const times = mappingOf(schedule)['kind'] === 'once' ? 1 : null
  return { ...known, ...definition, repeat: { times, completed: 0, ...mappingOf(definition['repeat']) } }
}

function isDefinitionsOnly(jobs: readonly Json[]): boolean {
  return jobs.length > 0 && jobs.every((job) => isMapping(job) && runStateFields.every((field) => !(field in job)))
}

function jobsIn(root: Json): readonly Json[] | undefined {
  const jobs = isMapping(root) ? root['jobs'] : root
  return Array.isArray(jobs) ? jobs : undefined
}

function indexOf(jobs: readonly Json[], part: Part): number {
  if (part.kind !== 'record') return -1
  const byId = jobs.findIndex((job) => isMapping(job) && idOf(job) === part.id)
  if (byId >= 0 || part.name === undefined) return byId
  return jobs.findIndex((job) => isMapping(job) && job['name'] === part.name)
}

function partsOf(job: Json): Part[] {
  if (!isMapping(job)) return []
  const name = job['name']
  const id = idOf(job) ?? ''
  const isNamed = typeof name === 'string' && name !== ''
  return id === '' && !isNamed ? [] : [{ kind: 'record', id, ...(isNamed && { name }) }]
}

/** Older writers called it `job_id`; the engine mends that at a tick. */
function idOf(job: JsonMapping): string | undefined {
  const id = job['id'] ?? job['job_id']
  return typeof id === 'string' || typeof id === 'number' ? String(id) : undefined
}

function definitionOf(job: JsonMapping): JsonMapping {
  const fields = Object.keys(definitionDefaults).map((field) => [field, definitionField(job, field)] as const)
  return Object.fromEntries(fields.filter((field): field is [string, Json] => field[1] !== undefined))
}

/** Of the fields that an edit names, those that define a job. */
function definitionIn(value: JsonMapping): JsonMapping {
  const fields = Object.keys(value).filter((field) => field in definitionDefaults)
  return Object.fromEntries(fields.map((field) => [field, definitionField(value, field) ?? null]))
}

/** How often a job shall repeat is ours, how often it has is the engine's. */
function definitionField(job: JsonMapping, field: string): Json | undefined {
  const value = job[field] ?? definitionDefaults[field]
  if (field === 'repeat') return { times: mappingOf(value)['times'] ?? null }
  return value
}

function firstOf(skills: Json): Json {
  return Array.isArray(skills) ? ((skills as readonly Json[])[0] ?? null) : skills
}
