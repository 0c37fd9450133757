// YAML is read as PyYAML reads it.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isYamlFault, parseYaml, yamlLimit, type YamlOptions } from '../../src/core/yaml.ts'
import { jsonEquals, type Json } from '../../src/core/json.ts'
import { json, scalar } from './yaml-samples.ts'
import { dumpByPyYaml, noPyYaml, readByPyYaml } from './pyyaml.ts'

function valueOf(text: string, options?: YamlOptions): Json {
  const parsed = parseYaml(text, options)
  if (isYamlFault(parsed)) assert.fail(`${parsed.line}:${parsed.column} ${parsed.message}`)
  return parsed.value
}

function faultOf(text: string, options?: YamlOptions): string {
  const parsed = parseYaml(text, options)
  if (!isYamlFault(parsed)) assert.fail(`read as ${JSON.stringify(parsed.value)}`)
  return `${parsed.line}:${parsed.column} ${parsed.message}`
}

const scalars: [string, Json][] = [
  ['off', false],
  ['Yes', true],
  ['on', true],
  ['y', 'y'],
  ['N', 'N'],
  ['010', 8],
  ['08', '08'],
  ['0o10', '0o10'],
  ['0x1F', 31],
  ['0b101', 5],
  ['1_000', 1000],
  ['12:30:00', 45000],
  ['12:30.5', 750.5],
  ['1e3', '1e3'],
  ['1.5e3', '1.5e3'],
  ['1.5e+3', 1500],
  ['-.5', '-.5'],
  ['.5', 0.5],
  ['1.', 1],
  ['~', null],
  ['', null],
  ['Null', null],
  ['nULL', 'nULL'],
  ['.inf', { $float: 'inf' }],
  ['-.INF', { $float: '-inf' }],
  ['.nan', { $float: 'nan' }],
  ['123456789012345678901', { $int: '123456789012345678901' }],
  ['2026-01-02', { $timestamp: '2026-01-02' }],
  ['2026-1-2', '2026-1-2'],
  ['2026-1-2 3:04:05.25 +2', { $timestamp: '2026-01-02T03:04:05.250000+02:00' }],
  ['2026-01-02T03:04:05Z', { $timestamp: '2026-01-02T03:04:05+00:00' }],
  ['!!binary aGVs bG8=', { $binary: 'aGVsbG8=' }],
  ['!!str 010', '010'],
  ['!!int "010"', 8],
  ['${NAME}', '${NAME}'],
  ['"off"', 'off'],
]

for (const [text, value] of scalars) {
  test(`${JSON.stringify(text)} is ${JSON.stringify(value)}`, () =>
    assert.deepEqual(valueOf(`a: ${text}\n`), { a: value }))
}

test('keys are texts as json.dumps writes them', () => {
  const text = '2: a\n1.0e+16: b\nyes: c\n~: d\ny: e\n2.50: f\n2026-01-01: g\n=: h\n"<<": i\n'
  const value = {
    2: 'a',
    '1e+16': 'b',
    true: 'c',
    null: 'd',
    y: 'e',
    '2.5': 'f',
    '2026-01-01': 'g',
    '=': 'h',
    '<<': 'i',
  }
  assert.deepEqual(valueOf(text), value)
})

const refused: [string, string, RegExp][] = [
  ['a key given twice', 'a: 1\nb:\n  c: 1\n  c: 2\n', /^4:3 The key "c" is given twice/],
  ['two keys that are one to Python', '1: a\ntrue: b\n', /^2:1 The key "1" is given twice/],
  ['an unclosed quote', 'a: "b\n', /^2?.*quote/],
  ['a tab as indentation', 'a:\n\tb: 1\n', /tab|Tab/],
  ['a tab on a line of its own', 'a: 1\n\t\nb: 2\n', /^2:1 A tab begins this line/],
  ['a plain =', 'a: =\n', /^1:4 A plain = has no meaning/],
  ['a plain <<', 'a: <<\n', /^1:4 A plain << has no meaning/],
  ['the tag that is only a mark', 'a: ! 1\n', /knows no tag !/],
  ['an unknown tag', 'a: !foo 1\n', /knows no tag !foo/],
  ['a date that is none', 'a: 2026-02-30\n', /no date of the calendar/],
  ['a second document', 'a: 1\n---\nb: 2\n', /^2:1 A second document/],
  ['an alias without anchor', 'a: *b\n', /no anchor before it/],
  ['an anchor given twice', 'a: &b 1\nc: &b 2\n', /&b is given twice/],
  ['what contains itself', 'a: &b [*b]\n', /contains itself/],
  ['a list as a key', '? [a]\n: b\n', /cannot be a key/],
  ['a control character', 'a: \u0001\n', /U\+0001 is not allowed/],
  ['a line break that only the engine sees', 'a: b\u2028c\n', /U\+2028 is a line break to the engine/],
  ['a lone carriage return', 'a: 1\rb: 2\n', /U\+000D is a line break/],
  ['half a character', 'a: \uD800\n', /U\+D800/],
]

for (const [name, text, sentence] of refused) {
  test(`${name} is refused with its place`, () => assert.match(faultOf(text), sentence))
}

test('a duplicate in a live file is read like the engine, the last one wins, and is told', () => {
  const parsed = parseYaml('a: 1\nb:\n  c: 1\n  c: 2\n', { duplicates: 'last' })
  assert.ok(!isYamlFault(parsed))
  assert.deepEqual(parsed.value, { a: 1, b: { c: 2 } })
  assert.deepEqual(parsed.duplicates, [{ path: ['b', 'c'], line: 4 }])
})

test('a BOM and CRLF change no value, and lines are counted the same', () => {
  const parsed = parseYaml('\uFEFF# hi\r\na:\r\n  b: |\r\n    x\r\n    y\r\n')
  assert.ok(!isYamlFault(parsed))
  assert.deepEqual(parsed.value, { a: { b: 'x\ny\n' } })
  assert.equal(parsed.lineOf(['a', 'b']), 3)
})

test('a line is found for keys, list items, aliases and merged keys, and for nothing else', () => {
  const parsed = parseYaml('base: &b\n  x: 1\nchild:\n  <<: *b\n  y:\n    - one\n    - k: 2\ncopy: *b\n')
  assert.ok(!isYamlFault(parsed))
  assert.deepEqual(
    [
      ['base', 'x'],
      ['child', 'x'],
      ['child', 'y', 1, 'k'],
      ['child', 'y', 0],
      ['copy', 'x'],
      ['copy'],
      [],
      ['nothing'],
      ['base', 'x', 'z'],
    ].map((path) => parsed.lineOf(path)),
    [2, 2, 7, 6, 2, 8, 1, undefined, undefined],
  )
})

test('aliases that multiply are refused before they fill the memory', () => {
  const bomb = ['a0: &a0 [x, x, x, x, x, x, x, x, x]']
  for (let i = 1; i < 12; i++)
    bomb.push(
      `a${i}: &a${i} [${Array(9)
        .fill(`*a${i - 1}`)
        .join(', ')}]`,
    )
  assert.match(faultOf(bomb.join('\n')), /aliases multiply/)
})

const fiveMegabytes: [string, string][] = [
  ['one long text', `a: |\n${'  word word word word\n'.repeat(250_000)}`],
  ['many keys', Array.from({ length: 250_000 }, (_, i) => `key_${i}: value ${i}`).join('\n')],
  ['open brackets', '['.repeat(5_000_000)],
]
for (const [name, text] of fiveMegabytes) {
  test(`a body of 5 MB of ${name} is refused at once, with its size`, () => {
    const startedAt = performance.now()
    assert.match(faultOf(text), new RegExp(`characters; at most ${yamlLimit} are read`))
    assert.ok(performance.now() - startedAt < 1_000)
  })
}

test('nesting without end is refused with a sentence', () => {
  for (const text of ['['.repeat(50_000), '- '.repeat(50_000), '{a: '.repeat(50_000)]) {
    assert.match(faultOf(text), /nested too deeply/)
  }
})

// ---- The referee: real PyYAML. The same samples each time; TIMMY_SEED=2 tries others. ----

const seed = Number(process.env['TIMMY_SEED'] ?? 1)

/** Where we read another value than PyYAML, or read what it refuses; where strict also where we refuse what it reads. */
function disagreements(texts: readonly string[], isStrict: (text: string) => boolean): string[] {
  const verdicts = readByPyYaml(texts)
  return texts.flatMap((text, index) => {
    const parsed = parseYaml(text, { duplicates: 'last' })
    const verdict = verdicts[index] ?? { error: 'no verdict' }
    const ours = isYamlFault(parsed) ? parsed.message : JSON.stringify(parsed.value)
    const told = [`${JSON.stringify(text)}: ours ${ours}, PyYAML ${JSON.stringify(verdict)}`]
    if (isYamlFault(parsed)) return isStrict(text) && 'value' in verdict ? told : []
    return 'value' in verdict && jsonEquals(parsed.value, verdict.value) ? [] : told
  })
}

const tagged = fc.tuple(
  fc.constantFrom('', '', '', '!!str ', '!!int ', '!!float ', '!!bool ', '!!null ', '!!timestamp ', '!!binary '),
  scalar,
)

test('PyYAML gives every scalar, plain, tagged or as a key, the value that we give it', { skip: noPyYaml }, () => {
  const texts = fc.sample(tagged, { numRuns: 4_000, seed }).flatMap(([tag, text], index) => {
    const shapes = [
      `a: ${tag}${text}\n`,
      `${tag}${text}: 1\n`,
      `- ${tag}"${text.replaceAll(/["\\]/g, '')}"\n`,
      `[${tag}${text}, 1]\n`,
    ]
    return [shapes[index % shapes.length] ?? '']
  })
  assert.deepEqual(
    disagreements(texts, (text) => !/[!#&*]|^\[/.test(text)),
    [],
  )
})

const lived = `# The owner's own words.
model:
  default: hermes-local # picked in March
  base_url: http://127.0.0.1:18080/v1
  extra: &extra {a: 1, 'b': [x, "y z"], c: {}}
base: &base
  retries: 010
  text: |
    one
      two

  folded: >-
    three
    four
child:
  <<: *base
  retries: 5
list:
- a
-  b: off
   c: 12:30:00
- - nested
  - 'it''s'
empty:
multi: plain text
  on two lines
quoted: "a \\"b\\"
  \\x41 c"
again: *extra
"on": yes
`

test('a lived-in file that someone edits badly is read as PyYAML reads it, or refused', { skip: noPyYaml }, () => {
  const piece = fc.constantFrom(
    '\n',
    ' ',
    '  ',
    ':',
    ': ',
    '- ',
    '#',
    ' #',
    '"',
    "'",
    '&x',
    '*base',
    '<<: ',
    '[',
    ']',
    '{',
    '}',
    ',',
    '\t',
    '|',
    '>',
    '?',
    '? ',
    '!',
    '!!str ',
    '---\n',
    '...\n',
    '%',
    'a',
    '0',
    '\r\n',
    '\n  ',
    '\n    ',
    '\n- ',
    'k: v\n',
  )
  const edit = fc.tuple(fc.nat(lived.length), fc.nat(6), piece)
  const texts = fc
    .sample(fc.array(edit, { minLength: 1, maxLength: 3 }), { numRuns: 800, seed })
    .map((edits) =>
      edits.reduce((text, [at, removed, added]) => text.slice(0, at) + added + text.slice(at + removed), lived),
    )
  assert.deepEqual(
    disagreements([lived, ...texts], (text) => text === lived),
    [],
  )
})

test('what PyYAML writes we read back, with its keys in order or sorted', { skip: noPyYaml }, () => {
  const values = fc.sample(json, { numRuns: 500, seed })
  for (const sort of [false, true]) {
    for (const [index, text] of dumpByPyYaml(values, sort).entries()) {
      const parsed = parseYaml(text)
      assert.ok(!isYamlFault(parsed), `${JSON.stringify(text)}: ${JSON.stringify(parsed)}`)
      const same = jsonEquals(parsed.value, values[index])
      assert.ok(same, `${JSON.stringify(text)}: ${JSON.stringify(parsed.value)} for ${JSON.stringify(values[index])}`)
    }
  }
})
