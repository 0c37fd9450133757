// Our own files are old or new, never half; folders and files get the modes we say.

import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, readFileSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { atomicWrite, ensureFolder, realDisk, type Disk } from '../../src/core/index.ts'
import { scratchFolder } from '../scratch.ts'

/** The real disk, telling what was asked of it; the random part of temporary names left out. */
function recordingDisk(overrides: Partial<Disk> = {}): { disk: Disk; calls: string[] } {
  const calls: string[] = []
  const short = (path: string): string => path.replace(/\.[0-9a-f]{12}\.tmp$/, '.tmp').replace(/^.*\//, '')
  const disk: Disk = {
    ...realDisk,
    create(path, content, mode) {
      calls.push(`create ${short(path)} ${mode.toString(8)}`)
      realDisk.create(path, content, mode)
    },
    rename(from, to) {
      calls.push(`rename ${short(from)} ${short(to)}`)
      realDisk.rename(from, to)
    },
    async barrier(files, folders = []) {
      calls.push(`barrier [${files.map(short).join()}] [${folders.length} folder]`)
      await realDisk.barrier(files, folders)
    },
    ...overrides,
  }
  return { disk, calls }
}

test('a write makes the content durable, then renames, then makes the name durable', async () => {
  using folder = scratchFolder()
  const { disk, calls } = recordingDisk()
  await atomicWrite(folder.at('a.json'), 'text', { disk, mode: 0o640 })
  assert.deepEqual(calls, [
    'create .a.json.tmp 640',
    'barrier [.a.json.tmp] [0 folder]',
    'rename .a.json.tmp a.json',
    'barrier [] [1 folder]',
  ])
  assert.equal(readFileSync(folder.at('a.json'), 'utf8'), 'text')
})

test('the mode is the one asked for whatever the umask, and 0600 when none is asked for', async () => {
  using folder = scratchFolder()
  const before = process.umask(0o077)
  try {
    await atomicWrite(folder.at('open'), '', { mode: 0o664 })
    process.umask(0)
    await atomicWrite(folder.at('private'), '')
  } finally {
    process.umask(before)
  }
  assert.equal(statSync(folder.at('open')).mode & 0o777, 0o664)
  assert.equal(statSync(folder.at('private')).mode & 0o777, 0o600)
})

test('a write that fails at the flush or the rename leaves the old content and no temporary file', async () => {
  using folder = scratchFolder()
  folder.write('a', 'old')
  const full = Object.assign(new Error('no space left'), { code: 'ENOSPC' })
  const fail = (): never => {
    throw full
  }
  for (const overrides of [{ barrier: async () => fail() }, { rename: fail }, { create: fail }]) {
    const { disk } = recordingDisk(overrides)
    await assert.rejects(atomicWrite(folder.at('a'), 'new', { disk }), { code: 'ENOSPC' })
    assert.deepEqual(readdirSync(folder.path), ['a'])
    assert.equal(readFileSync(folder.at('a'), 'utf8'), 'old')
  }
})

test('a write replaces a link by a file and never writes through it', async () => {
  using folder = scratchFolder()
  const outside = folder.write('outside', 'untouched')
  symlinkSync(outside, folder.at('a'))
  await atomicWrite(folder.at('a'), 'new')
  assert.equal(readFileSync(outside, 'utf8'), 'untouched')
  assert.equal(realDisk.stat(folder.at('a'))?.kind, 'file')
})

test('missing folders are made private, and one that is there keeps its mode', () => {
  using folder = scratchFolder()
  mkdirSync(folder.at('there'))
  chmodSync(folder.at('there'), 0o755)
  ensureFolder(folder.at('there/a/b'))
  ensureFolder(folder.at('there/a/b'))
  assert.equal(statSync(folder.at('there')).mode & 0o777, 0o755)
  assert.equal(statSync(folder.at('there/a')).mode & 0o777, 0o700)
  assert.equal(statSync(folder.at('there/a/b')).mode & 0o777, 0o700)
})

test('a folder cannot be made where a file is in the way', () => {
  using folder = scratchFolder()
  folder.write('file', '')
  assert.throws(() => ensureFolder(folder.at('file/a')), { code: 'ENOTDIR' })
})

test('the disk: a new file never replaces one that is there, and a failed one leaves nothing', () => {
  using folder = scratchFolder()
  folder.write('a', 'mine')
  assert.throws(() => realDisk.create(folder.at('a'), Buffer.from('theirs'), 0o600), { code: 'EEXIST' })
  assert.equal(readFileSync(folder.at('a'), 'utf8'), 'mine')
})

test('the disk: stat tells a link, a folder and a device apart and never follows', () => {
  using folder = scratchFolder()
  folder.write('file', 'x')
  symlinkSync(folder.at('nowhere'), folder.at('link'))
  const kinds = ['file', 'link', 'missing'].map((name) => realDisk.stat(folder.at(name))?.kind)
  assert.deepEqual(kinds, ['file', 'link', undefined])
  assert.equal(realDisk.stat(folder.path)?.kind, 'folder')
  assert.equal(realDisk.stat('/dev/null')?.kind, 'other')
})

test('the disk: overwriting a link is refused', () => {
  using folder = scratchFolder()
  const outside = folder.write('outside', 'untouched')
  symlinkSync(outside, folder.at('link'))
  assert.throws(() => realDisk.overwrite(folder.at('link'), Buffer.from('x')), { code: 'ELOOP' })
  assert.equal(readFileSync(outside, 'utf8'), 'untouched')
})

test('the disk: one barrier serves one file, many files, and folders alone', async () => {
  using folder = scratchFolder()
  const files = Array.from({ length: 200 }, (_, index) => folder.write(`many/${index}`, 'x'))
  await realDisk.barrier([])
  await realDisk.barrier(files.slice(0, 1))
  await realDisk.barrier(files)
  await realDisk.barrier([], [folder.path])
  await assert.rejects(realDisk.barrier([folder.at('missing')]), { code: 'ENOENT' })
  writeFileSync(folder.at('one'), '')
})
