import assert from 'node:assert/strict'
import { posix } from 'node:path'
import test from 'node:test'
import * as fc from 'fast-check'
import { TimmyError } from '../../src/core/index.ts'
import { entryMatches, entryName, parseEntryName, pathMatches } from '../../src/deploy/entry-name.ts'
import type { Part } from '../../src/hermes/index.ts'

const key = (...path: string[]): Part => ({ kind: 'key', path })
const record = (id: string, name?: string): Part => ({ kind: 'record', id, ...(name !== undefined && { name }) })

const awkward = fc.string({
  minLength: 1,
  unit: fc.constantFrom('a', 'B', '7', '.', '"', '#', '@', ' ', '\\', '*', '?', '\n', 'é', '😀'),
})
const texts = fc.oneof(awkward, fc.string({ minLength: 1 }), fc.string({ minLength: 1, unit: 'grapheme' }))
const parts = fc.option(
  fc.oneof(
    fc.array(texts, { minLength: 1, maxLength: 4 }).map((path) => key(...path)),
    texts.filter((id) => !/^[0-9a-f]{64}$/.test(id)).map((id) => record(id)),
  ),
  { nil: undefined },
)

test('an entry name reads back as what it was made of, whatever stands in it', () => {
  fc.assert(
    fc.property(fc.constantFrom('home' as const, 'workspace' as const), texts, parts, (root, path, part) => {
      const read = parseEntryName(entryName(root, path, part))
      assert.deepEqual(read, { root, path, ...(part && { part }) })
    }),
  )
})

test('two things never share a name', () => {
  fc.assert(
    fc.property(texts, parts, texts, parts, (pathA, partA, pathB, partB) => {
      const isSame = pathA === pathB && JSON.stringify(partA) === JSON.stringify(partB)
      assert.equal(entryName('home', pathA, partA) === entryName('home', pathB, partB), isSame)
    }),
  )
})

test('plain names stay plain, awkward keys and paths are quoted', () => {
  assert.equal(entryName('home', 'skins/timmy.yaml'), 'skins/timmy.yaml')
  assert.equal(entryName('workspace', 'SOUL.md'), 'timmy:SOUL.md')
  assert.equal(entryName('home', 'config.yaml', key('model', 'default')), 'config.yaml#model.default')
  assert.equal(entryName('home', 'config.yaml', key('a', 'b.c', 'd')), 'config.yaml#a."b.c".d')
  assert.equal(
    entryName('home', 'channel_aliases.json', key('x', '-100 "1"')),
    String.raw`channel_aliases.json#x."-100 \"1\""`,
  )
  assert.equal(
    entryName('home', 'cron/jobs.json', record('0123456789ab', 'daily-report')),
    'cron/jobs.json@daily-report',
  )
  assert.equal(entryName('home', 'skills/a@b/SKILL.md'), '"skills/a@b/SKILL.md"')
  assert.equal(entryName('home', 'skills/a\nb.md'), String.raw`"skills/a\nb.md"`)
  assert.equal(entryName('home', 'memories/MEMORY.md', record('ab'.repeat(32))), 'memories/MEMORY.md@abababababab')
})

test('a malformed entry is refused with the code that says so', () => {
  for (const text of [
    '',
    '#a',
    'timmy:',
    'config.yaml#',
    'config.yaml#a..b',
    'config.yaml#"a',
    '"skins',
    'cron/jobs.json@',
  ]) {
    assert.throws(
      () => parseEntryName(text),
      (cause) => cause instanceof TimmyError && cause.code === 'ENTRY_UNKNOWN',
      text,
    )
  }
})

test('patterns pick files, keys and records', () => {
  const cases: [pattern: string, entry: string, isMatch: boolean][] = [
    ['skins/*', 'skins/timmy.yaml', true],
    ['skins/*', 'skins/old/timmy.yaml', false],
    ['skills/our-*/**', 'skills/our-x/a/SKILL.md', true],
    ['skills/our-*/**', 'skills/their-x/SKILL.md', false],
    ['**/SKILL.md', 'skills/.hidden/SKILL.md', true],
    ['config.yaml#terminal.*', 'config.yaml#terminal.docker.image', true],
    ['config.yaml#terminal.*', 'config.yaml#terminals', false],
    ['config.yaml#*', 'config.yaml#a."b.c"', true],
    ['config.yaml', 'config.yaml#model.default', true],
    ['config.yaml#model.default', 'config.yaml', false],
    ['cron/jobs.json@daily-*', 'cron/jobs.json@daily-report', true],
    ['cron/jobs.json@*', 'cron/jobs.json#x', false],
    ['memories/MEMORY.md@abab', 'memories/MEMORY.md@abababababab', true],
    [`memories/MEMORY.md@${'ab'.repeat(32)}`, 'memories/MEMORY.md@abababababab', true],
    ['memories/MEMORY.md@ab', 'memories/MEMORY.md@abababababab', false],
    ['cron/jobs.json@abab', 'cron/jobs.json@ababab', false],
    ['SOUL.md', 'timmy:SOUL.md', false],
    ['timmy:*', 'timmy:SOUL.md', true],
    ['**', 'timmy:SOUL.md', true],
    ['{SOUL,skins/a}*', 'SOUL.md', true],
  ]
  for (const [pattern, entry, isMatch] of cases)
    assert.equal(entryMatches(pattern, entry), isMatch, `${pattern} ${entry}`)
})

test('globs over plain paths agree with those of Node', () => {
  const steps = fc.string({ minLength: 1, maxLength: 3, unit: fc.constantFrom('a', 'b', 'c', '-') })
  const globs = fc.array(fc.oneof(steps, fc.constantFrom('*', '**', 'a*', '?b', '[ab]', '{a,b}')), {
    minLength: 1,
    maxLength: 4,
  })
  const paths = fc.array(steps, { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(globs, paths, (glob, path) => {
      assert.equal(pathMatches(glob.join('/'), path.join('/')), posix.matchesGlob(path.join('/'), glob.join('/')))
    }),
    { numRuns: 500 },
  )
})
