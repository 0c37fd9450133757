// Locks: two deploys at once, and the engine's own locks in other hands. Real processes hold them.

import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite, test } from 'node:test'
import { deployBench, type Bench } from './bench.ts'
import { ended } from './fixtures/ended.ts'

const noPython = spawnSync('python3', ['-c', 'import fcntl']).status === 0 ? false : 'no python3 here'
const fixture = (name: string): string => join(import.meta.dirname, 'fixtures', name)

interface Holder extends Disposable {
  /** Sends a line, or only lets go. */
  letGo(word: string): void
  kill(): Promise<void>
}

async function holder(program: string, ...args: string[]): Promise<Holder> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  await Promise.race([once(child.stdout, 'data'), once(child, 'exit').then(() => assert.fail('the holder ended'))])
  return {
    letGo: (word) => void child.stdin.end(`${word}\n`),
    async kill() {
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
    [Symbol.dispose]: () => void child.kill('SIGKILL'),
  }
}

const ownFolder = (bench: Bench): string => bench.targetFolders().find((folder) => folder.includes('/local-')) ?? ''

const sidecarOf = (turns: number): Record<string, string> => ({
  'config.yaml': `agent:\n  max_turns: ${turns}\n`,
  'skins/timmy.yaml': `name: timmy\nturns: ${turns}\n`,
})

function writeSidecar(bench: Bench, turns: number): void {
  for (const [path, content] of Object.entries(sidecarOf(turns))) bench.sidecar.write(path, content)
}

suite('two deploys at once', () => {
  test('of one home: each ends with 0 or, told to wait, with 5; the home is whole and nothing is left open', async () => {
    using bench = deployBench({ sidecar: sidecarOf(1) })
    await bench.expect(0, 'deploy', '--yes')
    for (let turns = 2; turns <= 6; turns += 1) {
      writeSidecar(bench, turns)
      const both = await Promise.all([0, 1, 2].map(() => ended(bench.start('deploy', '--yes'))))
      for (const { exit, said } of both) assert.ok(exit === 0 || (exit === 5 && /another deploy/.test(said)), said)
      assert.ok(
        both.some(({ exit }) => exit === 0),
        both[0]?.said,
      )
      assert.match(bench.home.read('config.yaml'), new RegExp(`max_turns: ${turns}`))
      await bench.expect(0, 'plan')
    }
    const { document } = await bench.json('generations')
    assert.ok(
      document.generations.every(({ state }: { state: string }) => state === 'applied'),
      JSON.stringify(document),
    )
  })

  test('while another holds the lock for long: exit 5, who holds it is named, nothing is changed; plan still works', async () => {
    using bench = deployBench({ sidecar: sidecarOf(1) })
    await bench.expect(0, 'deploy', '--yes')
    writeSidecar(bench, 2)
    const before = bench.snapshot()
    using _ = await holder(process.execPath, fixture('hold-target.ts'), ownFolder(bench))
    const { stderr } = await bench.expect(5, 'deploy', '--yes')
    assert.match(stderr, /another deploy works on this target \(process \d+, since 2/)
    assert.deepEqual(bench.snapshot(), before)
    await bench.expect(2, 'plan')
  })

  test('a holder that was killed leaves no lock behind', async () => {
    using bench = deployBench({ sidecar: sidecarOf(1) })
    await bench.expect(0, 'deploy', '--yes')
    writeSidecar(bench, 2)
    using held = await holder(process.execPath, fixture('hold-target.ts'), ownFolder(bench))
    await held.kill()
    const begunAt = performance.now()
    await bench.expect(0, 'deploy', '--yes')
    assert.ok(performance.now() - begunAt < 2_000, 'at once')
  })
})

const engineHome = {
  'config.yaml': 'model:\n  default: qwen3\n',
  'cron/jobs.json': JSON.stringify({
    jobs: [{ id: 'aaaaaaaaaaaa', name: 'theirs', prompt: 'p', schedule: { kind: 'interval', minutes: 30 } }],
  }),
  'cron/.jobs.lock': '',
  'memories/MEMORY.md': 'learned: the cat is called Ada',
  'memories/MEMORY.md.lock': '',
}
const engineSidecar = {
  'skins/timmy.yaml': 'name: timmy\n',
  'cron/daily.yaml': 'name: daily\nschedule: "0 7 * * *"\nprompt: report the day\nmodel: qwen3\nprovider: ollama\n',
  'memories/MEMORY.md': 'Timmy asks before he spends\n',
}

suite("the engine's lock in other hands", { skip: noPython, concurrency: true }, () => {
  for (const { lock, file, theirs, ours } of [
    { lock: 'cron/.jobs.lock', file: 'cron/jobs.json', theirs: /engine's/, ours: /"daily"/ },
    {
      lock: 'memories/MEMORY.md.lock',
      file: 'memories/MEMORY.md',
      theirs: /learned under the lock/,
      ours: /asks before/,
    },
  ]) {
    const bench = () => deployBench({ home: engineHome, sidecar: engineSidecar })
    const hold = (at: Bench) => holder('python3', fixture('hold-engine-lock.py'), at.home.at(lock), at.home.at(file))

    test(`${lock}: a deploy waits, and both the engine's write under it and ours are there`, async () => {
      using at = bench()
      using held = await hold(at)
      const deploying = at.expect(0, 'deploy', '--yes')
      await sleep(700)
      assert.doesNotMatch(at.home.read(file), ours, 'it waits')
      held.letGo('write')
      await deploying
      assert.match(at.home.read(file), theirs)
      assert.match(at.home.read(file), ours)
      await at.expect(0, 'plan')
    })

    test(`${lock}: a holder that is killed lets the deploy go on`, async () => {
      using at = bench()
      using held = await hold(at)
      const deploying = at.expect(0, 'deploy', '--yes')
      await sleep(500)
      await held.kill()
      await deploying
      assert.match(at.home.read(file), ours)
    })

    test(`${lock}: held for longer than we wait: LOCKED, exit 5, all is as before, and the next deploy does it`, async () => {
      using at = bench()
      const before = at.snapshot()
      using held = await hold(at)
      const { stdout, stderr } = await at.expect(5, 'deploy', '--yes')
      assert.match(stdout + stderr, /another process holds .*lock/)
      assert.match(stdout + stderr, /put back/)
      assert.deepEqual(at.snapshot(), before)
      held.letGo('write')
      await at.expect(0, 'deploy', '--yes')
      assert.match(at.home.read(file), theirs)
      assert.match(at.home.read(file), ours)
    })

    test(`${lock}: Ctrl-C ends the wait at once, exit 130, and all is as before`, async () => {
      using at = bench()
      const before = at.snapshot()
      using _ = await hold(at)
      const child = at.start('deploy', '--yes')
      const end = ended(child)
      for (let waited = 0; waited < 200 && !at.home.has('skins/timmy.yaml'); waited += 1) await sleep(25)
      child.kill('SIGINT')
      const sentAt = performance.now()
      const { exit, said } = await end
      assert.equal(exit, 130, said)
      assert.ok(performance.now() - sentAt < 3_000, 'at once')
      assert.deepEqual(at.snapshot(), before)
      await at.expect(2, 'plan')
    })
  }
})
