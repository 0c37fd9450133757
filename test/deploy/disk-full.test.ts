// A file system that refuses: full, read-only, without permission, at each single write and from each write on; and a
// disk that really is full.
//
// What is refused before the journal changes nothing; what is refused later is put back; where even that is refused,
// it is said, every file is old or new, and the next command settles it.

import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { TimmyError } from '../../src/core/index.ts'
import { scratchFolder } from '../scratch.ts'
import { deployBench, snapshotOf } from './bench.ts'
import { noMounts, runInMounts } from './fixtures/mounts.ts'
import {
  applyDesired,
  copyFolder,
  hastyDisk,
  memoryFolder,
  openScene,
  placesIn,
  plantScene,
  secondDesired,
  settleOpen,
} from './fixtures/scene.ts'
import { watchedDisk, type Watch } from './recording-disk.ts'

type Code = 'ENOSPC' | 'EROFS' | 'EACCES'

const sentences: Readonly<Record<Code, RegExp>> = {
  ENOSPC: /the disk is full/,
  EROFS: /the file system is read-only/,
  EACCES: /permission is denied/,
}

/** Refuses the n-th write, or all from there on. Removing needs no space. */
function refusing(code: Code, at: number, isLasting: boolean): { watch: Watch; hasRefused: () => boolean } {
  let writes = 0
  let hasRefused = false
  return {
    hasRefused: () => hasRefused,
    watch: {
      before(operation) {
        if (operation.kind === 'commit') return // SQLite's own: see the disk that really is full
        if (code === 'ENOSPC' && operation.kind.startsWith('remove')) return
        const isHere = isLasting ? writes >= at : writes === at
        writes += 1
        if (!isHere) return
        hasRefused = true
        const path = 'path' in operation ? operation.path : operation.files[0]
        throw Object.assign(new Error(`${code}: refused`), { code, ...(path !== undefined && { path }) })
      },
    },
  }
}

const scratch = memoryFolder()
after(() => scratch[Symbol.dispose]())
const folder = scratch.at('scene')
const template = scratch.at('template')
await plantScene(folder)
copyFolder(folder, template)
const live = () => {
  const { home, workspace } = placesIn(folder)
  return { ...snapshotOf(home, 'hermes/'), ...snapshotOf(workspace, 'workspace/') }
}
const old = live()
const wanted = await (async () => {
  using open = openScene(folder)
  await applyDesired(open, secondDesired, { disk: hastyDisk })
  return live()
})()

/** Every file as it was or as it shall be. */
function nothingTorn(what: string): void {
  for (const [path, found] of Object.entries(live())) {
    if (path.endsWith('/')) continue
    assert.ok(found === old[path] || found === wanted[path], `${what}: ${path} is old or new, not\n${found}`)
  }
}

/** What became of an apply on a refusing disk: what it threw, or why it was put back. */
async function applyRefused(watch: Watch): Promise<{ cause: unknown; isPutBack: boolean }> {
  using open = openScene(folder)
  try {
    const { putBack } = await applyDesired(open, secondDesired, { disk: watchedDisk(watch, hastyDisk) })
    return { cause: putBack?.cause, isPutBack: putBack !== undefined }
  } catch (cause) {
    return { cause, isPutBack: false }
  }
}

suite('a file system that refuses a write', () => {
  for (const code of ['ENOSPC', 'EROFS', 'EACCES'] as const) {
    test(`${code} at any one write: nothing was changed, or all was put back, or all was done already`, async () => {
      let refusals = 0
      for (let at = 0; ; at += 1) {
        copyFolder(template, folder)
        const { watch, hasRefused } = refusing(code, at, false)
        const what = `${code} at write ${at}`
        const { cause, isPutBack } = await applyRefused(watch)
        if (!hasRefused()) break
        refusals += 1
        using open = openScene(folder)
        assert.equal(open.record.openGeneration(), undefined, `${what}: the journal is closed`)
        assert.deepEqual(live(), cause === undefined ? wanted : old, what)
        if (isPutBack) assert.equal(open.record.generations()[0]?.state, 'undone', what)
        else if (cause !== undefined) isRefusal(cause, code, /nothing was changed/)
        await applyDesired(open, secondDesired, { disk: hastyDisk })
        assert.deepEqual(live(), wanted, `${what}, then once more on a sound disk`)
      }
      assert.ok(refusals > 20)
    })

    test(`${code} from any write on: no file is torn, the error says what is open, and a sound disk settles it either way`, async () => {
      for (let at = 0; ; at += 1) {
        copyFolder(template, folder)
        const { watch, hasRefused } = refusing(code, at, true)
        const what = `${code} from write ${at} on`
        const { cause } = await applyRefused(watch)
        if (!hasRefused()) break
        nothingTorn(what)
        copyFolder(folder, `${folder}.aside`)
        for (const direction of ['forward', 'back'] as const) {
          copyFolder(`${folder}.aside`, folder)
          using open = openScene(folder)
          const isOpen = open.record.openGeneration() !== undefined
          if (isOpen) isRefusal(cause, code, /half applied: timmy recover/)
          await settleOpen(open, direction, { disk: hastyDisk })
          const isDone = cause === undefined
          assert.deepEqual(live(), isOpen ? (direction === 'forward' ? wanted : old) : isDone ? wanted : old, what)
        }
      }
    })
  }

  test('ENOSPC at any one write of `timmy deploy`: exit 8 and nothing changed, or exit 6 and put back, both saying that the disk is full', async () => {
    const exits = new Set<number>()
    for (let at = 0; ; at += 1) {
      using bench = deployBench({
        sidecar: {
          'config.yaml': 'agent:\n  max_turns: 60\n',
          'skins/timmy.yaml': 'name: timmy\n',
          'scripts/report.sh': '#!/bin/sh\ndate\n',
        },
        home: { 'config.yaml': '# mine\nagent:\n  counter: 1\n' },
      })
      const before = bench.snapshot()
      const { watch, hasRefused } = refusing('ENOSPC', at, false)
      const { exit, stdout, stderr } = await bench.timmyWith({ disk: watchedDisk(watch) }, 'deploy', '--yes')
      if (!hasRefused()) break
      exits.add(exit)
      const what = `at write ${at}: exit ${exit}\n${stdout}${stderr}`
      if (exit === 0) continue // a refusal that did no harm: our own caches and leftovers
      assert.ok(exit === 6 || exit === 8, what)
      assert.match(stdout + stderr, sentences.ENOSPC, what)
      assert.match(stdout + stderr, exit === 8 ? /nothing was changed/ : /was put back/, what)
      assert.deepEqual(bench.snapshot(), before, what)
      assert.equal((await bench.expect(0, 'deploy', '--yes')).exit, 0)
    }
    assert.ok(exits.has(6) && exits.has(8), `both happened: ${[...exits].join(', ')}`)
  })
})

test(
  'a disk that really is full, page by page: refused with a clear word and nothing torn, and with room again it is done',
  { skip: noMounts },
  () => {
    using place = scratchFolder()
    mkdirSync(place.at('disk'))
    const { exit, stdout, stderr } = runInMounts(
      [`mount -t tmpfs -o size=4m,mode=700 tmpfs '${place.at('disk')}'`],
      [process.execPath, join(import.meta.dirname, 'fixtures/full-disk.ts'), place.at('disk'), place.at('template')],
    )
    assert.equal(exit, 0, stderr)
    const { refused } = JSON.parse(stdout) as { refused: number }
    assert.ok(refused > 10, stdout)
  },
)

function isRefusal(cause: unknown, code: Code, outcome: RegExp): void {
  assert.ok(cause instanceof TimmyError, String(cause))
  assert.equal(cause.code, 'DISK_REFUSED')
  assert.match(cause.message, sentences[code])
  assert.match(cause.message, outcome)
}
