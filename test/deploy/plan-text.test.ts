// What a plan looks like to a person: lines of a terminal, counts, and the place where two values part.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deployBench } from './bench.ts'

const keys = (count: number, value: string): string =>
  Array.from({ length: count }, (_, index) => `  key_${index}: ${value}\n`).join('')

test('many changes of one file stand under its name with their number, a line of a terminal each', async () => {
  using bench = deployBench({ sidecar: { 'config.yaml': `agent:\n${keys(30, 'x'.repeat(200))}` } })
  const { stdout } = await bench.expect(2, 'plan')
  assert.match(stdout, /^ {2}config\.yaml: 30 to create$/m)
  assert.match(stdout, /^ {4}\+ agent\.key_7 {2,}x+ …$/m)
  const [, ...lines] = stdout.split('\n')
  assert.deepEqual(
    lines.filter((line) => line.length > 80),
    [],
  )
})

test('a few changes are shown in full, each with the line of the sidecar that asks for it; so are all with -v', async () => {
  using bench = deployBench({ sidecar: { 'config.yaml': 'agent:\n  max_turns: 60\n' } })
  assert.match(
    (await bench.expect(2, 'plan')).stdout,
    /^ {2}\+ config\.yaml#agent\.max_turns {2}config\.yaml:2\n {6}60$/m,
  )
  bench.sidecar.write('config.yaml', `agent:\n${keys(30, '1')}`)
  assert.match((await bench.expect(2, 'plan', '-v')).stdout, /^ {2}\+ config\.yaml#agent\.key_29 {2}config\.yaml:31$/m)
})

test('of two long values that begin alike the part that differs is shown', async () => {
  const shared = 'the same words '.repeat(12)
  using bench = deployBench({ sidecar: { 'config.yaml': `agent:\n  note: ${shared}one\n` } })
  await bench.expect(0, 'deploy', '--yes')
  bench.sidecar.write('config.yaml', `agent:\n  note: ${shared}two\n`)
  assert.match((await bench.expect(2, 'plan')).stdout, /^ {6}… .*one\n {6}→ {2}… .*two$/m)
})

test('a text that would read as another value keeps its quotes', async () => {
  using bench = deployBench({ sidecar: { 'config.yaml': 'agent:\n  a: "60"\n  b: ""\n  c: words\n' } })
  assert.match((await bench.expect(2, 'plan')).stdout, /\n {6}"60"\n.*\n {6}""\n.*\n {6}words\n/)
})

test('a home that agrees is told in the words of the question', async () => {
  using bench = deployBench({ sidecar: { 'config.yaml': 'agent:\n  max_turns: 60\n' } })
  await bench.expect(0, 'deploy', '--yes')
  assert.match((await bench.expect(0, 'plan')).stdout, /nothing to do; 1 entry agrees/)
  assert.match((await bench.expect(0, 'drift')).stdout, /no drift; 1 entry agrees/)
})

test('a dry run is a result: on stdout, and with --json one document, also when a person says no', async () => {
  using bench = deployBench({ sidecar: { 'config.yaml': 'agent:\n  max_turns: 60\n' } })
  assert.match((await bench.expect(2, 'deploy', '--dry-run')).stdout, /1 to create/)
  const { stdout, exit } = await bench.timmyWith({ answer: false }, 'deploy', '--json')
  assert.deepEqual([JSON.parse(stdout).schema, exit], ['timmy.plan/1', 0])
})

test('without a terminal the next step is the command itself with --yes', async () => {
  using bench = deployBench({ sidecar: { 'config.yaml': 'agent:\n  max_turns: 60\n' } })
  await bench.expect(0, 'deploy', '--yes')
  bench.sidecar.write('config.yaml', 'agent:\n  max_turns: 61\n')
  const { document } = await bench.json('deploy', '--take', 'ours', 'config.yaml#a b')
  assert.equal(document.hint, "timmy deploy --yes --take ours 'config.yaml#a b' --json")
})

test('a saved plan is not put among the files of the sidecar, where it would be an error', async () => {
  using bench = deployBench({ sidecar: { 'config.yaml': 'agent:\n  max_turns: 60\n' } })
  const { document, exit } = await bench.json('plan', '--out', bench.sidecar.at('plan.json'))
  assert.deepEqual([exit, document.hint], [4, `timmy plan --out ${bench.folder.at('plan.json')}`])
  await bench.expect(2, 'plan')
})

test('what is parked is counted', async () => {
  using bench = deployBench({ sidecar: { 'config.yaml': 'agent:\n  max_turns: 60\n' } })
  await bench.expect(0, 'deploy', '--yes')
  bench.home.edit('config.yaml', '60', '61')
  await bench.expect(0, 'park', 'config.yaml#agent.max_turns', '--until', '2099-01-31', '--why', 'load test')
  assert.match((await bench.expect(0, 'plan')).stdout, /nothing to do; 0 entries agree, 1 parked/)
})

test('undeploy with nothing to take out says so', async () => {
  using bench = deployBench()
  assert.equal((await bench.expect(0, 'undeploy', '--yes')).stdout, 'nothing of ours is in a home of this host\n')
})

test('a file that cannot be compared is no agreement', async () => {
  using bench = deployBench({
    sidecar: { 'config.yaml': 'agent:\n  max_turns: 60\n', 'skins/a.yaml': 'name: a\n' },
    home: { 'config.yaml': 'a: [\n', 'skins/a.yaml': 'name: a\n' },
  })
  const { stdout } = await bench.expect(4, 'plan')
  assert.match(stdout, /1 file cannot be compared, so nothing is done; 1 entry agrees$/m)
})

test('a place that the sentence of an error names is not said twice', async () => {
  using bench = deployBench({ sidecar: { 'config.yaml': 'agent: [\n' } })
  const { stderr } = await bench.expect(4, 'plan')
  assert.equal(stderr.match(/config\.yaml:/g)?.length, 1, stderr)
})

test('what is taken out is shown with its value, and without an arrow', async () => {
  using bench = deployBench({ sidecar: { 'config.yaml': 'agent:\n  max_turns: 60\n' } })
  await bench.expect(0, 'deploy', '--yes')
  assert.match((await bench.expect(2, 'undeploy', '--dry-run')).stdout, /- config\.yaml#agent\.max_turns\n {6}60\n/)
})
