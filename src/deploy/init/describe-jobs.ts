// The engine's cron jobs as files of cron/: what defines a job, never what the engine counts and remembers of it.
//
// A job keeps its id, so the sidecar means this job and makes no second one. A job without a pin says so
// (`inherit_model`), for it is skipped when the home's default model changes. One that runs once is left to the engine,
// which forgets it afterwards.

import { isMapping, type Json, type JsonMapping } from '../../core/index.ts'
import type { Document } from '../../hermes/index.ts'
import { entryName } from '../entry-name.ts'
import type { Described, JobPiece, LeftOut } from './piece.ts'
import type { SecretJudge } from './secret-judge.ts'

const jobsFile = 'cron/jobs.json'
const jobName = /^[a-z0-9][a-z0-9._-]{0,62}$/
const jobId = /^[0-9a-f]{12}$/

export function describeJobs(document: Document, judge: SecretJudge): Described {
  const pieces: JobPiece[] = []
  const leftOut: LeftOut[] = []
  const names = new Set<string>()
  for (const part of document.parts()) {
    const record = document.get(part)
    if (part.kind !== 'record' || !isMapping(record)) continue
    const name = textOf(record['name']) ?? part.id
    const entry = entryName('home', jobsFile, { kind: 'record', id: part.id, name })
    const fault = whyLeftOut(part.id, name, record, names)
    const fields = fault ? undefined : fieldsOf(part.id, name, record)
    const secret = judge.inText(name) ?? (fields && judge.inValue([], fields))
    if (secret) leftOut.push({ entry, why: secret.why, mend: 'take the secret out of the job first', isSecret: true })
    else if (fault || !fields) leftOut.push({ entry, ...(fault ?? { why: 'a sidecar cannot say its schedule' }) })
    else {
      names.add(name)
      pieces.push({ kind: 'job', entry, file: `cron/${name}.yaml`, fields })
    }
  }
  return { pieces, leftOut }
}

function whyLeftOut(
  id: string,
  name: string,
  record: JsonMapping,
  names: ReadonlySet<string>,
): Pick<LeftOut, 'why' | 'mend'> | undefined {
  const rename = `hermes cron edit ${id} --name ${nameLike(name)}`
  if (!jobName.test(name)) return { why: 'its name is none for a file of a sidecar', mend: rename }
  if (names.has(name)) return { why: 'another job has its name', mend: rename }
  if (!jobId.test(id)) return { why: 'its id is not one that the engine makes' }
  if (isMapping(record['schedule']) && record['schedule']['kind'] === 'once')
    return { why: 'it runs once, and the engine forgets it then' }
  return undefined
}

function nameLike(name: string): string {
  const like = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
  return like === '' ? 'NAME' : like.slice(0, 63)
}

function fieldsOf(id: string, name: string, record: JsonMapping): JsonMapping | undefined {
  const schedule = scheduleText(record['schedule'])
  if (schedule === undefined) return undefined
  const prompt = textOf(record['prompt'])
  const isAgent = record['no_agent'] !== true
  const [model, provider] = [textOf(record['model']), textOf(record['provider'])]
  const isPinned = model !== undefined && provider !== undefined
  const skills = textsIn(record['skills'])
  const toolsets = textsIn(record['enabled_toolsets'])
  const repeat = isMapping(record['repeat']) ? record['repeat']['times'] : undefined
  const fields: Record<string, Json | undefined> = {
    name,
    id,
    schedule,
    script: textOf(record['script']),
    no_agent: isAgent ? undefined : true,
    model,
    provider,
    base_url: textOf(record['base_url']),
    inherit_model: isAgent && !isPinned ? true : undefined,
    skills: skills.length > 0 ? skills : undefined,
    toolsets: Array.isArray(record['enabled_toolsets']) ? toolsets : undefined,
    deliver: textOf(record['deliver']),
    workdir: textOf(record['workdir']),
    repeat: typeof repeat === 'number' ? repeat : undefined,
    prompt: isAgent ? prompt : undefined,
  }
  return Object.fromEntries(Object.entries(fields).filter((field): field is [string, Json] => field[1] !== undefined))
}

/** The schedule as a person writes it. */
function scheduleText(schedule: Json | undefined): string | undefined {
  if (!isMapping(schedule)) return undefined
  const { kind, minutes, expr } = schedule
  if (kind === 'cron') return textOf(expr)
  if (kind !== 'interval' || typeof minutes !== 'number' || !Number.isInteger(minutes) || minutes < 1) return undefined
  if (minutes % 1440 === 0) return `every ${minutes / 1440}d`
  return minutes % 60 === 0 ? `every ${minutes / 60}h` : `every ${minutes}m`
}

const textOf = (value: Json | undefined): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value : undefined

const textsIn = (value: Json | undefined): string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : []
