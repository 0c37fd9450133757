import assert from 'node:assert/strict'
import { chmodSync, linkSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import {
  footprintOf,
  isSettled,
  movedPaths,
  packFootprint,
  realDisk,
  refreshed,
  seenAt,
  unpackFootprint,
  type Sight,
} from '../../src/core/index.ts'
import { scratchFolder } from '../scratch.ts'

const longAfterNs = 1n << 62n

function sightsIn(folder: ReturnType<typeof scratchFolder>, ...names: readonly string[]): Sight[] {
  return names.map((name) => ({ path: folder.at(name), stat: realDisk.stat(folder.at(name)) }))
}

test('a footprint holds while nothing moves, kept as bytes or not', () => {
  using folder = scratchFolder()
  folder.write('a', 'one')
  folder.write('b/c', 'two')
  const footprint = footprintOf(sightsIn(folder, 'a', 'b', 'b/c', 'missing'), longAfterNs)
  assert.deepEqual(movedPaths(realDisk, footprint), [])
  const unpacked = unpackFootprint(packFootprint(footprint), footprint.paths.length)
  assert.deepEqual(unpacked, footprint)
  assert.equal(unpackFootprint(packFootprint(footprint), 5), undefined)
  assert.equal(unpackFootprint(packFootprint(footprint).subarray(0, 40), 4), undefined)
})

test('every kind of change is seen, and only what changed', () => {
  using folder = scratchFolder()
  const names = ['edited', 'same-size', 'mode', 'replaced', 'linked', 'gone', 'left']
  for (const name of names) folder.write(`in/${name}`, 'x')
  const footprint = footprintOf(sightsIn(folder, ...names.map((name) => `in/${name}`), 'in/came'), longAfterNs)
  writeFileSync(folder.at('in/edited'), 'xx')
  writeFileSync(folder.at('in/same-size'), 'y')
  chmodSync(folder.at('in/mode'), 0o700)
  folder.write('new', 'x')
  renameSync(folder.at('new'), folder.at('in/replaced'))
  rmSync(folder.at('in/linked'))
  symlinkSync('left', folder.at('in/linked'))
  rmSync(folder.at('in/gone'))
  folder.write('in/came', '')
  const moved = ['edited', 'same-size', 'mode', 'replaced', 'linked', 'gone', 'came'].map((name) =>
    folder.at('in', name),
  )
  assert.deepEqual(movedPaths(realDisk, footprint), moved)
  assert.deepEqual(movedPaths(realDisk, footprint, 1), moved.slice(0, 1))
})

test('of a place only what it is counts: names may come and go in it, a link in its stead is seen', () => {
  using folder = scratchFolder()
  mkdirSync(folder.at('place'))
  const [sight] = sightsIn(folder, 'place')
  assert.ok(sight)
  const footprint = footprintOf([{ ...sight, isPlace: true }], 0n)
  folder.write('place/name', '')
  assert.deepEqual(movedPaths(realDisk, footprint), [])
  renameSync(folder.at('place'), folder.at('elsewhere'))
  symlinkSync('elsewhere', folder.at('place'))
  assert.deepEqual(movedPaths(realDisk, footprint), [folder.at('place')])
})

test('what was young when it was seen counts as moved until it is looked at again', () => {
  using folder = scratchFolder()
  folder.write('young', 'x')
  const [sight] = sightsIn(folder, 'young')
  assert.ok(sight)
  const footprint = footprintOf([sight], (sight.stat?.mtimeNs ?? 0n) - 1n)
  assert.equal(isSettled(sight, sight.stat?.mtimeNs ?? 0n), true)
  assert.deepEqual(movedPaths(realDisk, footprint), [folder.at('young')])
  assert.deepEqual(seenAt(footprint, folder.at('young')), { kind: 'file', mode: 0o600 })
  assert.deepEqual(movedPaths(realDisk, refreshed(footprint, [sight])), [])
})

test('a second name of a file moves its time of change, and no content', () => {
  using folder = scratchFolder()
  folder.write('one', 'x')
  const footprint = footprintOf(sightsIn(folder, 'one'), longAfterNs)
  linkSync(folder.at('one'), folder.at('two'))
  assert.deepEqual(movedPaths(realDisk, footprint), [folder.at('one')])
  assert.equal(seenAt(footprint, folder.at('two')), undefined)
})
