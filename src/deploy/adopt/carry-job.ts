// A cron job: the fields that were changed in the engine, said in its cron/*.yaml; the inverse of compile/cron.ts.
//
// What a file of a sidecar cannot say (another name, a model that comes from a portfolio) is refused with where to
// say it instead.

import { isMapping, jsonEquals, spliceYaml, type Json, type JsonMapping, type YamlEdit } from '../../core/index.ts'
import { liveKey } from '../live.ts'
import { describeJobs } from '../init/describe-jobs.ts'
import { refuse, refuseSecret, type Carriage, type Carry, type Wish } from './wish.ts'

/** Fields of the engine's record, and the key of cron/*.yaml that says each. */
const keys: Readonly<Record<string, string>> = {
  prompt: 'prompt',
  schedule: 'schedule',
  schedule_display: 'schedule',
  skills: 'skills',
  skill: 'skills',
  model: 'model',
  provider: 'provider',
  base_url: 'base_url',
  script: 'script',
  no_agent: 'no_agent',
  deliver: 'deliver',
  enabled_toolsets: 'toolsets',
  workdir: 'workdir',
  enabled: 'enabled',
  repeat: 'repeat',
}
const pinned = new Set(['model', 'provider', 'base_url'])

export const carryJob: Carry = (wish, carriage) => {
  if (wish.live === undefined && !wish.isForeign) {
    carriage.draft.remove(wish.source.file)
    return
  }
  const fields = describedFields(wish, carriage)
  const edits = wish.isForeign
    ? Object.entries(fields).map(([key, value]) => edit(key, value))
    : changedEdits(wish, fields)
  const text = carriage.draft.read(wish.source.file)?.toString('utf8') ?? ''
  carriage.draft.set(wish.source.file, Buffer.from(spliceYaml(text, edits, { file: wish.source.file })))
}

/** The live job as keys of a cron/*.yaml. */
function describedFields(wish: Wish, { judge }: Carriage): JsonMapping {
  const document =
    wish.target.planned.live.files.get(liveKey('home', 'cron/jobs.json'))?.document ??
    refuse(wish, 'jobs.json cannot be read')
  const part = wish.part?.kind === 'record' ? wish.part : refuse(wish, 'it is no job')
  const only = {
    ...document,
    parts: () => document.parts().filter((one) => one.kind === 'record' && one.id === part.id),
  }
  const { pieces, leftOut } = describeJobs(only, judge)
  const [piece] = pieces
  if (piece?.kind === 'job') return piece.fields
  const [fault] = leftOut
  if (fault?.isSecret) refuseSecret(wish, fault.why)
  return refuse(wish, fault?.why ?? 'it cannot be described')
}

function changedEdits(wish: Wish, fields: JsonMapping): YamlEdit[] {
  const live = isMapping(wish.live) ? wish.live : refuse(wish, 'it is no mapping')
  const template = isMapping(wish.template) ? wish.template : {}
  const changed = Object.keys(template).filter((field) => !jsonEquals(live[field], template[field]))
  const edits = new Map<string, YamlEdit>()
  for (const field of changed) {
    const key = keys[field] ?? refuse(wish, `its ${field} was changed, and the sidecar names a job by its file`)
    const isFromRole = pinned.has(field) && !sidecarNames(wish, key)
    if (isFromRole)
      refuse(
        wish,
        `its ${field} comes from a portfolio; change it in fallback-portfolios.yaml, or pin model and provider in the job`,
      )
    edits.set(key, edit(key, key === 'enabled' ? live['enabled'] : fields[key]))
  }
  return [...edits.values()]
}

/** Whether the job's own file says this key. */
function sidecarNames({ sidecar, source }: Wish, key: string): boolean {
  const value = sidecar.readings.get(source.file)?.value
  return isMapping(value) && Object.hasOwn(value, key)
}

const edit = (key: string, value: Json | undefined): YamlEdit => ({
  path: [key],
  value: value === null ? undefined : value,
})
