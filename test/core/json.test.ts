// Plain values: equal exactly when their canonical texts are.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonicalJson, digestOf, isMapping, jsonEquals, type Json } from '../../src/core/index.ts'

function shuffled(value: Json): Json {
  if (Array.isArray(value)) return value.map(shuffled)
  if (!isMapping(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, member]) => [key, shuffled(member)]),
  )
}

test('the order of keys does not matter, that of a list does', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const json = JSON.parse(JSON.stringify(value)) as Json
      assert.ok(jsonEquals(json, shuffled(json)))
      assert.deepEqual(JSON.parse(canonicalJson(json)), json)
    }),
  )
  assert.equal(jsonEquals([1, 2], [2, 1]), false)
})

test('values of different kinds are never equal', () => {
  const values: (Json | undefined)[] = [undefined, null, false, 0, '', '0', [], {}, { a: null }, ['']]
  for (const [i, a] of values.entries()) {
    for (const [j, b] of values.entries()) assert.equal(jsonEquals(a, b), i === j)
  }
})

test('a digest is SHA-256 in lower-case hex, the same of a text and of its bytes', () => {
  assert.equal(digestOf(''), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  assert.equal(digestOf('ü'), digestOf(Buffer.from('ü')))
})
