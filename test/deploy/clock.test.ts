// Clocks that lie: set back, set ahead, and files with times from another century. What changed is found by what the
// kernel noted, not by what the clock says; what did not change stays unchanged; generations stand in their order.

import assert from 'node:assert/strict'
import { lstatSync, utimesSync, writeFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { deployBench, type Bench } from './bench.ts'

const dayMs = 86_400_000
const later =
  (ms: number): (() => Date) =>
  () =>
    new Date(Date.now() + ms)

const sidecar = { 'config.yaml': 'agent:\n  max_turns: 60\n', 'skins/timmy.yaml': 'name: timmy\nturn: 1\n' }

async function exitAt(bench: Bench, now: () => Date, ...argv: string[]): Promise<number> {
  const { exit, stdout, stderr } = await bench.timmyWith({ now }, ...argv)
  assert.ok([0, 2, 3].includes(exit), stdout + stderr)
  return exit
}

/** Other bytes of the same length in the same file, and its time of change as it was. */
function editUnseen(file: string, text: string): void {
  const { atimeMs, mtimeMs, size } = lstatSync(file)
  assert.equal(Buffer.byteLength(text), size)
  writeFileSync(file, text)
  utimesSync(file, atimeMs / 1000, mtimeMs / 1000)
}

suite('a clock that was set', () => {
  for (const [what, ms] of Object.entries({
    'a year back': -365 * dayMs,
    'ten years ahead': 3_650 * dayMs,
    right: 0,
  })) {
    test(`${what}: an edit of the same length, its time put back, is found at once in the home and in the sidecar, again and again`, async () => {
      using bench = deployBench({ sidecar })
      assert.equal(await exitAt(bench, later(0), 'deploy', '--yes'), 0)
      for (let round = 2; round <= 9; round += 1) {
        assert.equal(await exitAt(bench, later(ms), 'plan'), 0, 'nothing changed')
        assert.equal(await exitAt(bench, later(ms), 'deploy', '--yes'), 0)
        editUnseen(bench.home.at('skins/timmy.yaml'), `name: timmy\nturn: X\n`)
        assert.equal(await exitAt(bench, later(ms), 'drift'), 2, `drift of round ${round}`)
        editUnseen(bench.sidecar.at('skins/timmy.yaml'), `name: timmy\nturn: ${round}\n`)
        assert.equal(await exitAt(bench, later(ms), 'plan'), 3, 'both moved')
        assert.equal(await exitAt(bench, later(ms), 'deploy', '--yes', '--take', 'ours', '**'), 0)
        assert.equal(bench.home.read('skins/timmy.yaml'), `name: timmy\nturn: ${round}\n`)
      }
    })

    test(`${what}: a plain deploy that has nothing to do still sees an edit made right after the last one`, async () => {
      using bench = deployBench({ sidecar })
      for (let round = 0; round <= 8; round += 1) {
        assert.equal(await exitAt(bench, later(ms), 'deploy', '--yes', '--heal'), 0)
        assert.equal(await exitAt(bench, later(ms), 'deploy', '--yes', '--heal'), 0)
        const file = bench.home.at('skins/timmy.yaml')
        editUnseen(file, 'name: timmy\nturn: X\n')
        assert.equal(await exitAt(bench, later(ms), 'deploy', '--yes', '--heal'), 0)
        assert.equal(bench.home.read('skins/timmy.yaml'), sidecar['skins/timmy.yaml'], `healed in round ${round}`)
      }
    })
  }

  test('back between two deploys: generations stand in the order of their numbers, and rollback goes to the one before', async () => {
    using bench = deployBench({ sidecar })
    const clocks = [0, -365, 30, -700]
    for (const [index, days] of clocks.entries()) {
      bench.sidecar.write('skins/timmy.yaml', `name: timmy\nturn: ${index + 1}\n`)
      assert.equal(await exitAt(bench, later(days * dayMs), 'deploy', '--yes'), 0)
    }
    const { document } = await bench.json('generations')
    assert.deepEqual(
      document.generations.map(({ id }: { id: number }) => id),
      [4, 3, 2, 1],
    )
    assert.equal(await exitAt(bench, later(0), 'rollback', '--yes'), 0)
    assert.equal(bench.home.read('skins/timmy.yaml'), 'name: timmy\nturn: 3\n')
    assert.equal(await exitAt(bench, later(-365 * dayMs), 'rollback', '1', '--yes'), 0)
    assert.equal(bench.home.read('skins/timmy.yaml'), 'name: timmy\nturn: 1\n')
  })
})

suite('times of files', () => {
  for (const [what, seconds] of Object.entries({
    'in 1970': 0,
    'before 1970': -86_400,
    'in 2100': 4_102_444_800,
    'a minute ahead': Date.now() / 1000 + 60,
  })) {
    test(`${what}, on every file of the sidecar and the home: no false change, and a real one is found`, async () => {
      using bench = deployBench({ sidecar, home: { 'config.yaml': '# mine\nagent:\n  counter: 7\n' } })
      const touch = (): void => {
        for (const file of [
          bench.sidecar.at('config.yaml'),
          bench.sidecar.at('skins/timmy.yaml'),
          bench.sidecar.at('timmy.yaml'),
        ])
          utimesSync(file, seconds, seconds)
        for (const path of ['config.yaml', 'skins/timmy.yaml', 'skins']) {
          if (bench.home.has(path)) utimesSync(bench.home.at(path), seconds, seconds)
        }
      }
      touch()
      await bench.expect(0, 'deploy', '--yes')
      touch()
      await bench.expect(0, 'plan')
      await bench.expect(0, 'drift')
      await bench.expect(0, 'deploy', '--yes')
      const { document } = await bench.json('generations')
      assert.equal(document.generations.length, 1, 'touching is no reason for a generation')
      bench.home.edit('config.yaml', 'max_turns: 60', 'max_turns: 61')
      bench.home.edit('skins/timmy.yaml', 'turn: 1', 'turn: 2')
      touch()
      const drift = await bench.json('drift')
      assert.equal(drift.exit, 2)
      assert.equal(drift.document.changes.length, 2)
    })
  }

  test('what we deploy has the time of now, whatever the time of its source: the engine tells files apart by it', async () => {
    using bench = deployBench({ sidecar })
    utimesSync(bench.sidecar.at('skins/timmy.yaml'), 1, 1)
    const begunAt = Date.now() - 1_000
    await bench.expect(0, 'deploy', '--yes')
    for (const path of ['skins/timmy.yaml', 'config.yaml'])
      assert.ok(lstatSync(bench.home.at(path)).mtimeMs > begunAt, path)
  })
})
