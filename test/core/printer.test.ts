// The printer: one document with --json, text without, colour and bars on terminals only.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { exitCodes, printable, printerOf, table, tree, type OutputFlags } from '../../src/core/index.ts'
import { testWorld } from '../world.ts'

const plain: OutputFlags = { json: false, quiet: false, verbose: false }
const report = { schema: 'timmy.test/1', document: { a: 1 }, text: 'result', exit: exitCodes.differences }

function speak(flags: Partial<OutputFlags>, isTerminal = false) {
  const world = testWorld({ isTerminal })
  const printer = printerOf(world, { ...plain, ...flags })
  printer.line('line')
  printer.event({ event: 1 })
  printer.note('note')
  printer.detail('detail')
  printer.report(report)
  return { stdout: world.stdoutText(), stderr: world.stderrText(), exit: world.exitCode() }
}

test('without flags: text on stdout, notes on stderr, the exit code set', () => {
  assert.deepEqual(speak({}), { stdout: 'line\nresult\n', stderr: 'note\n', exit: 2 })
})

test('with --json stdout holds events and the document alone, one JSON value a line', () => {
  assert.deepEqual(speak({ json: true }), {
    stdout: '{"event":1}\n{"schema":"timmy.test/1","a":1}\n',
    stderr: 'note\n',
    exit: 2,
  })
})

test('-q leaves nothing but the exit code, and the document with --json', () => {
  assert.deepEqual(speak({ quiet: true }), { stdout: '', stderr: '', exit: 2 })
  assert.equal(speak({ quiet: true, json: true }).stdout.split('\n').at(-2), '{"schema":"timmy.test/1","a":1}')
})

test('-v adds details on stderr', () => assert.equal(speak({ verbose: true }).stderr, 'note\ndetail\n'))

test('colour only on a terminal, without NO_COLOR, on no dumb one and never with --json', () => {
  const red = (isTerminal: boolean, env: Record<string, string>, flags = plain): string =>
    printerOf(testWorld({ isTerminal, env }), flags).style.red('x')
  assert.equal(red(true, {}), '\u001B[31mx\u001B[39m')
  assert.equal(red(true, { NO_COLOR: '' }), '\u001B[31mx\u001B[39m', 'an empty NO_COLOR does not count')
  for (const env of [{ NO_COLOR: '1' }, { TERM: 'dumb' }]) assert.equal(red(true, env), 'x')
  assert.equal(red(false, {}), 'x')
  assert.equal(red(true, {}, { ...plain, json: true }), 'x')
})

test('a bar appears on a terminal after a second and is taken away at the end', () => {
  const world = testWorld({ isTerminal: true, now: '2026-01-01T00:00:00Z' })
  const progress = printerOf(world, plain).progress('staging', 4)
  progress.step()
  assert.equal(world.stderrText(), '')
  world.setNow(new Date('2026-01-01T00:00:01.500Z'))
  progress.step()
  assert.match(world.stderrText(), /\rstaging \[={12} {12}\] 2\/4$|staging \[={12} {12}\] 2\/4$/)
  progress.end()
  assert.ok(world.stderrText().endsWith('\r\u001B[K'))
  assert.equal(world.stdoutText(), '')
})

test('no bar in a pipe, nor with -q', () => {
  for (const [isTerminal, quiet] of [
    [false, false],
    [true, true],
  ] as const) {
    const world = testWorld({ isTerminal, now: '2026-01-01T00:00:00Z' })
    const progress = printerOf(world, { ...plain, quiet }).progress('staging', 4)
    world.setNow(new Date('2026-01-01T00:01:00Z'))
    progress.step()
    progress.end()
    assert.equal(world.stderrText(), '')
  }
})

test('a table keeps its columns apart by width on the screen, colour codes not counted', () => {
  const rows = [
    ['a', '\u001B[31mred\u001B[39m', 'end'],
    ['東京', 'x', ''],
    ['café', '1', 'z'],
  ]
  assert.equal(table(rows), 'a     \u001B[31mred\u001B[39m  end\n東京  x\ncafé  1    z\n')
  assert.equal(
    table(
      [
        ['a', '1'],
        ['b', '20'],
      ],
      { indent: '> ', right: [1] },
    ),
    '> a   1\n> b  20\n',
  )
  assert.equal(table([]), '')
})

test('a tree draws its branches', () => {
  const nodes = [{ label: 'a', children: [{ label: 'b' }, { label: 'c', children: [{ label: 'd' }] }] }, { label: 'e' }]
  assert.equal(tree(nodes), '├─ a\n│  ├─ b\n│  └─ c\n│     └─ d\n└─ e\n')
})

test('foreign text cannot move the cursor, turn the writing or break the line', () => {
  assert.equal(printable('a\u001B[2J\nb\t\u202Ec\u0085'), 'a\\x1b[2J\\nb\\t\\u202ec\\x85')
  assert.equal(printable('ü 東京 ✓'), 'ü 東京 ✓')
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) =>
      assert.doesNotMatch(printable(text), /[\p{Cc}\u202A-\u202E]/u),
    ),
  )
})
