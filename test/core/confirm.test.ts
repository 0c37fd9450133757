// Nothing is changed without a yes: from a person, or from --yes.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { confirm } from '../../src/core/index.ts'
import { testWorld } from '../world.ts'

test('--yes does not ask', async () => {
  const world = testWorld({ isTerminal: true, answer: false })
  assert.equal(await confirm(world, { yes: true }, 'Go on?'), true)
  assert.equal(world.stderrText(), '')
})

test('on a terminal the person decides', async () => {
  for (const answer of [true, false]) {
    const world = testWorld({ isTerminal: true, answer })
    assert.equal(await confirm(world, { yes: false }, 'Go on?'), answer)
    assert.match(world.stderrText(), /Go on\?/)
  }
})

test('without a terminal and without --yes it is refused, exit 4', async () => {
  await assert.rejects(confirm(testWorld(), { yes: false }, 'Go on?'), { code: 'CONFIRMATION_NEEDED', exitCode: 4 })
})
