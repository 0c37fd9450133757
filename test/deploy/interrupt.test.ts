// Ctrl-C and a supervisor's stop, at any moment of a real `timmy deploy`: the exit code says it, the home is wholly old
// or wholly new, and nothing is left open or lying about.

import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite, test } from 'node:test'
import { Interruption } from '../../src/core/index.ts'
import { deployBench, type Bench } from './bench.ts'
import { ended } from './fixtures/ended.ts'
import { watchedDisk } from './recording-disk.ts'

const files = 40

function sidecarOf(turn: number): Record<string, string> {
  const skills = Array.from(
    { length: files },
    (_, n) => [`skills/ours/part-${n}.md`, `part ${n} of ${turn}\n`] as const,
  )
  return {
    'config.yaml': `agent:\n  max_turns: ${turn}\n`,
    'channel_aliases.json': `{"telegram": {"owner": "${turn}"}}\n`,
    'memories/MEMORY.md': `Turn ${turn} is running\n`,
    'cron/daily.yaml': `name: daily\nschedule: "0 7 * * *"\nprompt: report of ${turn}\nmodel: qwen3\nprovider: ollama\n`,
    'skills/ours/SKILL.md': `---\nname: ours\ndescription: turn ${turn}\n---\n`,
    ...Object.fromEntries(skills),
  }
}

function writeSidecar(bench: Bench, turn: number): void {
  for (const [path, text] of Object.entries(sidecarOf(turn))) bench.sidecar.write(path, text)
}

const homeFiles = {
  'config.yaml': '# mine\nagent:\n  counter: 7\n',
  'cron/.jobs.lock': '',
  'memories/MEMORY.md.lock': '',
}

function nothingLiesAbout(bench: Bench): void {
  for (const folder of bench.targetFolders()) {
    const stage = join(folder, 'stage')
    if (existsSync(stage)) assert.deepEqual(readdirSync(stage), [])
  }
  const stray = Object.keys(bench.snapshot()).filter((path) => /\.timmy-|\.tmp$/.test(path))
  assert.deepEqual(stray, [])
}

/** As shares of the time that an undisturbed deploy takes here: closer together while it writes. */
const delays = [0, 0.15, 0.3, 0.4, ...Array.from({ length: 24 }, (_, n) => 0.45 + n * 0.025), 1.1, 1.25]

/** How long one deploy takes from the start of its process to its end. */
async function deployMs(bench: Bench): Promise<number> {
  const begunAt = performance.now()
  const { exit, said } = await ended(bench.start('deploy', '--yes'))
  assert.equal(exit, 0, said)
  return performance.now() - begunAt
}

suite('a deploy that is interrupted', { concurrency: true }, () => {
  for (const { signal, exit: code, ofGroup } of [
    { signal: 'SIGINT', exit: 130, ofGroup: true }, // a terminal tells the whole group
    { signal: 'SIGTERM', exit: 143, ofGroup: false },
  ] as const) {
    test(`${signal} after any time: exit ${code}, or 0 when it was done; the home is wholly old or wholly new, nothing is open`, async () => {
      using bench = deployBench({ home: homeFiles, sidecar: sidecarOf(0) })
      await deployMs(bench) // what is compiled once is compiled now
      writeSidecar(bench, 1)
      const wholeMs = await deployMs(bench)
      const exits = new Map<number | null, number>()
      let turn = 1
      for (const delay of delays) {
        turn += 1
        const delayMs = delay * wholeMs
        const old = bench.snapshot()
        writeSidecar(bench, turn)
        const child = bench.start('deploy', '--yes')
        const end = ended(child)
        await sleep(delayMs)
        if (child.exitCode === null && child.pid !== undefined) process.kill(ofGroup ? -child.pid : child.pid, signal)
        const { exit, said } = await end
        exits.set(exit, (exits.get(exit) ?? 0) + 1)
        const what = `${signal} after ${delayMs} ms, exit ${exit}\n${said}`
        // Before our handlers are up the shell or Node itself dies of the signal, as any program does.
        assert.ok(exit === 0 || exit === code || exit === null, what)
        const found = bench.snapshot()
        const isNew = found['skills/ours/part-0.md'] === `600 part 0 of ${turn}\n`
        assert.ok(isNew || exit !== 0, what)
        if (!isNew) assert.deepEqual(found, old, what)
        nothingLiesAbout(bench)
        const { document } = await bench.json('recover', '--dry-run')
        assert.deepEqual(document.interrupted, [], what)
        if (isNew) await bench.expect(0, 'plan')
        else await bench.expect(0, 'deploy', '--yes')
      }
      assert.ok((exits.get(code) ?? 0) > 1, `it was interrupted, and did not only end: ${JSON.stringify([...exits])}`)
    })
  }

  test('between any two files of the apply: what was done is put back, and what was done to the end stays; exit 130', async () => {
    const exits: number[] = []
    for (let at = 0; ; at += 1) {
      using bench = deployBench({
        home: homeFiles,
        sidecar: {
          'config.yaml': 'agent:\n  max_turns: 1\n',
          'skins/a.yaml': 'name: a\n',
          'skins/b.yaml': 'name: b\n',
          'SOUL.md': 'I am Timmy.\n',
        },
      })
      const before = [bench.snapshot(), bench.snapshot('workspace')]
      const stop = new AbortController()
      let installed = 0
      const disk = watchedDisk({
        after(operation) {
          const isInstalled = 'to' in operation && !operation.to.startsWith(bench.state)
          if (isInstalled && installed === at) stop.abort(new Interruption('INTERRUPTED'))
          if (isInstalled) installed += 1
        },
      })
      const { exit, stdout, stderr } = await bench.timmyWith({ disk, signal: stop.signal }, 'deploy', '--yes')
      if (!stop.signal.aborted) break
      exits.push(exit)
      assert.equal(exit, 130, stdout + stderr)
      // After the last file it is done, but nobody has looked at it: that is still an interrupted deploy.
      const isDone = at === 4
      if (!isDone) assert.deepEqual([bench.snapshot(), bench.snapshot('workspace')], before, `after file ${at}`)
      const { document } = await bench.json('generations')
      assert.deepEqual(
        document.generations.map(({ state }: { state: string }) => state),
        [isDone ? 'applied' : 'undone'],
      )
      nothingLiesAbout(bench)
      await bench.expect(0, 'deploy', '--yes')
      await bench.expect(0, 'plan')
    }
    assert.deepEqual(exits, [130, 130, 130, 130, 130])
  })
})
