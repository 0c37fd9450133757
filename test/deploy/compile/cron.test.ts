import assert from 'node:assert/strict'
import { homedir } from 'node:os'
import test from 'node:test'
import { jobId } from '../../../src/deploy/compile/cron.ts'
import { examplePortfolios, wantedOf } from './overlay.ts'

const portfolios = examplePortfolios()
const job = { name: 'report', schedule: '0 7 * * *', prompt: 'Report.\n' }

test('a job of a role is pinned to the model and provider of its first slot, and the provider comes with it', () => {
  const wanted = wantedOf({ portfolios, cronJobs: [{ ...job, portfolio: 'bulk' }] })
  const record = wanted.value('cron/jobs.json@report') as Record<string, unknown>
  assert.deepEqual(
    [record['model'], record['provider'], record['base_url']],
    ['big.v1:70b', 'custom:timmy-far', 'http://far.example.invalid:11434/v1'],
  )
  assert.equal(wanted.value('config.yaml#providers.timmy-far.key_env'), 'FAR_KEY')
})

test('only what defines a job is named: no run state, no counter, no pause', () => {
  const record = wantedOf({ portfolios, cronJobs: [{ ...job, portfolio: 'bulk' }] }).value('cron/jobs.json@report')
  const fields = 'base_url deliver enabled_toolsets model name no_agent prompt provider schedule schedule_display'
  assert.equal(
    Object.keys(record as object)
      .toSorted()
      .join(' '),
    `${fields} script skill skills workdir`,
  )
})

test('a job is switched on or off only where its file says so', () => {
  const cronJobs = [{ ...job, portfolio: 'bulk', enabled: false }]
  assert.equal(
    (wantedOf({ portfolios, cronJobs }).value('cron/jobs.json@report') as { enabled: boolean }).enabled,
    false,
  )
})

test('the fields of a file become those of the engine', () => {
  const cronJobs = [
    {
      ...job,
      model: 'm',
      provider: 'custom',
      base_url: 'http://127.0.0.1:1/v1/',
      skills: ['timmy-tests', 'other'],
      toolsets: ['terminal'],
      script: 'scripts/look.py',
      workdir: '~/work',
      deliver: 'telegram',
    },
  ]
  const record = wantedOf({ cronJobs }).value('cron/jobs.json@report')
  assert.deepEqual(record, {
    name: 'report',
    prompt: 'Report.',
    schedule: { kind: 'cron', expr: '0 7 * * *', display: '0 7 * * *' },
    schedule_display: '0 7 * * *',
    skills: ['timmy-tests', 'other'],
    skill: 'timmy-tests',
    model: 'm',
    provider: 'custom',
    base_url: 'http://127.0.0.1:1/v1',
    script: 'look.py',
    no_agent: false,
    deliver: 'telegram',
    enabled_toolsets: ['terminal'],
    workdir: `${homedir()}/work`,
  })
})

test('a job that asks no model is not pinned', () => {
  const cronJobs = [{ name: 'look', schedule: 'every 5m', script: 'look.sh', no_agent: true }]
  const record = wantedOf({ portfolios, cronJobs }).value('cron/jobs.json@look') as Record<string, unknown>
  assert.deepEqual([record['model'], record['provider'], record['prompt']], [null, null, ''])
})

test('an id is the one that the file gives, or always the same twelve digits for one sidecar and name', () => {
  const partOf = (id?: string) =>
    wantedOf({ portfolios, cronJobs: [{ ...job, portfolio: 'bulk', ...(id !== undefined && { id }) }] }).entry(
      'cron/jobs.json@report',
    ).part
  assert.deepEqual(partOf('0123456789ab'), { kind: 'record', id: '0123456789ab', name: 'report' })
  assert.deepEqual(partOf(), { kind: 'record', id: jobId('example', 'report'), name: 'report' })
  assert.match(jobId('example', 'report'), /^[0-9a-f]{12}$/)
  assert.notEqual(jobId('other', 'report'), jobId('example', 'report'))
})

test('a schedule that means another time at every deploy is refused with its line', () => {
  for (const schedule of ['30m', '2030-01-01T09:00']) {
    const { faults, entries } = wantedOf({ portfolios, cronJobs: [{ ...job, schedule, portfolio: 'bulk' }] })
    assert.deepEqual([faults, entries], [['compile-once-relative cron/report.yaml:10'], []])
  }
  assert.match(wantedOf({ cronJobs: [{ ...job, schedule: 'at noon' }] }).faults.join(), /compile-schedule-unread/)
  assert.match(wantedOf({ cronJobs: [{ ...job, workdir: 'work' }] }).faults.join(), /compile-workdir-relative/)
})
