// Recovery where more than one thing went wrong: a failed generation that dies while it is put back, folders that
// turn into links, fences, mounts. What a single crash leaves is told in crash.test.ts.

import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import type { Disk } from '../../src/core/index.ts'
import { desiredAt } from '../../src/deploy/history.ts'
import { settle } from '../../src/deploy/settle.ts'
import { deployBench, snapshotOf } from './bench.ts'
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

const liveIn = (folder: string) => ({
  ...snapshotOf(placesIn(folder).home, 'hermes/'),
  ...snapshotOf(placesIn(folder).workspace, 'workspace/'),
})

/** Lets the first writes through; whether the process died at a later one is told at the end. */
function dyingAfter(count: number): { watch: Watch; isDead: () => boolean } {
  let writes = 0
  return {
    watch: {
      before() {
        writes += 1
        if (writes > count) throw new Error('the process is dead')
      },
    },
    isDead: () => writes > count,
  }
}

suite('a generation that failed, put back', () => {
  test('dead at any write of going back: recovery goes on back, though it is told to go forward', async () => {
    using scratch = memoryFolder()
    const folder = scratch.at('scene')
    const applied = scratch.at('applied')
    await plantScene(folder)
    const old = liveIn(folder)
    {
      using open = openScene(folder)
      assert.equal((await applyDesired(open, secondDesired, { disk: hastyDisk })).generation, 2)
    }
    copyFolder(folder, applied)
    for (let count = 0, isDead = true; isDead; count += 1) {
      copyFolder(applied, folder)
      const dying = dyingAfter(count)
      {
        using open = openScene(folder, { watch: dying.watch })
        const of = { roots: open.roots, stateFolder: open.folder, record: open.record, now: () => new Date() }
        const disk = watchedDisk(dying.watch, hastyDisk)
        await settle({ ...of, disk, generation: 2, direction: 'back' }).catch(() => undefined)
      }
      isDead = dying.isDead()
      using open = openScene(folder)
      const what = `dead after ${count} writes`
      const settled = await settleOpen(open, 'forward', { disk: hastyDisk })
      const [newest] = open.record.generations()
      if (count === 0) {
        assert.equal(newest?.state, 'applied', 'it stands: nothing was begun')
        continue
      }
      assert.equal(settled?.direction ?? 'back', 'back', what)
      assert.equal(newest?.state, 'undone', what)
      assert.deepEqual(liveIn(folder), old, what)
    }
  })
})

suite('a folder of the home that becomes a link', () => {
  /** Moves the folders of the home that the second deploy writes into to another place, and leaves links. */
  function linkAway(folder: string, elsewhere: string): void {
    mkdirSync(elsewhere)
    for (const name of ['skins', 'bin', 'cron', 'memories']) {
      renameSync(join(placesIn(folder).home, name), join(elsewhere, name))
      symlinkSync(join(elsewhere, name), join(placesIn(folder).home, name))
    }
  }
  const linked = /^(skins|bin|cron|memories)\//

  test('after the plan: nothing is written through it, its entries are told, the rest arrives', async () => {
    using scratch = memoryFolder()
    const folder = scratch.at('scene')
    await plantScene(folder)
    let there: Record<string, string> | undefined
    const watch: Watch = {
      before({ kind }) {
        if (there || kind !== 'barrier') return
        linkAway(folder, scratch.at('elsewhere'))
        there = snapshotOf(scratch.at('elsewhere'))
      },
    }
    using open = openScene(folder)
    const { moved, putBack } = await applyDesired(open, secondDesired, { disk: watchedDisk(watch, hastyDisk) })
    assert.equal(putBack, undefined)
    assert.deepEqual(snapshotOf(scratch.at('elsewhere')), there)
    assert.ok(moved.length > 4)
    assert.deepEqual(
      moved.filter(({ entry }) => !linked.test(entry)),
      [],
    )
    assert.match(liveIn(folder)['hermes/SOUL.md'] ?? '', /and I serve/)
  })

  for (const direction of ['forward', 'back'] as const) {
    test(`before a recovery that goes ${direction}: nothing is written through it, its entries are kept, the rest is settled`, async () => {
      using scratch = memoryFolder()
      const folder = scratch.at('scene')
      await plantScene(folder)
      const old = liveIn(folder)
      const dying = dyingAfter(16)
      {
        using open = openScene(folder, { watch: dying.watch })
        const disk = watchedDisk(dying.watch, hastyDisk)
        await applyDesired(open, secondDesired, { disk }).catch(() => undefined)
      }
      linkAway(folder, scratch.at('elsewhere'))
      const there = snapshotOf(scratch.at('elsewhere'))
      using open = openScene(folder)
      const settled = await settleOpen(open, direction, { disk: hastyDisk })
      assert.ok(settled)
      assert.deepEqual(snapshotOf(scratch.at('elsewhere')), there)
      assert.ok(settled.kept.length > 4)
      assert.deepEqual(
        settled.kept.filter((entry) => !linked.test(entry)),
        [],
      )
      const soul = liveIn(folder)['hermes/SOUL.md']
      if (direction === 'back') assert.equal(soul, old['hermes/SOUL.md'])
      else assert.match(soul ?? '', /and I serve/)
    })
  }
})

suite('a fence that went up after a crash', () => {
  const interruptedBench = async () => {
    const bench = deployBench({
      sidecar: { 'config.yaml': 'agent:\n  max_turns: 1\n', 'skins/a.yaml': 'name: a\n' },
    })
    let isDead = false
    const watch: Watch = {
      before(operation) {
        isDead ||= operation.kind === 'rename' && operation.to.endsWith('config.yaml')
        if (isDead) throw new Error('the process is dead')
      },
    }
    await bench.timmyWith({ disk: watchedDisk(watch) }, 'deploy', '--yes')
    assert.ok(isDead)
    assert.equal((await bench.json('generations')).document.generations[0].state, 'open')
    return bench
  }

  for (const argv of [
    ['recover', '--yes'],
    ['recover', '--abort', '--yes'],
    ['deploy', '--yes'],
    ['rollback', '--yes'],
    ['undeploy', '--yes'],
  ]) {
    test(`stops timmy ${argv.join(' ')} before it writes anything; once it is down all is settled`, async () => {
      using bench = await interruptedBench()
      bench.home.write('.hermes-update-in-progress', '')
      const before = bench.snapshot()
      const { document } = await bench.json(...argv)
      assert.equal(document.code, 'FENCED')
      assert.deepEqual(bench.snapshot(), before)
      bench.home.remove('.hermes-update-in-progress')
      await bench.expect(0, 'recover', '--yes')
      assert.notEqual((await bench.json('generations')).document.generations[0].state, 'open')
    })
  }

  test('around config.yaml stops a recovery that would write it', async () => {
    using bench = await interruptedBench()
    bench.home.write('.managed', '')
    const before = bench.snapshot()
    assert.equal((await bench.json('recover', '--yes')).document.code, 'CONFIG_OWNED_ELSEWHERE')
    assert.deepEqual(bench.snapshot(), before)
  })
})

suite('a config.yaml that is a mount of its own', () => {
  /** A disk on which no rename and no exchange gives config.yaml another file. */
  function boundDisk(folder: string): Disk {
    const config = join(placesIn(folder).home, 'config.yaml')
    return {
      ...hastyDisk,
      stat(path) {
        const stat = hastyDisk.stat(path)
        return stat && path === config ? { ...stat, device: stat.device + 1n } : stat
      },
      rename(from, to) {
        if (to === config) throw Object.assign(new Error('EBUSY: a mount'), { code: 'EBUSY' })
        hastyDisk.rename(from, to)
      },
      exchange: (one, other, seen) => other !== config && hastyDisk.exchange(one, other, seen),
    }
  }

  for (const direction of ['forward', 'back'] as const) {
    for (const share of [0, 0.5]) {
      test(`cut off at ${share} of its new content by a crash: going ${direction} makes it whole`, async () => {
        using scratch = memoryFolder()
        const folder = scratch.at('scene')
        await plantScene(folder)
        const old = liveIn(folder)
        let isDead = false
        const bound = boundDisk(folder)
        const torn: Disk = {
          ...bound,
          overwrite(path, content) {
            bound.overwrite(path, content.subarray(0, content.length * share))
            isDead = true
            throw new Error('the process is dead')
          },
        }
        const watch: Watch = {
          before() {
            if (isDead) throw new Error('the process is dead')
          },
        }
        {
          using open = openScene(folder, { watch })
          await applyDesired(open, secondDesired, { disk: watchedDisk(watch, torn) }).catch(() => undefined)
        }
        assert.ok(isDead)
        using open = openScene(folder)
        const settled = await settleOpen(open, direction, { disk: bound })
        assert.deepEqual(settled?.kept, [])
        const config = liveIn(folder)['hermes/config.yaml']
        if (direction === 'back') assert.equal(config, old['hermes/config.yaml'])
        else assert.match(config ?? '', /max_turns: 60[^]*skin: timmy/)
      })
    }
  }

  test('elsewhere a file that somebody cut off is theirs, and is kept', async () => {
    using scratch = memoryFolder()
    const folder = scratch.at('scene')
    await plantScene(folder)
    {
      using open = openScene(folder)
      const disk: Disk = {
        ...hastyDisk,
        barrier: async (files, folders) => {
          if (files.length === 0 && folders) throw new Error('the process is dead')
        },
      }
      await applyDesired(open, secondDesired, { disk }).catch(() => undefined)
    }
    writeFileSync(join(placesIn(folder).home, 'SOUL.md'), 'I am')
    using open = openScene(folder)
    assert.deepEqual((await settleOpen(open, 'forward', { disk: hastyDisk }))?.kept, ['SOUL.md'])
  })

  test('is on the medium before its generation closes, applied or put back', async () => {
    using scratch = memoryFolder()
    const folder = scratch.at('scene')
    const config = join(placesIn(folder).home, 'config.yaml')
    await plantScene(folder)
    const order: string[] = []
    const watch: Watch = {
      after(operation) {
        if (operation.kind === 'overwrite') order.push('written')
        if (operation.kind === 'barrier' && operation.files.includes(config)) order.push('flushed')
        if (operation.kind === 'commit') order.push('commit')
      },
    }
    using open = openScene(folder, { watch })
    const disk = watchedDisk(watch, boundDisk(folder))
    const { generation = 0 } = await applyDesired(open, secondDesired, { disk })
    const of = { roots: open.roots, stateFolder: open.folder, record: open.record, now: () => new Date() }
    await settle({ ...of, disk, generation, direction: 'back' })
    const writes = order.filter((one, at) => one !== 'commit' || order[at - 1] === 'flushed')
    assert.deepEqual(writes, ['written', 'flushed', 'commit', 'written', 'flushed', 'commit'], order.join(' '))
  })
})

suite('a generation that was put back but for what somebody had edited', () => {
  test('leaves nothing of it in what an older generation wanted', async () => {
    using scratch = memoryFolder()
    const folder = scratch.at('scene')
    await plantScene(folder)
    using open = openScene(folder)
    const wantedOf = (id: number) => desiredAt(open.record, id).map(({ entry, content }) => [entry, content?.digest])
    const wanted = wantedOf(1)
    const { generation = 0 } = await applyDesired(open, secondDesired, { disk: hastyDisk })
    writeFileSync(join(placesIn(folder).home, 'SOUL.md'), 'I am what my owner wrote by hand.\n')
    writeFileSync(join(placesIn(folder).home, 'scripts/report.sh'), 'mine now\n')
    const of = { roots: open.roots, stateFolder: open.folder, record: open.record, now: () => new Date() }
    const { kept } = await settle({ ...of, disk: hastyDisk, generation, direction: 'back' })
    assert.deepEqual(kept.toSorted(), ['SOUL.md', 'scripts/report.sh'])
    assert.deepEqual(wantedOf(1), wanted)
  })

  test('is put back whole when the edit came before our write: that file was never ours', async () => {
    using scratch = memoryFolder()
    const folder = scratch.at('scene')
    await plantScene(folder)
    const skin = join(placesIn(folder).home, 'skins/timmy.yaml')
    let barriers = 0
    const disk: Disk = {
      ...hastyDisk,
      barrier: async () => {
        barriers += 1
        if (barriers === 1) writeFileSync(skin, 'name: mine\n')
        if (barriers === 2) throw new Error('refused, once all is installed')
      },
    }
    using open = openScene(folder)
    const { putBack } = await applyDesired(open, secondDesired, { disk })
    assert.deepEqual(putBack?.settled.kept, [])
    assert.equal(open.record.generations()[0]?.state, 'undone')
    assert.equal(readFileSync(skin, 'utf8'), 'name: mine\n')
  })
})

suite('a plain file where a folder belongs', () => {
  test('the workspace: it is told and left alone, and no fault of ours', async () => {
    using bench = deployBench({ sidecar: { 'SOUL.md': 'I am Timmy.\n' } })
    writeFileSync(bench.workspace, 'notes of somebody\n')
    for (const argv of [['plan'], ['deploy', '--yes']]) {
      const { exit, stdout, stderr } = await bench.timmy(...argv)
      assert.notEqual(exit, 1, stderr)
      assert.match(stdout + stderr, /workspace is a file where a folder belongs/)
    }
    assert.equal(readFileSync(bench.workspace, 'utf8'), 'notes of somebody\n')
  })
})

suite('a home on another mount than our state', () => {
  for (const code of ['EACCES', 'EROFS', 'EPERM']) {
    test(`with no leave to stage beside the home (${code}): staged inside, applied, and nothing stays behind`, async () => {
      using scratch = memoryFolder()
      const folder = scratch.at('scene')
      await plantScene(folder)
      const disk: Disk = {
        ...hastyDisk,
        stat(path) {
          const stat = hastyDisk.stat(path)
          return stat && path.startsWith(placesIn(folder).state) ? { ...stat, device: stat.device + 1n } : stat
        },
        createFolder(path, mode) {
          if (path.endsWith('.timmy-stage')) throw Object.assign(new Error(`${code}: no`), { code })
          hastyDisk.createFolder(path, mode)
        },
      }
      using open = openScene(folder)
      const { putBack, moved } = await applyDesired(open, secondDesired, { disk })
      assert.equal(putBack, undefined)
      assert.deepEqual(moved, [])
      assert.match(liveIn(folder)['hermes/SOUL.md'] ?? '', /and I serve/)
      assert.deepEqual(
        Object.keys(liveIn(folder)).filter((path) => path.includes('.timmy-')),
        [],
      )
    })
  }
})

test('a recovery waits for the medium a fixed number of times, however many files it settles', async () => {
  using scratch = memoryFolder()
  const folder = scratch.at('scene')
  await plantScene(folder)
  using open = openScene(folder)
  const { generation = 0 } = await applyDesired(open, secondDesired, { disk: hastyDisk })
  let barriers = 0
  const disk = watchedDisk({ before: ({ kind }) => void (kind === 'barrier' && (barriers += 1)) }, hastyDisk)
  const of = { roots: open.roots, stateFolder: open.folder, record: open.record, now: () => new Date() }
  await settle({ ...of, disk, generation, direction: 'back' })
  assert.equal(barriers, 2)
})
