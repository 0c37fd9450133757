// channel_aliases.json by key.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { jsonEquals, type Json } from '../../../src/core/index.ts'
import { formatOf, isUnreadable, type Document, type KeyPart } from '../../../src/hermes/index.ts'

function open(content: string | undefined): Document {
  const opened = formatOf('channel_aliases.json')?.open(content === undefined ? undefined : Buffer.from(content))
  if (!opened || isUnreadable(opened)) assert.fail(JSON.stringify(opened))
  return opened
}

const key = (...path: string[]): KeyPart => ({ kind: 'key', path })
const edited = (content: string | undefined, ...edits: [path: string[], value: Json | undefined][]): string =>
  open(content)
    .edit(edits.map(([path, value]) => ({ part: key(...path), value })))
    .toString()

const aliases = '{\n  "telegram": {\n    "-1001": "ops"\n  },\n  "matrix": {\n    "!a:b": "war-room"\n  }\n}\n'

test('names are seen, set, added and taken out, and the rest keeps its bytes', () => {
  assert.deepEqual(open(aliases).parts(), [key('telegram', '-1001'), key('matrix', '!a:b')])
  assert.equal(edited(aliases, [['telegram', '-1001'], 'fleet']), aliases.replace('ops', 'fleet'))
  assert.equal(edited(aliases, [['telegram', '7'], 'new']), aliases.replace('"ops"\n', '"ops",\n    "7": "new"\n'))
  assert.equal(edited(aliases, [['matrix', '!a:b'], undefined]), '{\n  "telegram": {\n    "-1001": "ops"\n  }\n}\n')
  assert.equal(edited(aliases), aliases)
  assert.equal(edited(aliases, [['nowhere', 'x'], undefined]), aliases)
})

test('a file that is missing or empty has no parts and takes some', () => {
  for (const content of [undefined, '', ' \n']) {
    assert.deepEqual(open(content).parts(), [])
    assert.equal(edited(content, [['a', 'b'], 'c']), '{\n  "a": {\n    "b": "c"\n  }\n}\n')
  }
})

test('a key below a scalar replaces the scalar', () => {
  assert.deepEqual(JSON.parse(edited('{"a": 1, "b": 2}', [['a', 'x', 'y'], 'z'])), { a: { x: { y: 'z' } }, b: 2 })
})

test('a file in pure ASCII stays so, and one with other characters keeps them', () => {
  assert.equal(edited('{"a": "x"}', [['a'], 'Zürich 🚀']), '{"a": "Z\\u00fcrich \\ud83d\\ude80"}')
  assert.equal(edited('{"ü": "x", "a": 1}', [['a'], 'Zürich']), '{"ü": "x", "a": "Zürich"}')
})

for (const [name, content] of [
  ['a comment', '{"a": 1} // x'],
  ['a comma too many', '{"a": 1,}'],
  ['a cut end', '{"a": "b'],
  ['a BOM', '\uFEFF{}'],
  ['a list', '[]'],
] as const) {
  test(`a file with ${name}, which the engine ignores without a word, is unreadable`, () => {
    const opened = formatOf('channel_aliases.json')?.open(Buffer.from(content))
    assert.ok(opened && isUnreadable(opened))
  })
}

test('an edit of a name given twice is refused: the engine reads the last one', () => {
  const document = open('{"a": 1, "a": 2}')
  assert.equal(document.get(key('a')), 2)
  assert.throws(() => document.edit([{ part: key('a'), value: 3 }]), { code: 'EDIT_REFUSED' })
})

test('after random edits the file holds exactly what was asked for', () => {
  const name = fc.string({ maxLength: 4 })
  const tree = fc.dictionary(name, fc.dictionary(name, fc.string()), { noNullPrototype: true })
  fc.assert(
    fc.property(
      tree,
      name,
      name,
      fc.option(fc.string(), { nil: undefined }),
      fc.constantFrom(0, 2, 4),
      (before, a, b, value, indent) => {
        const after = JSON.parse(edited(JSON.stringify(before, null, indent), [[a, b], value])) as Json
        const wanted: Record<string, Record<string, string>> = structuredClone(before)
        if (value === undefined && b in (wanted[a] ?? {})) {
          delete wanted[a]?.[b]
          if (Object.keys(wanted[a] ?? {}).length === 0) delete wanted[a]
        } else if (value === undefined) return
        else wanted[a] = { ...wanted[a], [b]: value }
        assert.ok(jsonEquals(after, wanted))
      },
    ),
    { numRuns: 200 },
  )
})
