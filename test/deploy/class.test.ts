// The three-way table, row by row, as docs/deploy.md shows it.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { classOf, classOfDropped, type Sides } from '../../src/deploy/class.ts'

/** Sides from three short words: what is desired, applied and live; `-` is absence. */
function sides(desired: string, applied: string, live: string): Sides {
  return {
    applied: applied === '-' ? 'none' : 'present',
    isLive: live !== '-',
    liveIsDesired: live === desired,
    liveIsApplied: live === applied,
    desiredIsApplied: desired === applied,
  }
}

const rows = [
  ['a', 'a', 'a', 'clean'],
  ['b', 'a', 'a', 'pending'],
  ['b', 'a', 'b', 'converged'],
  ['b', '-', 'b', 'converged'],
  ['a', 'a', 'b', 'drift'],
  ['c', 'a', 'b', 'conflict'],
  ['a', '-', '-', 'new'],
  ['a', '-', 'b', 'pre-existing'],
  ['a', 'a', '-', 'deleted-live'],
  ['b', 'a', '-', 'conflict'],
] as const

for (const [desired, applied, live, expected] of rows) {
  test(`desired ${desired}, applied ${applied}, live ${live} is ${expected}`, () => {
    assert.equal(classOf('keys', 'enforce', sides(desired, applied, live)), expected)
  })
}

test('what the sidecar dropped is removed only while it is what we applied', () => {
  assert.equal(classOfDropped(sides('-', 'a', 'a')), 'removed')
  assert.equal(classOfDropped(sides('-', 'a', 'b')), 'removed-edited')
  assert.equal(classOfDropped(sides('-', 'a', '-')), 'gone')
})

test('a default is written only where there is nothing, and never argued about', () => {
  assert.equal(classOf('keys', 'default', sides('a', '-', '-')), 'new')
  assert.equal(classOf('keys', 'default', sides('a', '-', 'b')), 'clean')
  assert.equal(classOf('keys', 'default', sides('b', 'a', 'a')), 'clean')
})

test('a seed is created once and then let go, even when somebody deletes it', () => {
  assert.equal(classOf('seed', 'enforce', sides('a', '-', '-')), 'new')
  assert.equal(classOf('seed', 'enforce', sides('a', '-', 'b')), 'clean')
  assert.equal(classOf('seed', 'enforce', sides('a', 'a', '-')), 'clean')
})

test('an absence that was asked for is made once; a value that comes back is drift', () => {
  const absent = { ...sides('-', '-', 'a'), applied: 'absent' as const }
  assert.equal(classOf('keys', 'remove', sides('-', 'a', 'a')), 'pending')
  assert.equal(classOf('keys', 'remove', absent), 'drift')
  assert.equal(classOf('keys', 'remove', { ...absent, isLive: false }), 'clean')
})

test('an absence that was asked for never takes what somebody else put there', () => {
  assert.equal(classOf('keys', 'remove', sides('-', '-', 'a')), 'pre-existing')
  assert.equal(classOf('keys', 'remove', sides('-', 'a', 'b')), 'conflict')
  assert.equal(classOf('keys', 'remove', sides('-', 'a', '-')), 'converged')
})
