// Back to an older generation: a new plan, never a copy of old files.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deployBench } from './bench.ts'

/** Three generations of one key and two skins. */
async function threeGenerations() {
  const bench = deployBench({
    sidecar: { 'config.yaml': 'agent:\n  max_turns: 1\n', 'skins/a.yaml': 'name: a # 1\n' },
    home: { 'config.yaml': '# kept\nagent:\n  verbose: true\n' },
  })
  await bench.expect(0, 'deploy', '--yes')
  bench.sidecar.edit('config.yaml', '1', '2')
  bench.sidecar.write('skins/a.yaml', 'name: a # 2\n')
  await bench.expect(0, 'deploy', '--yes')
  bench.sidecar.edit('config.yaml', '2', '3')
  bench.sidecar.write('skins/b.yaml', 'name: b # 3\n')
  await bench.expect(0, 'deploy', '--yes')
  return bench
}

test('a bare rollback goes back by one generation and is a generation itself', async () => {
  using bench = await threeGenerations()
  await bench.expect(0, 'rollback', '--yes')
  assert.equal(bench.home.read('config.yaml'), '# kept\nagent:\n  verbose: true\n  max_turns: 2\n')
  assert.equal(bench.home.has('skins/b.yaml'), false)
  const { document } = await bench.json('generations')
  assert.deepEqual([document.generations[0].kind, document.generations[0].backTo], ['rollback', 2])
})

test('rollback goes to any generation that is kept, by number', async () => {
  using bench = await threeGenerations()
  await bench.expect(0, 'rollback', '1', '--yes')
  assert.match(bench.home.read('config.yaml'), /max_turns: 1/)
  assert.equal(bench.home.read('skins/a.yaml'), 'name: a # 1\n')
})

test('a rollback can be rolled back', async () => {
  using bench = await threeGenerations()
  await bench.expect(0, 'rollback', '1', '--yes')
  await bench.expect(0, 'rollback', '3', '--yes')
  assert.match(bench.home.read('config.yaml'), /max_turns: 3/)
  assert.equal(bench.home.read('skins/b.yaml'), 'name: b # 3\n')
  await bench.expect(0, 'plan')
})

test('rollback keeps an edit made since as a conflict, exit 3, and goes back with the rest', async () => {
  using bench = await threeGenerations()
  bench.home.write('skins/a.yaml', 'name: a # mine\n')
  const { stderr } = await bench.expect(3, 'rollback', '1', '--yes')
  assert.match(stderr, /conflict skins\/a\.yaml/)
  assert.match(stderr, /timmy rollback 1 --take ours 'skins\/a\.yaml'/)
  assert.equal(bench.home.read('skins/a.yaml'), 'name: a # mine\n')
  assert.match(bench.home.read('config.yaml'), /max_turns: 1/)
})

test('rollback --take ours writes over the edits that are named, and only those', async () => {
  using bench = await threeGenerations()
  bench.home.write('skins/a.yaml', 'name: a # mine\n')
  bench.home.edit('config.yaml', 'max_turns: 3', 'max_turns: 9')
  await bench.expect(3, 'rollback', '1', '--take', 'ours', 'skins/*', '--yes')
  assert.equal(bench.home.read('skins/a.yaml'), 'name: a # 1\n')
  assert.match(bench.home.read('config.yaml'), /max_turns: 9/)
})

test('rollback brings back what was there before us where the older generation did not own it yet', async () => {
  using bench = deployBench({
    sidecar: { 'skins/a.yaml': 'name: a\n' },
    home: { 'skins/b.yaml': 'name: b # theirs\n' },
  })
  await bench.expect(0, 'deploy', '--yes')
  bench.sidecar.write('skins/b.yaml', 'name: b # ours\n')
  await bench.expect(0, 'deploy', '--yes', '--take', 'ours', 'skins/b.yaml')
  await bench.expect(0, 'rollback', '--yes')
  assert.equal(bench.home.read('skins/b.yaml'), 'name: b # theirs\n')
  const { stdout } = await bench.expect(3, 'plan')
  assert.match(stdout, /conflict skins\/b\.yaml: something else was there before us/, 'it is not ours any more')
})

test('rollback goes back to a file that was as the sidecar had it at first contact, though it was edited since', async () => {
  using bench = deployBench({ sidecar: { 'skins/a.yaml': 'name: a # 1\n' }, home: { 'skins/a.yaml': 'name: a # 1\n' } })
  await bench.expect(0, 'deploy', '--yes')
  bench.home.write('skins/a.yaml', 'name: a # mine\n')
  bench.sidecar.write('skins/a.yaml', 'name: a # 2\n')
  await bench.expect(0, 'deploy', '--yes', '--take', 'ours', 'skins/a.yaml')
  await bench.expect(0, 'rollback', '--yes')
  assert.equal(bench.home.read('skins/a.yaml'), 'name: a # 1\n')
})

test('rollback --dry-run shows the plan and changes nothing', async () => {
  using bench = await threeGenerations()
  const before = bench.snapshot()
  const { stdout } = await bench.expect(2, 'rollback', '1', '--dry-run')
  assert.match(stdout, /3 {2}→ {2}1/)
  assert.deepEqual(bench.snapshot(), before)
})

test('rollback asks on a terminal, and no changes nothing', async () => {
  using bench = await threeGenerations()
  const before = bench.snapshot()
  const { exit, stderr } = await bench.timmyWith({ answer: false }, 'rollback')
  assert.equal(exit, 0)
  assert.match(stderr, /go back, in local\? \[y\/N\]/)
  assert.deepEqual(bench.snapshot(), before)
})

test('rollback without a terminal and without --yes is refused, exit 4', async () => {
  using bench = await threeGenerations()
  const { document, exit } = await bench.json('rollback')
  assert.deepEqual([exit, document.code], [4, 'CONFIRMATION_NEEDED'])
})

test('rollback works beside a sidecar that is broken', async () => {
  using bench = await threeGenerations()
  bench.sidecar.write('config.yaml', 'agent: [\n')
  await bench.expect(0, 'rollback', '2', '--yes')
  assert.match(bench.home.read('config.yaml'), /max_turns: 2/)
})

test('a generation that does not exist, or the one before all, is refused with what there is', async () => {
  using bench = await threeGenerations()
  const unknown = (await bench.json('rollback', '17', '--yes')).document
  assert.equal(unknown.code, 'GENERATION_UNKNOWN')
  assert.match(unknown.message, /kept are 3, 2, 1/)
  assert.equal((await bench.json('rollback', '0', '--yes')).document.hint, 'timmy undeploy')
  assert.equal((await bench.json('rollback', 'skins/a.yaml', '--yes')).document.code, 'USAGE')
})

test('with one generation alone a bare rollback names the way out: undeploy', async () => {
  using bench = deployBench({ sidecar: { 'skins/a.yaml': 'name: a\n' } })
  await bench.expect(0, 'deploy', '--yes')
  assert.equal((await bench.json('rollback', '--yes')).document.hint, 'timmy undeploy')
})
