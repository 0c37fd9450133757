import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { lstatSync, readFileSync, utimesSync } from 'node:fs'
import { test } from 'node:test'
import { realDisk, type FileStat } from '../../src/core/index.ts'
import { scratchFolder } from '../scratch.ts'

const canNot =
  process.platform === 'linux' && spawnSync('perl', ['-e', '1']).status === 0 ? false : 'needs Linux and perl'

const seen = (path: string): FileStat => realDisk.stat(path) as FileStat

test('two files swap names, content, mode and all', { skip: canNot }, () => {
  using folder = scratchFolder()
  const [one, other] = [folder.write('one', 'ours', 0o600), folder.write('other', 'theirs', 0o640)]
  assert.equal(realDisk.exchange(one, other, seen(other)), true)
  assert.deepEqual([readFileSync(one, 'utf8'), readFileSync(other, 'utf8')], ['theirs', 'ours'])
  assert.equal(lstatSync(one).mode & 0o777, 0o640)
})

test('a file that is not the one seen any more stays, and nothing happens', { skip: canNot }, () => {
  using folder = scratchFolder()
  const [one, other] = [folder.write('one', 'ours'), folder.write('other', 'theirs')]
  const before = seen(other)
  utimesSync(other, new Date(), new Date(Date.now() + 1)) // a millisecond is enough
  assert.equal(realDisk.exchange(one, other, before), false)
  assert.equal(readFileSync(other, 'utf8'), 'theirs')
})

test('where one of the two is missing nothing happens', { skip: canNot }, () => {
  using folder = scratchFolder()
  const other = folder.write('other', 'theirs')
  assert.equal(realDisk.exchange(folder.at('one'), other, seen(other)), false)
  assert.equal(readFileSync(other, 'utf8'), 'theirs')
})
