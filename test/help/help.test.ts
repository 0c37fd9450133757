// `timmy help`: the words of the vocabulary.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runTimmy } from '../../src/app.ts'
import { concepts } from '../../src/help/concepts.ts'
import { testWorld } from '../world.ts'

async function help(...argv: string[]) {
  const world = testWorld()
  await runTimmy(['help', ...argv], world)
  return { stdout: world.stdoutText(), stderr: world.stderrText(), exit: world.exitCode() }
}

test('without a word it lists all of them', async () => {
  const { stdout, exit } = await help()
  for (const [name, { is }] of Object.entries(concepts)) assert.ok(stdout.includes(`${name} `) && stdout.includes(is))
  assert.equal(exit, 0)
})

test('a word is explained, in singular or plural, whatever its case', async () => {
  const { stdout } = await help('drift')
  assert.match(stdout, /^drift: live differs from applied/)
  assert.equal((await help('Drifts')).stdout, stdout)
})

test('an unknown word is refused, exit 4', async () => {
  const { stderr, exit } = await help('nonsense')
  assert.match(stderr, /^timmy: "nonsense" is no word of the vocabulary and no command\n {2}next: timmy help\n/)
  assert.equal(exit, 4)
})

test('of a command that is no word it shows the --help', async () => {
  const { stdout, exit } = await help('deploy')
  assert.match(stdout, /^USAGE\n {2}timmy deploy/)
  assert.equal(exit, 0)
})

test('words of surfaces that are not built stand apart', async () => {
  const { stdout } = await help()
  assert.ok(stdout.indexOf('sidecar ') < stdout.indexOf('surfaces that follow'))
  assert.ok(stdout.indexOf('dataset ') > stdout.indexOf('surfaces that follow'))
})

test('the names of objects are no words', async () => assert.equal((await help('constructor')).exit, 4))

for (const [name, { see }] of Object.entries(concepts)) {
  test(`${name} points to words that exist`, () => {
    assert.ok(see.length > 0)
    for (const other of see) assert.ok(other !== name && Object.hasOwn(concepts, other), other)
  })
}
