// JSON Lines: what was appended is read back, whatever a crash left at the end.

import assert from 'node:assert/strict'
import { appendFileSync, existsSync, readFileSync, statSync, truncateSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  appendJsonl,
  readJsonl,
  writeJsonl,
  type BadLine,
  type Json,
  type ReadJsonlOptions,
} from '../../src/core/index.ts'
import { scratchFolder } from '../scratch.ts'

async function read(file: string, options?: ReadJsonlOptions): Promise<Json[]> {
  return Array.fromAsync(readJsonl(file, options))
}

test('what is appended is read back in order, from a private file', async () => {
  using folder = scratchFolder()
  const file = folder.at('a.jsonl')
  appendJsonl(file, { n: 1 }, 'line\nbreak \u2028')
  appendJsonl(file, null, [1, 'ü'])
  appendJsonl(file)
  assert.deepEqual(await read(file), [{ n: 1 }, 'line\nbreak \u2028', null, [1, 'ü']])
  assert.equal(statSync(file).mode & 0o777, 0o600)
})

test('a file cut anywhere gives the lines before the cut, and appending loses none of them', async () => {
  using folder = scratchFolder()
  const file = folder.at('a.jsonl')
  const values: Json[] = [{ a: 'ä' }, { b: [true, 2] }]
  appendJsonl(file, ...values)
  const whole = readFileSync(file)
  for (let size = whole.length; size >= 0; size -= 1) {
    truncateSync(file, size)
    const complete =
      whole
        .subarray(0, size + 1)
        .toString()
        .split('\n').length - 1 // a full line may lack its newline
    assert.deepEqual(await read(file), values.slice(0, complete), `cut at ${size}`)
    appendJsonl(file, 'next')
    const bad: BadLine[] = []
    assert.deepEqual(await read(file, { onBadLine: (line) => bad.push(line) }), [...values.slice(0, complete), 'next'])
    assert.ok(bad.length <= 1)
    truncateSync(file, 0)
    appendFileSync(file, whole.subarray(0, size))
  }
})

test('any values survive the way through a file', async () => {
  using folder = scratchFolder()
  const file = folder.at('a.jsonl')
  await fc.assert(
    fc.asyncProperty(fc.array(fc.jsonValue()), async (values) => {
      const json = JSON.parse(JSON.stringify(values)) as Json[] // as JSON knows them: no -0
      await writeJsonl(file, json)
      assert.deepEqual(await read(file), json)
    }),
    { numRuns: 30 },
  )
})

test('a broken line in the middle is an error with file and line, or told and skipped', async () => {
  using folder = scratchFolder()
  const file = folder.write('a.jsonl', '1\n\n{"a":\n2\n')
  await assert.rejects(read(file), { code: 'FILE_INVALID', where: [{ file, line: 3 }] })
  const bad: BadLine[] = []
  assert.deepEqual(await read(file, { onBadLine: (line) => bad.push(line) }), [1, 2])
  assert.deepEqual(bad, [{ line: 3, reason: 'is not JSON' }])
})

test('a line longer than allowed is never held in memory: it is an error, or told and skipped', async () => {
  using folder = scratchFolder()
  const file = folder.write('a.jsonl', `1\n"${'x'.repeat(300_000)}"\n2\n"${'y'.repeat(300_000)}`)
  const bad: BadLine[] = []
  assert.deepEqual(await read(file, { maxLineBytes: 1_000, onBadLine: (line) => bad.push(line) }), [1, 2])
  assert.deepEqual(
    bad.map(({ line }) => line),
    [2, 4],
  )
  await assert.rejects(read(file, { maxLineBytes: 1_000 }), { code: 'FILE_INVALID' })
})

test('an empty file has no values, a missing one is an error and is not made', async () => {
  using folder = scratchFolder()
  assert.deepEqual(await read(folder.write('empty', '')), [])
  await assert.rejects(read(folder.at('missing')), { code: 'ENOENT' })
  assert.equal(existsSync(folder.at('missing')), false)
})
