// cron/jobs.json by job: definitions are ours, the run state is the engine's.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { isMapping, type Json, type JsonMapping } from '../../../src/core/index.ts'
import { formatOf, isUnreadable, type Document, type RecordPart } from '../../../src/hermes/index.ts'
import { fixtures } from '../../engine.ts'

const livedIn = readFileSync(join(fixtures, 'home-0.19/cron/jobs.json'), 'utf8')

function open(content: string | undefined): Document {
  const opened = formatOf('cron/jobs.json')?.open(content === undefined ? undefined : Buffer.from(content))
  if (!opened || isUnreadable(opened)) assert.fail(JSON.stringify(opened))
  return opened
}

const job = (id: string, name?: string): RecordPart => ({ kind: 'record', id, ...(name !== undefined && { name }) })
const [paused, running] = [job('fb29c94ebbc3'), job('acd716a77b34')]

function edited(content: string | undefined, part: RecordPart, value: JsonMapping | undefined): string {
  return open(content).edit([{ part, value }]).toString()
}

function jobOf(content: string, id: string): JsonMapping {
  const root: Json = JSON.parse(content)
  const jobs = isMapping(root) ? root['jobs'] : root
  const found = Array.isArray(jobs) ? jobs.find((one: Json) => isMapping(one) && one['id'] === id) : undefined
  assert.ok(isMapping(found))
  return found
}

const daily = { kind: 'cron', expr: '0 8 * * *', display: '0 8 * * *' }

test('jobs are seen by id and name, with the fields that define them and no others', () => {
  const document = open(livedIn)
  assert.deepEqual(document.parts(), [
    job('fb29c94ebbc3', 'morning-report'),
    job('acd716a77b34', 'drift-watch'),
    job('bc870f8ebc0a', 'disk-watch'),
  ])
  assert.deepEqual(document.get(running), {
    name: 'drift-watch',
    prompt: 'Look for drift between the declared and the live home.',
    skills: ['deploy-check'],
    skill: 'deploy-check',
    model: null,
    provider: null,
    base_url: null,
    script: null,
    no_agent: false,
    context_from: null,
    schedule: { kind: 'interval', minutes: 120, display: 'every 120m' },
    schedule_display: 'every 120m',
    repeat: { times: null },
    enabled: true,
    deliver: 'local',
    enabled_toolsets: null,
    workdir: null,
  })
})

test('a job with another id is found by its name; an id goes before a name', () => {
  const document = open(livedIn)
  assert.deepEqual(document.get(job('000000000000', 'drift-watch')), document.get(running))
  assert.deepEqual(document.get(job('fb29c94ebbc3', 'drift-watch')), document.get(paused))
  assert.equal(document.get(job('000000000000')), undefined)
})

test('a changed prompt changes one line, and the run state of no job', () => {
  const after = edited(livedIn, running, { prompt: 'Look twice.' }).split('\n')
  const before = livedIn.split('\n')
  const changed = after.flatMap((line, index) => (line === before[index] ? [] : [line]))
  assert.equal(after.length, before.length)
  assert.deepEqual(changed, ['      "prompt": "Look twice.",'])
})

test('what is equal already is not written, also where the engine leaves a field out', () => {
  const document = open(livedIn)
  for (const part of document.parts())
    assert.equal(document.edit([{ part, value: document.get(part) }]).toString(), livedIn)
  const least = '{"jobs": [{"id": "a", "name": "n", "prompt": "p", "schedule": {"kind": "interval", "minutes": 5}}]}'
  assert.equal(
    edited(least, job('a'), { enabled: true, no_agent: false, model: null, skills: [], repeat: { times: null } }),
    least,
  )
})

test('a new schedule lets the engine plan anew and shows its own text; a paused job stays unplanned', () => {
  const after = jobOf(edited(livedIn, running, { schedule: daily }), running.id)
  assert.deepEqual([after['schedule'], after['schedule_display'], after['next_run_at']], [daily, daily.display, null])
  assert.equal(after['last_status'], 'ok')
  const still = jobOf(edited(livedIn, paused, { schedule: daily }), paused.id)
  assert.equal(still['next_run_at'], '2026-11-23T07:00:00+00:00')
})

test('pausing and resuming leave a job as the engine does', () => {
  const off = jobOf(edited(livedIn, running, { enabled: false }), running.id)
  assert.deepEqual(
    [off['enabled'], off['state'], off['next_run_at']],
    [false, 'paused', '2026-11-22T19:20:19.466543+00:00'],
  )
  const on = jobOf(edited(livedIn, paused, { enabled: true }), paused.id)
  assert.deepEqual([on['enabled'], on['state'], on['paused_at'], on['next_run_at']], [true, 'scheduled', null, null])
})

test('how often a job shall run is ours, how often it has run is not', () => {
  const after = jobOf(edited(livedIn, running, { repeat: { times: 5 } }), running.id)
  assert.deepEqual(after['repeat'], { times: 5, completed: 1 })
})

test('the first skill stays in step with the list', () => {
  assert.equal(jobOf(edited(livedIn, running, { skills: ['a', 'b'] }), running.id)['skill'], 'a')
  assert.equal(jobOf(edited(livedIn, running, { skills: [] }), running.id)['skill'], null)
})

test('run state is never written, whatever an edit asks', () => {
  assert.equal(
    edited(livedIn, running, {
      next_run_at: 'x',
      last_status: 'x',
      x_owner: 'x',
      repeat: { times: null, completed: 9 },
    }),
    livedIn,
  )
})

test('a new job has the fields of the engine in its order, at the end, in its layout', () => {
  const definition = { name: 'daily', prompt: 'Größe?', schedule: daily, model: 'm', provider: 'custom' }
  const after = edited(livedIn, job('0123456789ab', 'daily'), definition)
  assert.deepEqual(Object.keys(jobOf(after, '0123456789ab')), Object.keys(jobOf(livedIn, paused.id)))
  assert.ok(after.startsWith(livedIn.slice(0, livedIn.lastIndexOf('\n    }'))))
  assert.ok(
    after.includes(
      '\n    {\n      "id": "0123456789ab",\n      "name": "daily",\n      "prompt": "Gr\\u00f6\\u00dfe?",\n      "skills": [],\n',
    ),
  )
  assert.ok(after.includes('      "repeat": {\n        "times": null,\n        "completed": 0\n      },\n'))
})

test('a job that runs once is done after one run, and one that begins paused is paused', () => {
  const once = { kind: 'once', run_at: '2030-01-01T00:00:00+00:00', display: 'once at 2030-01-01 00:00' }
  assert.deepEqual(jobOf(edited('', job('a'), { name: 'n', schedule: once }), 'a')['repeat'], {
    times: 1,
    completed: 0,
  })
  assert.equal(jobOf(edited('', job('a'), { name: 'n', schedule: daily, enabled: false }), 'a')['state'], 'paused')
})

test('a missing or empty file gets the list that the engine makes', () => {
  for (const content of [undefined, '', '{"updated_at": "x"}']) {
    assert.deepEqual(open(content).parts(), [])
    const root = JSON.parse(edited(content, job('a'), { name: 'n', schedule: daily })) as JsonMapping
    assert.equal((root['jobs'] as Json[]).length, 1)
  }
})

test('a bare list stays one, unknown fields and a BOM stay too', () => {
  const content = '\uFEFF[\n  {"id": "a", "name": "n", "x_owner": {"k": [1]}, "state": "scheduled"}\n]\n'
  const after = edited(content, job('a'), { prompt: 'p' })
  assert.ok(after.startsWith('\uFEFF['))
  assert.deepEqual(JSON.parse(after.slice(1)), [
    { id: 'a', name: 'n', x_owner: { k: [1] }, state: 'scheduled', prompt: 'p' },
  ])
  const top = JSON.parse(
    edited('{"version": 7, "jobs": [], "updated_at": "t"}', job('a'), { name: 'n', schedule: daily }),
  ) as JsonMapping
  assert.deepEqual([top['version'], top['updated_at']], [7, 't'])
})

test('in a file of definitions only no job gets run state', () => {
  const content = JSON.stringify(
    { jobs: [{ id: 'a', name: 'n', prompt: 'p', schedule: daily, enabled: true }] },
    null,
    2,
  )
  const added = jobOf(edited(content, job('b'), { name: 'm', prompt: 'q', schedule: daily }), 'b')
  assert.deepEqual(added, { id: 'b', name: 'm', prompt: 'q', schedule: daily })
  const later = jobOf(edited(content, job('a'), { schedule: { ...daily, expr: '1 1 * * *' }, enabled: false }), 'a')
  assert.deepEqual(
    Object.keys(later).filter((field) => ['state', 'next_run_at', 'paused_at'].includes(field)),
    [],
  )
})

test('a job is taken out, and the others keep their bytes', () => {
  const after = edited(livedIn, running, undefined)
  assert.deepEqual(
    open(after)
      .parts()
      .map((part) => part.kind === 'record' && part.id),
    ['fb29c94ebbc3', 'bc870f8ebc0a'],
  )
  for (const other of ['fb29c94ebbc3', 'bc870f8ebc0a']) assert.deepEqual(jobOf(after, other), jobOf(livedIn, other))
  assert.equal(edited(livedIn, job('nobody'), undefined), livedIn)
})

test('several edits of one file go together', () => {
  const document = open(livedIn)
  const after = document
    .edit([
      { part: running, value: undefined },
      { part: job('bc870f8ebc0a'), value: { prompt: 'x' } },
      { part: job('c'), value: { name: 'c', schedule: daily } },
      { part: job('c'), value: { prompt: 'y' } },
    ])
    .toString()
  assert.equal(jobOf(after, 'bc870f8ebc0a')['prompt'], 'x')
  assert.equal(jobOf(after, 'c')['prompt'], 'y')
})

test('a schedule that is a text is seen, and mended by an edit', () => {
  const content = '{"jobs": [{"id": "a", "name": "n", "schedule": "every 5m", "next_run_at": "x"}]}'
  assert.deepEqual((open(content).get(job('a')) as JsonMapping)['schedule'], 'every 5m')
  assert.deepEqual(jobOf(edited(content, job('a'), { schedule: daily }), 'a')['schedule'], daily)
})

test('records that are no jobs, without an id, or with an old name for it are tolerated', () => {
  const content = '{"jobs": [null, 5, {"prompt": "p"}, {"job_id": "b"}, {"id": "", "name": "n"}]}'
  assert.deepEqual(open(content).parts(), [job('b'), job('', 'n')])
  assert.equal(jobOf(edited(content, job('c'), { name: 'm', schedule: daily }), 'c')['name'], 'm')
})

for (const [name, content] of [
  ['truncated', livedIn.slice(0, 400)],
  ['no JSON', 'jobs: []'],
  ['a text', '"jobs"'],
  ['without a list', '{"jobs": null}'],
] as const) {
  test(`a file that is ${name} is unreadable`, () => {
    const opened = formatOf('cron/jobs.json')?.open(Buffer.from(content))
    assert.ok(opened && isUnreadable(opened))
  })
}

test('a field given twice in a job is not edited, for the engine reads the last one', () => {
  const content = '{"jobs": [{"id": "a", "prompt": "x", "prompt": "y"}]}'
  assert.throws(() => edited(content, job('a'), { prompt: 'z' }), { code: 'EDIT_REFUSED' })
})

test('the lock is the one of the engine', () =>
  assert.equal(formatOf('cron/jobs.json')?.lockOf('cron/jobs.json'), 'cron/.jobs.lock'))
