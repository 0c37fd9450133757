// Memory files by entry, in the shape of the engine's memory tool.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { digestOf } from '../../../src/core/index.ts'
import { formatOf, isUnreadable, type Document, type RecordPart } from '../../../src/hermes/index.ts'

function open(content: string | undefined): Document {
  const opened = formatOf('memories/MEMORY.md')?.open(content === undefined ? undefined : Buffer.from(content))
  if (!opened || isUnreadable(opened)) assert.fail(JSON.stringify(opened))
  return opened
}

const entry = (text: string): RecordPart => ({ kind: 'record', id: digestOf(text) })
const texts = (document: Document): unknown[] => document.parts().map((part) => document.get(part))
const added = (content: string | undefined, text: string): string =>
  open(content)
    .edit([{ part: entry(text), value: text }])
    .toString()
const removed = (content: string, text: string): string =>
  open(content)
    .edit([{ part: entry(text), value: undefined }])
    .toString()

test('entries are split at lines that hold only §, stripped and taken once', () => {
  assert.deepEqual(texts(open('one\n§\n two \n\n§\none\n§\n\n§\nthr§ee\nlines\n')), ['one', 'two', 'thr§ee\nlines'])
})

const broken: [name: string, content: string, entries: string[], kept?: string[]][] = [
  ['a § with a space behind it', 'one\n§ \ntwo', ['one\n§ \ntwo']],
  ['a § at the end without a line break', 'one\n§', ['one\n§'], ['one']],
  ['a § at the end with one', 'one\n§\n', ['one']],
  ['a § at the beginning', '§\none', ['§\none']],
  ['text after a blank line', 'one\n\nforeign', ['one\n\nforeign']],
  ['CRLF', 'one\r\n§\r\ntwo\r\n', ['one', 'two']],
]
for (const [name, content, entries, kept = entries] of broken) {
  test(`a file with ${name} has the entries that the engine sees, and takes ours behind them`, () => {
    assert.deepEqual(texts(open(content)), entries)
    assert.equal(added(content, 'ours'), [...kept, 'ours'].join('\n§\n'))
  })
}

test('ours is added at the end and taken out by its text; the others stay in order', () => {
  assert.equal(added('one\n§\ntwo', 'ours'), 'one\n§\ntwo\n§\nours')
  assert.equal(removed('one\n§\nours\n§\ntwo', 'ours'), 'one\n§\ntwo')
  assert.equal(added(undefined, 'ours'), 'ours')
  assert.equal(removed('ours', 'ours'), '')
})

test('an edit without a difference gives the same bytes, also of a file that is not in shape', () => {
  for (const content of ['one\n§\ntwo\n', ' one \r\n', '\n\n', 'one\n§\none']) {
    assert.equal(added(content, 'one') === content || !texts(open(content)).includes('one'), true)
    assert.equal(removed(content, 'nothing'), content)
    assert.equal(open(content).edit([]).toString(), content)
  }
})

test('an entry of ours whose text changed keeps its place', () => {
  const document = open('a\n§\nours\n§\nb')
  assert.equal(document.edit([{ part: entry('ours'), value: 'ours, newer' }]).toString(), 'a\n§\nours, newer\n§\nb')
})

test('a file over its limit, or with one entry over it, stays readable', () => {
  const long = 'x'.repeat(5_000)
  assert.deepEqual(texts(open(`${long}\n§\nshort`)), [long, 'short'])
})

test('what is no UTF-8 is unreadable', () => {
  const opened = formatOf('memories/USER.md')?.open(Buffer.from([0xc3, 0x28]))
  assert.ok(opened && isUnreadable(opened))
})

test('the lock is the one of the memory tool', () => {
  assert.equal(formatOf('memories/USER.md')?.lockOf('memories/USER.md'), 'memories/USER.md.lock')
})

test('what we write reads back as the same entries and round-trips', () => {
  const text = fc.string({
    unit: fc.constantFrom('a', ' ', '\n', '§', '\n§\n', '\r\n', '\u0085', '\uFEFF', 'ü'),
    maxLength: 12,
  })
  fc.assert(
    fc.property(text, text, (content, ours) => {
      const [known] = texts(open(ours))
      if (typeof known !== 'string' || /^§(\n|$)|\n§$/.test(known) || known !== ours) return
      const after = added(content, known)
      assert.ok(texts(open(after)).includes(known))
      if (after !== content) assert.equal(after, texts(open(after)).join('\n§\n'))
      const bare = (all: string): string => all.replaceAll(/[§\s\u0085]/g, '')
      for (const other of texts(open(content))) assert.ok(bare(after).includes(bare(String(other))))
    }),
  )
})
