// config.yaml by key: what the engine reads, spliced.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Json } from '../../../src/core/index.ts'
import { formatOf, isUnreadable, type Document, type KeyPart } from '../../../src/hermes/index.ts'
import { dumpByPyYaml, noPyYaml } from '../../core/pyyaml.ts'
import { fixtures } from '../../engine.ts'

const livedIn = readFileSync(join(fixtures, 'home-0.19/config.yaml'))

function open(content: string | Buffer | undefined): Document {
  const opened = formatOf('config.yaml')?.open(typeof content === 'string' ? Buffer.from(content) : content)
  if (!opened || isUnreadable(opened)) assert.fail(JSON.stringify(opened))
  return opened
}

const key = (...path: string[]): KeyPart => ({ kind: 'key', path })
const names = (document: Document): string[] =>
  document.parts().map((part) => (part.kind === 'key' ? part.path.join('.') : part.id))

test('a lived-in config is seen by leaf: scalars, lists and empty mappings', () => {
  const document = open(livedIn)
  assert.equal(document.get(key('model', 'default')), 'hermes-local')
  assert.deepEqual(document.get(key('skills', 'external_dirs')), ['~/timmy-home/skills'])
  assert.deepEqual(document.get(key('model')), {
    default: 'hermes-local',
    provider: 'custom',
    base_url: 'http://127.0.0.1:18080/v1',
    context_length: 131072,
  })
  assert.ok(names(document).includes('fallback_providers'))
  assert.deepEqual(names(open('a: {}\nb: 2026-01-01\nc:\n')), ['a', 'b', 'c'])
})

test('a missing file, an empty one and one of comments have no parts and take some', () => {
  for (const [content, after] of [
    [undefined, 'a:\n  b: 1\n'],
    ['', 'a:\n  b: 1\n'],
    ['# mine\n', '# mine\na:\n  b: 1\n'],
  ] as const) {
    const document = open(content)
    assert.deepEqual(document.parts(), [])
    assert.equal(document.edit([{ part: key('a', 'b'), value: 1 }]).toString(), after)
  }
})

test('an edit without a difference gives the same bytes', () => {
  const document = open(livedIn)
  assert.deepEqual(document.edit([]), livedIn)
  const same = document.parts().map((part) => ({ part, value: document.get(part) }))
  assert.deepEqual(document.edit(same), livedIn)
})

test("what an edit added goes without a trace, and a mapping with somebody's comment stays", () => {
  const there = open(livedIn).edit([{ part: key('auxiliary', 'vision', 'model'), value: 'x' }])
  assert.notDeepEqual(there, livedIn)
  assert.deepEqual(open(there).edit([{ part: key('auxiliary', 'vision', 'model'), value: undefined }]), livedIn)
  const commented = open('a:\n  # keep\n  b: 1\nc: 2\n').edit([{ part: key('a', 'b'), value: undefined }])
  assert.equal(commented.toString(), 'a: {}\n  # keep\nc: 2\n')
})

test('a config that PyYAML dumped again, sorted or not, has equal values for every key', { skip: noPyYaml }, () => {
  const document = open(livedIn)
  const tree = treeOf(document)
  for (const sorted of [false, true]) {
    const [text = ''] = dumpByPyYaml([tree], sorted)
    assert.notEqual(text, livedIn.toString())
    const again = open(text)
    for (const part of document.parts()) assert.deepEqual(again.get(part), document.get(part))
    assert.deepEqual(names(again).toSorted(), names(document).toSorted())
  }
})

function treeOf(document: Document): Json {
  const roots = new Set(document.parts().map((part) => (part.kind === 'key' ? (part.path[0] ?? '') : '')))
  return Object.fromEntries([...roots].map((root) => [root, document.get(key(root)) ?? null]))
}

test('of a key given twice the last counts, as in the engine, and an edit of it is refused', () => {
  const document = open('a: 1\na: 2\nb: 1\n')
  assert.equal(document.get(key('a')), 2)
  assert.equal(document.edit([{ part: key('b'), value: 2 }]).toString(), 'a: 1\na: 2\nb: 2\n')
  assert.throws(() => document.edit([{ part: key('a'), value: 3 }]), { code: 'EDIT_REFUSED' })
})

const unreadable: [name: string, content: string | Buffer, why: RegExp, line: number | undefined][] = [
  ['that does not parse', 'a: "b\n', /quote/, 2],
  ['with a tab as indentation', 'a:\n\tb: 1\n', /tab/i, 2],
  ['whose root is a list', '- a\n', /root is no mapping/, 1],
  ['whose root is a text', 'hello\n', /root is no mapping/, 1],
  ['of 5 MB', `a: |\n${'  word word word word\n'.repeat(250_000)}`, /characters; at most/, 1],
  ['that is no UTF-8', Buffer.from([0x61, 0x3a, 0x20, 0xff]), /no UTF-8/, undefined],
]
for (const [name, content, why, line] of unreadable) {
  test(`a config ${name} is unreadable, with the reason`, () => {
    const opened = formatOf('config.yaml')?.open(Buffer.from(content))
    assert.ok(opened && isUnreadable(opened))
    assert.match(opened.unreadable, why)
    assert.equal(opened.line, line)
  })
}

test('no lock of the engine guards it', () => assert.equal(formatOf('config.yaml')?.lockOf('config.yaml'), undefined))
