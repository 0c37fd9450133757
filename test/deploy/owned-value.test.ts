// Laws of owning a part of a value.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { jsonEquals, type Json, type JsonMapping } from '../../src/core/index.ts'
import { digestOfOwned, merge, project, without } from '../../src/deploy/owned-value.ts'

const items = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'))
const records = fc.uniqueArray(fc.record({ id: fc.constantFrom('p', 'q', 'r', 's'), n: fc.nat(3) }), {
  selector: ({ id }) => id,
})
const byId = { by: 'id' } as const

test('after a merge what is ours is what we want, whatever the list rule', () => {
  fc.assert(
    fc.property(items, items, items, (live, desired, applied) => {
      const merged = merge(live, desired, applied, 'union')
      assert.equal(digestOfOwned(project(merged, desired, applied, 'union'), 'union'), digestOfOwned(desired, 'union'))
    }),
  )
  fc.assert(
    fc.property(records, records, records, (live, desired, applied) => {
      const merged = merge(live, desired, applied, byId)
      assert.equal(digestOfOwned(project(merged, desired, applied, byId), byId), digestOfOwned(desired, byId))
    }),
  )
})

test('a merge keeps every foreign item of a shared list, in its order', () => {
  fc.assert(
    fc.property(items, items, items, (live, desired, applied) => {
      const isForeign = (item: Json): boolean => ![...desired, ...applied].some((ours) => ours === item)
      const merged = merge(live, desired, applied, 'union') as Json[]
      assert.deepEqual(merged.filter(isForeign), live.filter(isForeign))
    }),
  )
})

test('merging twice changes nothing more', () => {
  fc.assert(
    fc.property(items, items, items, (live, desired, applied) => {
      const once = merge(live, desired, applied, 'union')
      assert.ok(jsonEquals(merge(once, desired, desired, 'union'), once))
    }),
  )
})

test('letting go of a shared list takes out ours alone', () => {
  assert.deepEqual(without(['x', 'a', 'y'], ['a', 'b'], 'union'), ['x', 'y'])
  assert.equal(without(['x'], ['x'], 'atomic'), undefined)
})

test('an item that was there before us stays when we let go of it, as it was then', () => {
  assert.deepEqual(merge(['a', 'c', 'b'], ['b'], ['a', 'b'], 'union', ['a', 'c']), ['a', 'c', 'b'])
  assert.deepEqual(without(['a', 'c', 'b'], ['a', 'b'], 'union', ['a', 'c']), ['a', 'c'])
  assert.deepEqual(merge([['x']], ['a'], [], 'union'), [['x'], 'a'])
  const was = [{ id: 'p', n: 1 }]
  assert.deepEqual(without([{ id: 'p', n: 2 }], [{ id: 'p', n: 2 }], byId, was), was)
})

test('of a record only the named fields count, and a missing field equals null', () => {
  const live: JsonMapping = { name: 'report', prompt: 'write', next_run_at: 'soon' }
  assert.deepEqual(project(live, { name: 'x', model: null }, undefined, 'fields'), { name: 'report', model: null })
  assert.deepEqual(project(live, undefined, { prompt: 'old' }, 'fields'), { prompt: 'write' })
})

test('an empty mapping is satisfied by any mapping', () => {
  assert.deepEqual(project({ a: 1 }, {}, undefined, 'atomic'), {})
  assert.equal(project('text', {}, undefined, 'atomic'), 'text')
})

test('the order of a list owned as one value counts', () => {
  assert.notEqual(digestOfOwned(['a', 'b'], 'atomic'), digestOfOwned(['b', 'a'], 'atomic'))
  assert.equal(digestOfOwned(['a', 'b'], 'union'), digestOfOwned(['b', 'a'], 'union'))
})

test('an item that stands twice in a shared list is there, and that is all', () => {
  assert.equal(digestOfOwned(['a', 'a'], 'union'), digestOfOwned(['a'], 'union'))
  assert.notEqual(digestOfOwned(['a', 'a'], 'atomic'), digestOfOwned(['a'], 'atomic'))
})
