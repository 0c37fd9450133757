// What was deployed when, and how it ended.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deployBench } from './bench.ts'

test('every deploy that changed something is a generation, newest first, with its kind, state and size', async () => {
  using bench = deployBench({ sidecar: { 'config.yaml': 'agent:\n  max_turns: 60\n', 'skins/a.yaml': 'name: a\n' } })
  await bench.expect(0, 'deploy', '--yes')
  await bench.expect(0, 'deploy', '--yes')
  bench.sidecar.edit('config.yaml', '60', '61')
  await bench.expect(0, 'deploy', '--yes')
  await bench.expect(0, 'rollback', '--yes')
  const { document, exit } = await bench.json('generations')
  assert.equal(exit, 0)
  assert.equal(document.schema, 'timmy.generations/1')
  const rows = document.generations.map((one: Record<string, unknown>) => [
    one['id'],
    one['kind'],
    one['state'],
    one['entries'],
    one['backTo'],
  ])
  assert.deepEqual(rows, [
    [3, 'rollback', 'applied', 1, 1],
    [2, 'deploy', 'applied', 1, null],
    [1, 'deploy', 'applied', 2, null],
  ])
  for (const { beganAt, beganAtLocal } of document.generations) {
    assert.match(beganAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    assert.equal(
      new Date(beganAtLocal.replace(/ ([+-])/, '$1')).getTime(),
      Math.floor(Date.parse(beganAt) / 1000) * 1000,
    )
  }
  const { stdout } = await bench.expect(0, 'generations')
  assert.match(stdout, /^local\n +3 .* rollback +applied .* 1 entry; back to 1$/m)
})

test('a home that was never deployed to has no generation', async () => {
  using bench = deployBench()
  const { stdout } = await bench.expect(0, 'generations')
  assert.equal(stdout, 'local: nothing was deployed yet\n')
})

test('generations are listed beside a sidecar that is broken', async () => {
  using bench = deployBench({ sidecar: { 'skins/a.yaml': 'name: a\n' } })
  await bench.expect(0, 'deploy', '--yes')
  bench.sidecar.write('config.yaml', 'a: [\n')
  await bench.expect(4, 'plan')
  const { document } = await bench.json('generations')
  assert.equal(document.generations.length, 1)
})
