import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Json } from '../../src/core/index.ts'
import { goneOf, leavesOf, mergeLayers, mergeTrees, treeOf, valueOfTree, type Tree } from '../../src/config/layers.ts'

const layer = (value: Json, name: string): Tree => treeOf({ value, lines: {} }, { file: `${name}.yaml`, layer: name })

const key = fc.constantFrom('a', 'b', 'c', 'd')
const scalar = fc.oneof(fc.constant(null), fc.boolean(), fc.integer({ min: 0, max: 9 }), fc.constantFrom('x', 'y'))
const { settings } = fc.letrec<{ settings: Json; member: Json }>((tie) => ({
  settings: fc.dictionary(key, tie('member'), { maxKeys: 4, noNullPrototype: true }),
  member: fc.oneof({ maxDepth: 3 }, scalar, fc.array(scalar, { maxLength: 2 }), tie('settings')),
}))
const empty = layer({}, 'empty')

/** What a tree says: leaves with the layers that won, and what was taken out. */
const said = (tree: Tree): unknown => [valueOfTree(tree), sorted(leavesOf(tree)), sorted(goneOf(tree))]
const sorted = (parts: readonly { path: readonly string[] }[]): unknown[] =>
  parts.toSorted((one, other) => (one.path.join('/') < other.path.join('/') ? -1 : 1))

test('layers may be merged in any grouping', () => {
  fc.assert(
    fc.property(settings, settings, settings, (base, host, agent) => {
      const [a, b, c] = [layer(base, 'base'), layer(host, 'hosts/h'), layer(agent, 'agents/a')]
      assert.deepEqual(said(mergeTrees(mergeTrees(a, b), c)), said(mergeTrees(a, mergeTrees(b, c))))
    }),
    { numRuns: 1000 },
  )
})

test('an empty layer changes nothing, above or below', () => {
  fc.assert(
    fc.property(settings, (value) => {
      const tree = layer(value, 'base')
      assert.deepEqual(valueOfTree(mergeTrees(tree, empty)), valueOfTree(tree))
      assert.deepEqual(valueOfTree(mergeTrees(empty, tree)), valueOfTree(tree))
      if (Object.keys(value as object).length > 0) {
        assert.deepEqual(sorted(leavesOf(mergeTrees(tree, empty))), sorted(leavesOf(tree)))
      }
    }),
  )
})

test('null takes a key out, and says which line did', () => {
  fc.assert(
    fc.property(settings, key, (value, name) => {
      const merged = mergeTrees(layer(value, 'base'), layer({ [name]: null }, 'agents/a'))
      assert.ok(leavesOf(merged).every(({ path }) => path[0] !== name))
      assert.ok(goneOf(merged).some(({ path, source }) => path.join() === name && source.layer === 'agents/a'))
      assert.ok(!Object.hasOwn(valueOfTree(merged) as object, name))
    }),
  )
})

test('the winner of a leaf is the highest layer that names it', () => {
  fc.assert(
    fc.property(fc.array(settings, { minLength: 1, maxLength: 4 }), (values) => {
      const merged = mergeLayers(values.map((value, index) => layer(value, String(index))))
      for (const { path, value, source } of leavesOf(merged)) {
        const naming = values.flatMap((candidate, index) => (at(candidate, path) === undefined ? [] : [index]))
        assert.equal(Number(source.layer), naming.at(-1))
        assert.deepEqual(value, at(values[Number(source.layer)] ?? null, path))
      }
    }),
    { numRuns: 500 },
  )
})

test('a list replaces a list whole, and a mapping over a list hides it', () => {
  const merged = mergeLayers([layer({ a: [1, 2], b: [1] }, 'base'), layer({ a: [3], b: { c: 1 } }, 'hosts/h')])
  assert.deepEqual(
    leavesOf(merged).map(({ path, value, source }) => [path.join('.'), value, source.layer]),
    [
      ['a', [3], 'hosts/h'],
      ['b.c', 1, 'hosts/h'],
    ],
  )
})

test('a subtree taken out by one layer stays out when a higher one names another key of it', () => {
  const merged = mergeLayers([
    layer({ t: { a: 1, b: 2 } }, 'base'),
    layer({ t: null }, 'hosts/h'),
    layer({ t: { c: 3 } }, 'agents/a'),
  ])
  assert.deepEqual(
    leavesOf(merged).map(({ path }) => path.join('.')),
    ['t.c'],
  )
})

function at(value: Json, path: readonly string[]): Json | undefined {
  let part: Json | undefined = value
  for (const name of path) {
    if (typeof part !== 'object' || part === null || Array.isArray(part) || !Object.hasOwn(part, name)) return undefined
    part = (part as Record<string, Json>)[name]
  }
  return part
}
