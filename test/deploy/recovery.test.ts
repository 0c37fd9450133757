// Recovery where more than one thing went wrong: a failed generation that dies while it is put back, folders that
// turn into links, fences, mounts. What a single crash leaves is told in crash.test.ts.

import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { settle } from '../../src/deploy/settle.ts'
import { snapshotOf } from './bench.ts'
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
