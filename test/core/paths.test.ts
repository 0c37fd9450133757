// Paths from outside stay inside: by their text, and on the disk as it is.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join, sep } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { caseClashes, pathFault, realDisk, safeJoin, TimmyError } from '../../src/core/index.ts'
import { scratchFolder } from '../scratch.ts'

const hostile = [
  '',
  '..',
  '../a',
  'a/../b',
  'a/..',
  '/etc/passwd',
  '/',
  'a//b',
  'a/',
  './a',
  'a/.',
  'a\0b',
  'x'.repeat(256),
]

for (const path of hostile) {
  test(`the path ${JSON.stringify(path.slice(0, 20))} is refused`, () => {
    assert.throws(() => safeJoin('/base', path), { code: 'PATH_REFUSED' })
  })
}

for (const path of [
  'a',
  'a/b.yaml',
  '..a',
  'a..',
  '...',
  'new\nline',
  'quote"\'`$(x)',
  '-rf',
  '~',
  'ünï/ 東京',
  'back\\slash',
]) {
  test(`the path ${JSON.stringify(path)} is an ordinary name`, () =>
    assert.equal(safeJoin('/home', path), `/home/${path}`))
}

test('whatever the path, it is refused or lies below the root', () => {
  const component = fc.oneof(fc.constantFrom('..', '.', '', '~', '\0', 'a'), fc.string({ unit: 'binary' }))
  fc.assert(
    fc.property(fc.array(component, { maxLength: 6 }), (components) => {
      let joined: string
      try {
        joined = safeJoin('/home/x', components.join('/'))
      } catch (error) {
        assert.ok(error instanceof TimmyError && error.code === 'PATH_REFUSED')
        return
      }
      assert.ok(joined.startsWith(`/home/x${sep}`))
      assert.equal(join(joined), joined)
    }),
  )
})

test('a message about a hostile path cannot move the cursor', () => {
  assert.throws(() => safeJoin('/base', '../\u001B[2J'), { message: /"\.\.\/\\x1b\[2J" leads upwards/ })
})

test('a link, a pipe, a device, a file in the way and a folder at the end are faults; what is missing is none', () => {
  using folder = scratchFolder()
  folder.write('folder/file', '')
  mkdirSync(folder.at('real'))
  symlinkSync(folder.at('real'), folder.at('folder/inside'))
  symlinkSync('/etc', folder.at('folder/out'))
  symlinkSync('/nowhere', folder.at('folder/dangling'))
  execFileSync('mkfifo', [folder.at('folder/pipe')])
  const faultOf = (path: string): string | undefined =>
    pathFault(realDisk, folder.path, path)?.replace(folder.path, '…')
  assert.equal(faultOf('folder/file'), undefined)
  assert.equal(faultOf('folder/missing/deep'), undefined)
  assert.equal(faultOf('folder/inside/x'), '…/folder/inside is a link')
  assert.equal(faultOf('folder/out/passwd'), '…/folder/out is a link')
  assert.equal(faultOf('folder/dangling'), '…/folder/dangling is a link')
  assert.equal(faultOf('folder/pipe'), '…/folder/pipe is a device, a pipe or a socket')
  assert.equal(faultOf('folder/file/x'), '…/folder/file is a file where a folder must be')
  assert.equal(faultOf('folder'), '…/folder is a folder')
  assert.match(faultOf('../x') ?? '', /leads upwards/)
  assert.equal(pathFault(realDisk, '/dev', 'null'), '/dev/null is a device, a pipe or a socket')
})

test('names that differ in case, or in how an accent is composed, clash; once for a folder', () => {
  assert.deepEqual(caseClashes(['skins/a', 'skins/b', 'Skins.yaml']), [])
  assert.deepEqual(caseClashes(['skins/A.yaml', 'skins/a.yaml']), [['skins/A.yaml', 'skins/a.yaml']])
  assert.deepEqual(caseClashes(['Skins/x', 'skins/x', 'skins/y', 'Skins/y']), [['Skins', 'skins']])
  assert.deepEqual(caseClashes(['caf\u00e9', 'cafe\u0301']), [['caf\u00e9', 'cafe\u0301']])
  assert.deepEqual(caseClashes(['a/README', 'b/readme']), [])
})
