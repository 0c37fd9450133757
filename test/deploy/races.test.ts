// Races: an engine that writes while we deploy, and edits that come in between two of our own steps.

import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { suite, test } from 'node:test'
import type { Disk } from '../../src/core/index.ts'
import { deployBench, type Bench } from './bench.ts'
import {
  applyDesired,
  hastyDisk,
  memoryFolder,
  openScene,
  placesIn,
  plantScene,
  secondDesired,
  settleOpen,
} from './fixtures/scene.ts'
import { watchedDisk } from './recording-disk.ts'

const noPython = spawnSync('python3', ['-c', 'import fcntl, yaml']).status === 0 ? false : 'no python3 with PyYAML here'
const fixture = (name: string): string => join(import.meta.dirname, 'fixtures', name)
const deploys = 200

interface Writer {
  /** Lets it end; what it has to say. */
  end(): Promise<{
    readonly last: number
    readonly lost: unknown[]
    readonly looks: number
    readonly blinks: number
    readonly wrong: string[]
  }>
}

async function start(program: string, ...args: string[]): Promise<Writer> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  const [stdout, stderr] = [text(child.stdout), text(child.stderr)]
  await Promise.race([once(child.stdout, 'readable'), once(child, 'exit')])
  assert.equal(child.exitCode, null, `${args.join(' ')} ended`)
  return {
    async end() {
      child.stdin.end('\n')
      if (child.exitCode === null) await once(child, 'exit')
      assert.equal(child.exitCode, 0, await stderr)
      return JSON.parse((await stdout).split('\n')[1] ?? '')
    },
  }
}

function writeSidecar(bench: Bench, round: number): void {
  const side = round % 2 === 0 ? 'even' : 'odd'
  const turns = round % 2 === 0 ? 40 : 41
  bench.sidecar.write('config.yaml', `agent:\n  max_turns: ${turns}\n`)
  bench.sidecar.write('channel_aliases.json', `{"telegram": {"owner": "${turns}"}}\n`)
  bench.sidecar.write('skins/timmy.yaml', `name: timmy\nside: ${side}\nend: end\n`)
  bench.sidecar.write('memories/MEMORY.md', `Timmy is ${side} today\n`)
  bench.sidecar.write(
    'cron/daily.yaml',
    `name: daily\nschedule: "0 7 * * *"\nprompt: report the ${side} day\nmodel: qwen3\nprovider: ollama\n`,
  )
}

const engineJob = {
  id: 'aaaaaaaaaaaa',
  name: 'theirs',
  prompt: 'water the plants',
  schedule: { kind: 'interval', minutes: 30, display: 'every 30m' },
  repeat: { times: null, completed: 0 },
  next_run_at: null,
  last_run_at: null,
}

test(
  `engine-like writers during ${deploys} deploys: no update of theirs is lost, no counter goes back, no torn file is ever seen`,
  { skip: noPython },
  async () => {
    using bench = deployBench({
      home: {
        'config.yaml': '# engine\nagent:\n  max_turns: 40\n  counter: 0\nmodel: {default: qwen3}\n',
        'cron/jobs.json': JSON.stringify({ jobs: [engineJob] }, null, 2),
        'cron/.jobs.lock': '',
        'memories/MEMORY.md': 'the cat is called Ada',
        'memories/MEMORY.md.lock': '',
        'channel_aliases.json': '{"telegram": {"family": "1001"}, "counter": {"of": 0}}',
      },
    })
    writeSidecar(bench, 0)
    await bench.expect(0, 'deploy', '--yes')
    const home = bench.home.path
    const writers = {
      config: await start('python3', fixture('engine-writer.py'), 'config', home),
      jobs: await start('python3', fixture('engine-writer.py'), 'jobs', home),
      memory: await start('python3', fixture('engine-writer.py'), 'memory', home),
      aliases: await start(process.execPath, fixture('alias-writer.ts'), home),
    }
    const reader = await start('python3', fixture('engine-reader.py'), home)
    let applied = 0
    let gaveWay = 0
    for (let round = 1; round <= deploys; round += 1) {
      writeSidecar(bench, round)
      const { document, exit } = await bench.json('deploy', '--yes', '--heal')
      assert.ok(exit === 0 || exit === 3, JSON.stringify(document))
      assert.deepEqual(document.conflicts, [], 'a writer beside our keys is no conflict')
      applied += document.applied.length
      gaveWay += document.moved.length
    }
    const ends = await Promise.all(
      Object.entries(writers).map(async ([name, writer]) => [name, await writer.end()] as const),
    )
    const { looks, blinks, wrong } = await reader.end()
    assert.deepEqual(wrong, [], `of ${looks} looks`)
    assert.ok(looks > 200, `${looks} looks`)
    assert.ok(blinks <= deploys / 20, `${blinks} blinks in ${looks} looks`)
    for (const [name, { last, lost }] of ends) {
      assert.deepEqual(lost, [], `${name}: of ${last} writes none is lost`)
      assert.ok(last > 200, `${name} wrote ${last} times`)
    }
    const lastOf = Object.fromEntries(ends.map(([name, { last }]) => [name, last]))
    assert.match(bench.home.read('config.yaml'), new RegExp(`counter: ${lastOf['config']}\\n`))
    assert.match(bench.home.read('cron/jobs.json'), new RegExp(`"completed": ${lastOf['jobs']}\\b`))
    assert.match(
      bench.home.read('memories/MEMORY.md'),
      new RegExp(`learned ${lastOf['memory']}$|learned ${lastOf['memory']}\n`),
    )
    assert.match(bench.home.read('channel_aliases.json'), new RegExp(`"of": ${lastOf['aliases']}\\b`))
    assert.ok(applied > deploys * 3, `${applied} entries were applied, ${gaveWay} gave way`)
    await bench.expect(0, 'deploy', '--yes', '--heal')
    await bench.expect(0, 'plan')
  },
)

suite('an edit that comes in between two of our own steps', () => {
  test('after we installed a file and before we noted it: it is drift at the next look, not taken for ours', async () => {
    using bench = deployBench({ sidecar: { 'skins/timmy.yaml': 'name: timmy\n' } })
    const edited = 'name: TIMMY\n' // as long as ours
    let isDone = false
    const disk = watchedDisk({
      before({ kind }) {
        if (kind !== 'barrier' || !bench.home.has('skins/timmy.yaml') || isDone) return
        isDone = true
        bench.home.write('skins/timmy.yaml', edited)
      },
    })
    assert.equal((await bench.timmyWith({ disk }, 'deploy', '--yes')).exit, 0)
    assert.ok(isDone)
    const { document, exit } = await bench.json('drift')
    assert.equal(exit, 2)
    assert.deepEqual(
      document.changes.map(({ entry }: { entry: string }) => entry),
      ['skins/timmy.yaml'],
    )
  })

  test('between the last look at a file and the write of another: it is kept and named, the rest arrives, exit 3', async () => {
    const sidecar = (turns: number) => ({
      'skins/a.yaml': `name: a\nturns: ${turns}\n`,
      'skins/b.yaml': `name: b\nturns: ${turns}\n`,
    })
    using bench = deployBench({ sidecar: sidecar(1) })
    await bench.expect(0, 'deploy', '--yes')
    for (const [path, content] of Object.entries(sidecar(2))) bench.sidecar.write(path, content)
    const disk = watchedDisk({
      before(operation) {
        if (operation.kind === 'rename' && operation.to.endsWith('a.yaml'))
          bench.home.write('skins/b.yaml', 'name: mine\n')
      },
    })
    const { exit, stdout } = await bench.timmyWith({ disk }, 'deploy', '--yes')
    assert.equal(exit, 3, stdout)
    assert.match(stdout, /moved skins\/b\.yaml/)
    assert.equal(bench.home.read('skins/a.yaml'), 'name: a\nturns: 2\n')
    assert.equal(bench.home.read('skins/b.yaml'), 'name: mine\n')
    const plan = await bench.json('plan')
    assert.equal(plan.exit, 3, 'a conflict now: both moved')
  })

  test('a file that vanishes while we stage it is left alone and named', async () => {
    using bench = deployBench({
      sidecar: { 'skins/a.yaml': 'name: a\n', 'skins/b.yaml': 'name: b\n' },
      home: { 'skins/b.yaml': 'name: somebody\n' },
    })
    const disk = watchedDisk({
      before(operation) {
        if (operation.kind === 'create' && operation.path.includes('/stage/') && bench.home.has('skins/b.yaml'))
          bench.home.remove('skins/b.yaml')
      },
    })
    const { exit, stdout, stderr } = await bench.timmyWith({ disk }, 'deploy', '--yes', '--take', 'ours', 'skins/*')
    assert.equal(exit, 3, stdout + stderr)
    assert.match(stdout, /moved skins\/b\.yaml/)
    assert.equal(bench.home.read('skins/a.yaml'), 'name: a\n')
    assert.equal(bench.home.has('skins/b.yaml'), false)
  })

  test('in the very instant of the exchange, and then we die: recovery gives the foreign write back, either way', async () => {
    for (const direction of ['forward', 'back'] as const) {
      using scratch = memoryFolder()
      const folder = scratch.at('scene')
      await plantScene(folder)
      const config = join(placesIn(folder).home, 'config.yaml')
      const theirs = readFileSync(config, 'utf8').replace('counter: 7', 'counter: 8')
      const dying = { isDead: false }
      const disk: Disk = {
        ...hastyDisk,
        exchange(one, other, seen) {
          if (other !== config) return hastyDisk.exchange(one, other, seen)
          writeFileSync(`${config}.new`, theirs, { mode: 0o600 })
          renameSync(`${config}.new`, config)
          hastyDisk.exchange(one, other, seen)
          dying.isDead = true
          throw new Error('the process is dead')
        },
      }
      const watch = {
        before() {
          if (dying.isDead) throw new Error('the process is dead')
        },
      }
      {
        using open = openScene(folder, { watch })
        await applyDesired(open, secondDesired, { disk: watchedDisk(watch, disk) }).catch(() => undefined)
      }
      assert.match(readFileSync(config, 'utf8'), /counter: 7/, 'ours is there, theirs is not')
      using open = openScene(folder)
      const settled = await settleOpen(open, direction)
      assert.deepEqual(settled?.kept, [])
      assert.match(readFileSync(config, 'utf8'), /counter: 8/, direction)
      assert.match(readFileSync(config, 'utf8'), direction === 'forward' ? /max_turns: 60/ : /max_turns: 30/)
    }
  })
})
