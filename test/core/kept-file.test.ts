import assert from 'node:assert/strict'
import { readFileSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { keepFile, keptFiles, realDisk } from '../../src/core/index.ts'
import { scratchFolder } from '../scratch.ts'

test('what is kept comes back as it was, head and parts', () => {
  using folder = scratchFolder()
  const kept = keptFiles(realDisk, folder.at('kept'), 5)
  fc.assert(
    fc.property(fc.json(), fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 4 }), (head, parts) => {
      kept.keep(
        'one',
        JSON.parse(head),
        parts.map((bytes) => ({ bytes })),
      )
      const read = kept.read('one')
      assert.deepEqual(read?.head, JSON.parse(head))
      assert.deepEqual(
        parts.map((_, index) => read?.part(index)),
        parts.map((part) => Buffer.from(part)),
      )
    }),
  )
})

test('one byte turned, or a file cut off: what is damaged is as good as missing, the rest is as it was', () => {
  using folder = scratchFolder()
  const kept = keptFiles(realDisk, folder.path, 5)
  kept.keep('one', { name: 'head' }, [{ bytes: Buffer.from('first part') }, { bytes: Buffer.from('second part') }])
  const sound = readFileSync(folder.at('one'))
  const texts = (): unknown[] => {
    const read = kept.read('one')
    return [read?.head, read?.part(0)?.toString(), read?.part(1)?.toString()]
  }
  const whole = texts()
  for (let at = 0; at < sound.length; at += 1) {
    const damaged = Buffer.from(sound)
    damaged[at] = (damaged[at] ?? 0) ^ 1
    for (const bytes of [damaged, sound.subarray(0, at)]) {
      writeFileSync(folder.at('one'), bytes)
      for (const [index, found] of texts().entries()) {
        if (found !== undefined) assert.deepEqual(found, whole[index], `byte ${at}`)
      }
    }
  }
})

test('only the newest stay, and nothing is left beside them', () => {
  using folder = scratchFolder()
  const kept = keptFiles(realDisk, folder.path, 3)
  for (const [index, name] of ['a', 'b', 'c', 'd', 'e'].entries()) {
    kept.keep(name, null, [])
    utimesSync(folder.at(name), index, index)
  }
  kept.keep('f', null, [])
  assert.deepEqual(readdirSync(folder.path), ['d', 'e', 'f'])
})

test('a folder that refuses to hold anything is no fault', () => {
  using folder = scratchFolder()
  folder.write('file', '')
  keepFile(realDisk, folder.at('file/inside'), Buffer.from('x'))
  assert.equal(keptFiles(realDisk, folder.at('file'), 3).read('inside'), undefined)
})
