import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { run } from '../../../src/core/index.ts'
import { scheduleOf } from '../../../src/deploy/compile/schedule.ts'
import { engines, engineVersions, scratchHome, skipReason } from '../../engine.ts'

/** Texts whose meaning is the same at every time and place. */
const steady = [
  'every 2h',
  'every 30m',
  ' every 1 day ',
  'Every 45 mins',
  'EVERY 3 HR',
  '0 7 * * *',
  '*/15 8-18 * * 1-5',
  '0  9   1,15 * *',
  '2030-02-03T14:00Z',
  '2030-02-03T14:00:09+05:30',
  '2030-02-03 14:00:00.250-08:00',
  '2030-02-03T14:00:00.000000Z',
]
/** Texts that the engine takes, each with a meaning that depends on the moment or on the machine. */
const relative = ['30m', '2h', ' 1 day', '2030-02-03T14:00', '2030-02-03']
/** Texts that the engine refuses. */
const unread = [
  '',
  'every',
  'every full moon',
  'every 2 weeks',
  'every -1h',
  '0 7 * * MON',
  '0 7 * *',
  '5 4 * * 0 2030',
  'Tuesday',
  '2030-02-30T10:00Z',
  '2030-02-03T25:00Z',
  '1.5h',
]

test('schedules become mappings that mean the same at every deploy', () => {
  assert.deepEqual(scheduleOf('every 2h'), { kind: 'interval', minutes: 120, display: 'every 120m' })
  assert.deepEqual(scheduleOf('0 7 * * *'), { kind: 'cron', expr: '0 7 * * *', display: '0 7 * * *' })
  assert.deepEqual(scheduleOf('2030-02-03T14:00Z'), {
    kind: 'once',
    run_at: '2030-02-03T14:00:00+00:00',
    display: 'once at 2030-02-03 14:00',
  })
  for (const text of relative) assert.equal(scheduleOf(text), 'relative', text)
  for (const text of unread) assert.equal(scheduleOf(text), 'unread', text)
})

const script = `
import json, sys
from cron.jobs import parse_schedule
def read(text):
    try:
        return parse_schedule(text)
    except Exception:
        return None
print(json.dumps([read(text) for text in json.load(sys.stdin)]))
`

for (const version of engineVersions) {
  describe(`hermes-agent ${version}`, { skip: skipReason(version) }, () => {
    test('its own parser makes the same of every schedule that we compile, and refuses what we cannot read', async () => {
      using home = scratchHome()
      const { interpreter = '' } = engines().find((engine) => engine.version === version) ?? {}
      const texts = [...steady, ...relative, ...unread]
      const { stdout, stderr } = await run([interpreter, '-c', script], {
        env: home.env,
        input: JSON.stringify(texts),
        timeoutMs: 60_000,
      })
      assert.ok(stdout, stderr)
      const theirs = JSON.parse(stdout) as unknown[]
      for (const [index, text] of texts.entries()) {
        const ours = scheduleOf(text)
        if (ours === 'unread') assert.equal(theirs[index], null, text)
        else if (ours === 'relative') assert.notEqual(theirs[index], null, text)
        else assert.deepEqual(ours, theirs[index], text)
      }
    })
  })
}
