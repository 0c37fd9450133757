import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readJson } from '../../src/config/read-json.ts'
import { readYaml } from '../../src/config/read-yaml.ts'
import { findingsOf, sidecarOf, type Files } from './sidecar-builder.ts'

const deep = 50_000
const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${Array.from('bcdefghij')
  .map((name, index) => `${name}: &${name} [${Array.from({ length: 9 }, () => `*${'abcdefghi'[index]}`).join(',')}]`)
  .join('\n')}\n`

const hostile: readonly (readonly [title: string, files: Files, rule: string])[] = [
  ['5 MB of YAML', { 'config.yaml': `a: "${'x'.repeat(5e6)}"\n` }, 'file-too-large'],
  ['5 MB of JSON', { 'channel_aliases.json': `{"a": {"1": "${'x'.repeat(5e6)}"}}` }, 'file-too-large'],
  ['YAML nested 50,000 deep', { 'config.yaml': `a: ${'['.repeat(deep)}${']'.repeat(deep)}\n` }, 'settings-unreadable'],
  ['YAML nested 500 deep', { 'config.yaml': `a: ${'['.repeat(500)}${']'.repeat(500)}\n` }, 'settings-unreadable'],
  ['JSON nested 50,000 deep', { 'channel_aliases.json': '['.repeat(deep) }, 'settings-unreadable'],
  ['aliases that multiply to a thousand million', { 'config.yaml': bomb }, 'settings-unreadable'],
  ['an anchor that holds itself', { 'config.yaml': 'a: &a [*a]\n' }, 'settings-unreadable'],
  [
    'bytes that are no UTF-8',
    { 'config.yaml': Buffer.from([0x61, 0x3a, 0x20, 0xff, 0xfe, 0x0a]) },
    'settings-unreadable',
  ],
  ['NUL in the settings', { 'fleet.yaml': 'hosts: {}\n\0' }, 'settings-unreadable'],
  ['a list for a manifest', { 'timmy.yaml': '- a\n' }, 'settings-schema'],
  ['an empty manifest', { 'timmy.yaml': '' }, 'settings-schema'],
  ['a number for a config', { 'config.yaml': '42\n' }, 'settings-schema'],
  ['two documents', { 'config.yaml': 'a: 1\n---\nb: 2\n' }, 'settings-unreadable'],
]

for (const [title, files, rule] of hostile) {
  test(`${title}: ${rule}, within the time of a blink`, { timeout: 20_000 }, async () => {
    const findings = await findingsOf(files)
    assert.ok(
      findings.some((finding) => finding.rule === rule),
      JSON.stringify(findings).slice(0, 2000),
    )
    assert.ok(JSON.stringify(findings).length < 20_000)
  })
}

test('keys named like parts of an object are keys like others', async () => {
  const aliases = '{"__proto__": {"constructor": "x"}, "toString": {"hasOwnProperty": "y"}}'
  assert.deepEqual(
    await findingsOf({
      'channel_aliases.json': aliases,
      'config.defaults.yaml': '__proto__: {a: 1}\nconstructor: {b: 1}\n',
    }),
    [],
  )
})

const regexBait = {
  'words and dots': 'a.'.repeat(400_000),
  'blank lines': '\n'.repeat(800_000),
  'addresses without an end': 'a://b:'.repeat(130_000),
  'tokens without an end': 'eyJaaaaaaaa-'.repeat(20_000),
  'keys without values': 'key='.repeat(200_000),
  quotes: `token${'"'.repeat(800_000)}`,
}

for (const [title, text] of Object.entries(regexBait)) {
  test(`a megabyte of ${title} does not hold up the search for secrets`, { timeout: 20_000 }, async () => {
    assert.deepEqual(await findingsOf({ 'docs/bait.txt': text }), [])
  })
}

test('a file that breaks a rule ten thousand times is told of fifty times', async () => {
  const line = `token: ${['0123456789abcdef'.repeat(2), '01234567'].join('')}\n`
  const findings = await findingsOf({ 'docs/leak.txt': line.repeat(10_000) })
  assert.equal(findings.length, 50)
  assert.match(findings.at(-1)?.message ?? '', /and more/)
})

test('names with quotes, blanks and letters of all scripts are fine', async () => {
  assert.deepEqual(await findingsOf({ 'scripts/it\'s a "name"': 'x', 'scripts/größe 名': 'x' }), [])
})

test('thousands of hits do not hide one another and end', { timeout: 30_000 }, async () => {
  const jobs = Object.fromEntries(
    Array.from({ length: 300 }, (_, index) => [
      `cron/job${index}.yaml`,
      `name: job${index}\nschedule: x\nportfolio: builder\n`,
    ]),
  )
  const findings = await findingsOf(jobs)
  assert.equal(findings.filter(({ rule }) => rule === 'cron-schedule').length, 300)
  assert.equal(findings.filter(({ rule }) => rule === 'cron-work').length, 300)
})

test('no text makes the readers throw, and what one reads of JSON the other reads too', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      readYaml(text)
      readJson(text)
    }),
  )
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
      assert.deepEqual(readJson(JSON.stringify(value)).reading?.value, JSON.parse(JSON.stringify(value)))
    }),
  )
})

test('findings come sorted by file and line, each once', async () => {
  using sidecar = sidecarOf({ 'config.yaml': 'provider: a\nbase_url: b\n', 'SOUL.md': '', 'skin/x': '' })
  const { findings } = await sidecar.read()
  const keys = findings.map(({ where, rule }) => [where.file, where.line ?? 0, rule] as const)
  assert.deepEqual(
    keys.map(([file, line]) => `${file}:${line}`),
    ['SOUL.md:1', 'config.yaml:1', 'config.yaml:2', 'skin/x:0'],
  )
})
