// Splicing: exactly the edited keys differ, every other byte stays.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { TimmyError } from '../../src/core/errors.ts'
import { isMapping, jsonEquals, type Json, type JsonMapping } from '../../src/core/json.ts'
import { spliceYaml, type YamlEdit } from '../../src/core/yaml-splice.ts'
import { isYamlFault, parseYaml } from '../../src/core/yaml.ts'
import { dumpByPyYaml, noPyYaml, readByPyYaml } from './pyyaml.ts'
import { json } from './yaml-samples.ts'

const seed = Number(process.env['TIMMY_SEED'] ?? 1)

function valueOf(text: string): Json {
  const parsed = parseYaml(text, { duplicates: 'last' })
  if (isYamlFault(parsed)) assert.fail(`${parsed.line}: ${parsed.message}\n${text}`)
  return parsed.value ?? {}
}

/** `a.b=JSON` or `-a.b`; values in JSON. */
function edits(...texts: string[]): YamlEdit[] {
  return texts.map((text) => {
    if (text.startsWith('-')) return { path: text.slice(1).split('.'), value: undefined }
    const at = text.indexOf('=')
    return { path: text.slice(0, at).split('.'), value: JSON.parse(text.slice(at + 1)) as Json }
  })
}

const cases: [title: string, before: string, edits: YamlEdit[], after: string][] = [
  ['a plain value is replaced and its comment stays', 'a: 1 # one\nb: 2\n', edits('a=3'), 'a: 3 # one\nb: 2\n'],
  ['a quoted value is replaced', `a: "x" # c\n`, edits('a="y: z"'), `a: 'y: z' # c\n`],
  ['a value over several lines is replaced', 'a: one\n  two # c\nb: 1\n', edits('a="x"'), 'a: x # c\nb: 1\n'],
  ['a block text becomes one line', 'a: |\n  x\n  y\n\n# tail\nb: 1\n', edits('a="z"'), 'a: z\n\n# tail\nb: 1\n'],
  ['one line becomes a block text', 'a: z # c\nb: 1\n', edits('a="x\\ny\\n"'), 'a: | # c\n  x\n  y\nb: 1\n'],
  ['an empty value gets one', 'a: # c\nb: 1\n', edits('a=5'), 'a: 5 # c\nb: 1\n'],
  ['an empty value becomes a mapping', 'a: # c\nb: 1\n', edits('a.x=5'), 'a: # c\n  x: 5\nb: 1\n'],
  ['a null becomes a mapping', 'a: null # c\nb: 1\n', edits('a.x=5'), 'a: # c\n  x: 5\nb: 1\n'],
  ['a scalar becomes a mapping', 'a: 5\nb: 1\n', edits('a.x.y=5'), 'a:\n  x:\n    y: 5\nb: 1\n'],
  [
    'a mapping becomes a scalar, and comments around stay',
    'a: # c\n  # d\n  x: 1 # e\n  y: 2\n# f\nb: 1\n',
    edits('a=5'),
    'a: 5 # c\n  # d\n# f\nb: 1\n',
  ],
  ['an empty flow mapping gets keys', 'plugins: {}\nb: 1\n', edits('plugins.x=[]'), 'plugins:\n  x: []\nb: 1\n'],
  [
    'a key is added behind the last one of its mapping',
    'a:\n  x: 1 # c\n\n# note\nb: 1\n',
    edits('a.y=2'),
    'a:\n  x: 1 # c\n  y: 2\n\n# note\nb: 1\n',
  ],
  [
    'keys are added with the indentation of the file',
    'a:\n    x:\n        y: 1\n',
    edits('b.c.d=[1]', 'a.x.z={"k":1}'),
    'a:\n    x:\n        y: 1\n        z:\n            k: 1\nb:\n    c:\n        d:\n            - 1\n',
  ],
  [
    'a list is added the way the file writes lists',
    'a:\n- 1\n',
    edits('b=[{"x":1,"y":[2]}]'),
    'a:\n- 1\nb:\n- x: 1\n  y:\n  - 2\n',
  ],
  ['a key is taken out with its line', 'a: 1\n# about b\nb: 2 # c\nc: 3\n', edits('-b'), 'a: 1\n# about b\nc: 3\n'],
  ['the first key is taken out', 'a: 1\nb: 2\n', edits('-a'), 'b: 2\n'],
  ['the last key is taken out of a file without a last line break', 'a: 1\nb: 2', edits('-b'), 'a: 1'],
  ['a key is added to a file without a last line break', 'a: 1', edits('b=2'), 'a: 1\nb: 2'],
  ['the only key of a mapping leaves an empty one', 'a:\n  x: 1\nb: 1\n', edits('-a.x'), 'a: {}\nb: 1\n'],
  ['the only key of a file leaves its comments', '# hi\na: 1 # x\n# bye\n', edits('-a'), '# hi\n# bye\n'],
  ['taking out what is not there changes nothing', 'a: 1\n', edits('-x.y', '-b'), 'a: 1\n'],
  [
    'setting what is there changes nothing',
    'a: {x: 0x10, "y": off}\n',
    edits('a.x=16', 'a.y=false'),
    'a: {x: 0x10, "y": off}\n',
  ],
  [
    'CRLF stays CRLF',
    'a: 1\r\nb:\r\n  c: 2\r\n',
    edits('a=3', 'b.d=[4]', 'e=5'),
    'a: 3\r\nb:\r\n  c: 2\r\n  d:\r\n    - 4\r\ne: 5\r\n',
  ],
  ['CRLF lines are taken out whole', 'a: 1\r\nb: 2\r\nc: 3\r\n', edits('-b'), 'a: 1\r\nc: 3\r\n'],
  ['a BOM stays', '\uFEFFa: 1\n', edits('a=2', 'b=3'), '\uFEFFa: 2\nb: 3\n'],
  ['an empty file gets keys', '', edits('a.b=1'), 'a:\n  b: 1\n'],
  ['a file of comments gets keys behind them', '# hi\n\n# there', edits('a=1'), '# hi\n\n# there\na: 1\n'],
  ['a file with only a document mark gets keys', '---\n', edits('a=1'), '---\na: 1\n'],
  ['keys go before the mark of the end', '---\na: 1\n...\n', edits('b=2'), '---\na: 1\nb: 2\n...\n'],
  ['an empty document gets keys before the mark of its end', '---\n...\n', edits('b=2'), '---\nb: 2\n...\n'],
  ['an empty flow root becomes block', '{}\n', edits('a=1'), 'a: 1\n'],
  [
    'a flow mapping is edited inside',
    'a: {x: 1, "y" : [1, 2] , z: } # c\n',
    edits('a.x="p, q"', 'a.z=3', 'a.w=[{"k":"v"}]'),
    `a: {x: 'p, q', "y" : [1, 2] , z: 3, w: [{k: v}] } # c\n`,
  ],
  ['keys are taken out of a flow mapping', 'a: {x: 1, y: 2, z: 3}\n', edits('-a.x', '-a.z'), 'a: {y: 2}\n'],
  ['a flow key without a colon gets a value', 'a: {x, y: 1,}\n', edits('a.x=2', 'a.v=1'), 'a: {x: 2, y: 1, v: 1,}\n'],
  ['a short list in brackets stays in brackets', 'a: [1, 2] # c\n', edits('a=[1,"b"]'), 'a: [1, b] # c\n'],
  [
    'a list in brackets that gets mappings becomes block',
    'a: [1, 2] # c\n',
    edits('a=[{"x":1}]'),
    'a: # c\n  - x: 1\n',
  ],
  [
    'an item of a list keeps the comments of its neighbours',
    'a:\n  - x: 1 # one\n    y: 2\n  # between\n  - x: 3 # three\n',
    edits('a=[{"x":1,"y":5},{"x":3}]'),
    'a:\n  - x: 1 # one\n    y: 5\n  # between\n  - x: 3 # three\n',
  ],
  ['an item is added to a list', 'a:\n- x # c\n\nb: 1\n', edits('a=["x","y"]'), 'a:\n- x # c\n- y\n\nb: 1\n'],
  ['an item is taken out of a list', 'a:\n- x # c\n- y # d\n- z # e\n', edits('a=["x","z"]'), 'a:\n- x # c\n- z # e\n'],
  ['an item is put at the head of a list', 'a:\n- x # c\n', edits('a=["w","x"]'), 'a:\n- w\n- x # c\n'],
  ['the first key behind a dash is taken out', 'a:\n  - x: 1\n    y: 2\n', edits('a=[{"y":2}]'), 'a:\n  - y: 2\n'],
  ['an alias loses only its reference', 'a: &v 1\nb: *v # c\nc: *v\n', edits('b=2'), 'a: &v 1\nb: 2 # c\nc: *v\n'],
  ['what an edited anchor feeds keeps its value', 'a: &v 1\nb: *v # c\n', edits('a=2'), 'a: 2\nb: 1 # c\n'],
  [
    'what a removed anchor feeds keeps its value',
    'a: &v {x: 1}\nb: *v # c\nc:\n  <<: *v\n  y: 2\n',
    edits('-a'),
    'b: {x: 1} # c\nc:\n  <<: {x: 1}\n  y: 2\n',
  ],
  [
    'a key inside an alias writes the alias out',
    'a: &v\n  x: 1\nb: *v\n',
    edits('b.y=2'),
    'a: &v\n  x: 1\nb:\n  x: 1\n  y: 2\n',
  ],
  [
    'a value that comes from a merge gets a key of its own',
    'base: &b\n  x: 1\nchild:\n  <<: *b\n  y: 2\n',
    edits('child.x=5'),
    'base: &b\n  x: 1\nchild:\n  <<: *b\n  y: 2\n  x: 5\n',
  ],
  [
    'who merges an edited base keeps its value',
    'base: &b\n  x: 1\nchild:\n  <<: *b\n',
    edits('base.x=5'),
    'base: &b\n  x: 5\nchild:\n  <<: *b\n  x: 1\n',
  ],
  [
    'a key that a merge brings is taken out by writing the merge out',
    'b: &b {x: 1, y: 2}\nc:\n  <<: *b # c\n  z: 3\n',
    edits('-c.x'),
    'b: &b {x: 1, y: 2}\nc:\n  <<: {y: 2} # c\n  z: 3\n',
  ],
  [
    'a key taken out does not come back through a merge',
    'b: &b {x: 1}\nc:\n  <<: *b\n  x: 2\n',
    edits('-c.x'),
    'b: &b {x: 1}\nc:\n  <<: {}\n',
  ],
  [
    'who merges a base does not get what is added to it',
    'b: &b {x: 1}\nc:\n  <<: *b\n',
    edits('b.y=2'),
    'b: &b {x: 1, y: 2}\nc:\n  <<: {x: 1}\n',
  ],
  ['a tag goes with its value', 'a: !!str 5 # c\nb: !!null\n', edits('a=6', 'b=7'), 'a: 6 # c\nb: 7\n'],
  [
    'a text that YAML would take for something else is quoted',
    'a: 1\n',
    edits('a="off"', 'b="010"', 'c="12:30"', 'd="2026-01-01"', 'e="1e3"', 'f=""', 'g="y"', 'h="1_0"'),
    "a: 'off'\nb: '010'\nc: '12:30'\nd: '2026-01-01'\ne: 1e3\nf: ''\ng: y\nh: '1_0'\n",
  ],
  [
    'a placeholder stays plain in block and is quoted in flow',
    'a: 1\nf: {x: 1}\n',
    edits('a="${KEY_A}"', 'f.x="${KEY_B}"'),
    "a: ${KEY_A}\nf: {x: '${KEY_B}'}\n",
  ],
  [
    'numbers keep their kind',
    'a: 1\n',
    edits('a=1e21', 'b=1e-7', 'c=-0.5', 'd=1.5e+300'),
    'a: 1.0e+21\nb: 1.0e-7\nc: -0.5\nd: 1.5e+300\n',
  ],
  [
    'keys that look like something else are quoted',
    'a: 1\n',
    edits('on=1', 'null=2', '1=3', 'x y=4', '<<=5'),
    "a: 1\n'1': 3\n'on': 1\n'null': 2\nx y: 4\n'<<': 5\n",
  ],
  [
    'a key is found by the text that json.dumps gives it',
    'on: 1\n2: b\n~: c\n',
    edits('true=2', '2="x"', 'null="y"'),
    'on: 2\n2: x\n~: y\n',
  ],
  [
    'a block text with kept line breaks stays whole when a key follows it',
    'a: |+\n  x\n\n',
    edits('b=1'),
    'a: |+\n  x\n\nb: 1\n',
  ],
  [
    'several edits in one place do not get into each other',
    'a:\n  x: 1\n  y: 2\nb: 1\n',
    edits('-a.y', 'a.z=3', '-b', 'c=4', 'a.x={"k":1}'),
    'a:\n  x:\n    k: 1\n  z: 3\nc: 4\n',
  ],
  ['everything is taken out and something else put in', 'a: 1\nb: 2\n', edits('-a', '-b', 'c=3'), 'c: 3\n'],
  ['an explicit key keeps its form', '? a\n: 1\nb: 2\n', edits('a=3', 'b=4'), '? a\n: 3\nb: 4\n'],
]

for (const [title, before, wanted, after] of cases) {
  test(title, () => assert.equal(spliceYaml(before, wanted), after))
}

const refusals: [title: string, before: string, edits: YamlEdit[], reason: RegExp][] = [
  ['a key given twice', 'a: 1\na: 2\nb: 1\n', edits('a=3'), /the key a is given twice/],
  ['a text that does not parse', 'a: "1\n', edits('a=3'), /line \d: .*quote/],
  ['a root that is a list', '- a\n', edits('a=3'), /root is no mapping/],
  ['half a character', 'a: 1\n', edits('a="\\ud800"'), /cannot be spliced/],
]

for (const [title, before, wanted, reason] of refusals) {
  test(`${title} is refused with its reason`, () => {
    const isRefusal = (error: unknown): boolean =>
      error instanceof TimmyError && error.code === 'EDIT_REFUSED' && reason.test(error.message)
    assert.throws(() => spliceYaml(before, wanted, { file: 'config.yaml' }), isRefusal)
  })
}

test('another key can be edited in a file that gives one twice', () => {
  assert.equal(spliceYaml('a: 1\na: 2\nb: 1\n', edits('b=3')), 'a: 1\na: 2\nb: 3\n')
})

test('splicing one key into a config of 1,200 commented lines changes exactly one line', () => {
  const sections = Array.from({ length: 150 }, (_, i) => [
    `# Section ${i}: what it is for,`,
    '#   and what it is not for.',
    `section_${i}:`,
    `  enabled: ${i % 2 ? 'yes' : 'off'}   # as the owner likes it`,
    `  limit: 0${i % 8}0`,
    `  "name": 'part ${i}' # quoted`,
    '  flow: {a: 1, b: [x, y]}',
    '',
  ])
  const text = sections.flat().join('\n')
  const after = spliceYaml(text, edits('section_77.limit=5000'))
  const [old, next] = [text.split('\n'), after.split('\n')]
  assert.equal(old.length, 1200)
  assert.equal(next.length, 1200)
  const changed = next.flatMap((line, index) => (line === old[index] ? [] : [index]))
  assert.deepEqual(
    changed.map((index) => next[index]),
    ['  limit: 5000'],
  )
})

// ---- Laws ----

const name = fc.constantFrom('a', 'b', 'c', 'on', 'x y', '1', 'null', 'key-d')
const path = fc.array(name, { minLength: 1, maxLength: 3 })
const edit: fc.Arbitrary<YamlEdit> = fc.record({ path, value: fc.option(json, { nil: undefined, freq: 3 }) })
const tree = fc.dictionary(
  name,
  fc.oneof(
    json,
    fc.dictionary(name, fc.oneof(json, fc.dictionary(name, json, { noNullPrototype: true })), {
      noNullPrototype: true,
    }),
  ),
  {
    maxKeys: 5,
    noNullPrototype: true,
  },
)

function edited(before: JsonMapping, { path: [first = '', ...rest], value }: YamlEdit): JsonMapping {
  const copy: Record<string, Json> = { ...before }
  if (rest.length > 0) {
    const below = copy[first]
    const branch = isMapping(below) ? below : undefined
    if (branch || value !== undefined) copy[first] = edited(branch ?? {}, { path: rest, value })
  } else if (value === undefined) delete copy[first]
  else copy[first] = value
  return copy
}

/** Comments, blank lines and another layout for what PyYAML dumped. */
function livedIn(text: string, marks: readonly number[]): string {
  const isBlock = (line: string): boolean => /[|>][-+0-9]*$/.test(line)
  if (/^\s*\?|[|>][-+0-9]*$|["']/m.test(text)) return text
  return text
    .split('\n')
    .map((line, index) =>
      marks[index % marks.length] === 0 && line !== '' && !isBlock(line) ? `# note ${index}\n${line} # why\n` : line,
    )
    .join('\n')
}

test(
  'after random edits the text holds exactly what was asked for, by our reading and by PyYAML',
  { skip: noPyYaml },
  () => {
    const samples = fc.sample(
      fc.tuple(
        tree,
        fc.array(edit, { minLength: 1, maxLength: 4 }),
        fc.array(fc.nat(2), { minLength: 3, maxLength: 7 }),
        fc.boolean(),
      ),
      { numRuns: 80, seed },
    )
    const texts = dumpByPyYaml(
      samples.map(([value]) => value),
      false,
    ).map((text, index) => {
      const [, , marks, isCrlf] = samples[index] ?? []
      const lived = livedIn(text === '{}\n' ? '' : text, marks ?? [1])
      return isCrlf && !lived.includes('"') ? lived.replaceAll('\n', '\r\n') : lived
    })
    const results = texts.map((text, index) => {
      const [, wanted = []] = samples[index] ?? []
      return spliceYaml(text, wanted)
    })
    for (const [index, verdict] of readByPyYaml(results).entries()) {
      const [value = {}, wanted = []] = samples[index] ?? []
      const before = valueOf(texts[index] ?? '')
      assert.ok(jsonEquals(before, value), 'the sample itself')
      const expected = wanted.reduce(edited, value)
      const told = JSON.stringify({ text: texts[index], wanted, result: results[index], verdict })
      assert.ok(jsonEquals(valueOf(results[index] ?? ''), expected), told)
      assert.ok('value' in verdict && jsonEquals(verdict.value ?? {}, expected), told)
    }
  },
)

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
-
empty:
multi: plain text
  on two lines
quoted: "a \\"b\\"
  \\x41 c"
again: *extra
"on": yes
# the end
`

test('in a lived-in file every line that an edit does not concern stays', () => {
  const keys = [
    'model.default',
    'model.base_url',
    'model.new',
    'child.retries',
    'child.own',
    'empty',
    'multi',
    'quoted',
    'on',
    'list',
    'fresh.key',
    'base.own',
  ]
  const single = fc.record({
    path: fc.constantFrom(...keys).map((key) => key.split('.')),
    value: fc.option(json, { nil: undefined, freq: 4 }),
  })
  fc.assert(
    fc.property(single, fc.boolean(), (one, isCrlf) => {
      const text = isCrlf ? lived.replaceAll('\n', '\r\n') : lived
      const before = valueOf(text)
      assert.ok(isMapping(before))
      const after = spliceYaml(text, [one])
      assert.ok(jsonEquals(valueOf(after), edited(before, one)), after)
      const key = one.path[0]
      // All lines before the edited root key, and all behind the next one, are the same.
      const head = text.slice(0, Math.max(0, text.search(new RegExp(`^"?${key}"?:`, 'm'))))
      assert.ok(after.startsWith(head))
      const isBase = key === 'base'
      const tail = isBase ? '' : (/\n(?:[a-z"]+:|#)[^]*$/.exec(text.slice(head.length + 1))?.[0] ?? '')
      if (key !== 'fresh') assert.ok(after.endsWith(tail), after)
    }),
    { numRuns: 100, seed },
  )
})

test('splicing nothing changes nothing, and putting the old value back restores it', () => {
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(valueOf(lived) as object)), json, (key, value) => {
      assert.equal(spliceYaml(lived, []), lived)
      const before = valueOf(lived)
      assert.ok(isMapping(before))
      assert.equal(spliceYaml(lived, [{ path: [key], value: before[key] }]), lived)
      const there = spliceYaml(lived, [{ path: [key], value }])
      const back = spliceYaml(there, [{ path: [key], value: before[key] }])
      assert.ok(jsonEquals(valueOf(back), before), back)
    }),
    { numRuns: 80, seed },
  )
})

test('keys that are one to Python, such as 1 and true, keep their lines when another key is edited', () => {
  for (const twice of ['1: one\ntrue: yes\n', '1: one\n1.0: two\n', '"1": text\n1: number\n', 'yes: 1\non: 2\n']) {
    assert.equal(spliceYaml(`${twice}b: 3\n`, [{ path: ['b'], value: 4 }]), `${twice}b: 4\n`)
  }
})
