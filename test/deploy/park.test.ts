// A difference that is meant: left alone until either side moves or its date comes.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deployBench } from './bench.ts'

const entry = 'config.yaml#agent.max_turns'
const ticket = [entry, '--until', '2099-01-31', '--why', 'load test']

/** Deployed once, then edited by a hand. */
async function driftedBench() {
  const bench = deployBench({
    sidecar: { 'config.yaml': 'agent:\n  max_turns: 60\n', 'skins/timmy.yaml': 'name: timmy\n' },
  })
  await bench.expect(0, 'deploy', '--yes')
  bench.home.edit('config.yaml', 'max_turns: 60', 'max_turns: 99')
  return bench
}

test('a parked difference is no drift, and plan -v and explain say until when and why', async () => {
  using bench = await driftedBench()
  await bench.expect(2, 'drift')
  const { document } = await bench.json('park', ...ticket)
  assert.deepEqual(document.parked, [{ target: 'local', entry, until: '2099-01-31T00:00:00.000Z', why: 'load test' }])
  await bench.expect(0, 'drift')
  const plan = await bench.expect(0, 'plan', '-v')
  assert.match(plan.stdout, /config\.yaml#agent\.max_turns: drift, parked until 2099-01-31: load test/)
  const { stdout } = await bench.expect(0, 'explain', entry)
  assert.match(stdout, /parked +until 2099-01-31: load test/)
  assert.equal((await bench.json('park', '--list')).document.parked.length, 1)
})

test('a deploy, and one that heals, leave a parked difference alone', async () => {
  using bench = await driftedBench()
  await bench.expect(0, 'park', ...ticket)
  await bench.expect(0, 'deploy', '--yes', '--heal')
  assert.match(bench.home.read('config.yaml'), /max_turns: 99/)
})

test('parking ends when the live side moves', async () => {
  using bench = await driftedBench()
  await bench.expect(0, 'park', ...ticket)
  bench.home.edit('config.yaml', 'max_turns: 99', 'max_turns: 98')
  await bench.expect(2, 'drift')
})

test('parking ends when the sidecar moves', async () => {
  using bench = await driftedBench()
  await bench.expect(0, 'park', ...ticket)
  bench.sidecar.edit('config.yaml', '60', '61')
  await bench.expect(3, 'plan')
})

test('parking ends when its date comes', async () => {
  using bench = await driftedBench()
  await bench.expect(0, 'park', ...ticket)
  const later = () => new Date('2099-01-31T00:00:01Z')
  assert.equal((await bench.timmyWith({ now: later }, 'drift')).exit, 2)
  assert.match((await bench.timmyWith({ now: later }, 'park', '--list')).stdout, /ended 2099-01-31/)
})

test('parking ends by hand with --end', async () => {
  using bench = await driftedBench()
  await bench.expect(0, 'park', ...ticket)
  await bench.expect(0, 'park', '--end', entry)
  await bench.expect(2, 'drift')
  const again = await bench.timmy('park', '--end', entry)
  assert.equal(again.exit, 4)
})

test('a parked edit of an entry that the sidecar dropped is not forgotten by a deploy', async () => {
  using bench = await driftedBench()
  bench.home.write('skins/timmy.yaml', 'name: edited\n')
  bench.sidecar.remove('skins')
  await bench.expect(0, 'park', 'skins/timmy.yaml', '--until', '2099-01-31', '--why', 'later')
  await bench.expect(0, 'deploy', '--yes')
  const later = () => new Date('2099-02-01T00:00:00Z')
  assert.match(
    (await bench.timmyWith({ now: later }, 'drift')).stdout,
    /drift skins\/timmy\.yaml: the sidecar dropped it/,
  )
})

for (const [what, argv] of [
  ['a date that is past', [entry, '--until', '2001-01-01', '--why', 'x']],
  ['a date that is on no calendar', [entry, '--until', '2099-02-30', '--why', 'x']],
  ['no date', [entry, '--why', 'x']],
  ['no reason', [entry, '--until', '2099-01-31']],
  ['an entry that does not differ', ['skins/timmy.yaml', '--until', '2099-01-31', '--why', 'x']],
  ['no entry', ['--until', '2099-01-31', '--why', 'x']],
] as const) {
  test(`parking is refused with ${what}, exit 4`, async () => {
    using bench = await driftedBench()
    const { exit, stderr } = await bench.timmy('park', ...argv)
    assert.equal(exit, 4, stderr)
    await bench.expect(2, 'drift')
  })
}
