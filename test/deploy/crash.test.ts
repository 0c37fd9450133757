// Killed at any instant: what recovery makes of every half-done apply, and of every half-done recovery.
//
// The processes are real and die by SIGKILL between any two writes, and in the middle of each that can be torn, none
// left out. Recovery that dies is enumerated for each state that an apply can leave the home in, in this process, with
// a disk that stops working at one write and stays dead.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, suite, test } from 'node:test'
import type { OpenTarget } from '../../src/deploy/open-target.ts'
import { settle } from '../../src/deploy/settle.ts'
import { snapshotOf } from './bench.ts'
import {
  applyDesired,
  copyFolder,
  firstDesired,
  hastyDisk,
  keyEntry,
  memoryFolder,
  openScene,
  placesIn,
  plantScene,
  secondDesired,
  settleOpen,
} from './fixtures/scene.ts'
import { watchedDisk, type Watch } from './recording-disk.ts'

type Snapshot = Record<string, string>
type Direction = 'forward' | 'back'

const program = join(import.meta.dirname, 'fixtures/killed-deploy.ts')

interface Ended {
  readonly isKilled: boolean
  readonly writes: number
}

async function runKilled(folder: string, action: string, when: string, at: number): Promise<Ended> {
  const child = spawn(process.execPath, [program, folder, action, when, String(at)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_COMPILE_CACHE: scratch.at('compiled') },
  })
  const ended = new Promise<NodeJS.Signals | number | null>((resolve) =>
    child.once('close', (code, signal) => resolve(signal ?? code)),
  )
  const [how, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)])
  if (how !== 'SIGKILL' && how !== 0) assert.fail(`${action} ${when} ${at} ended with ${how}: ${stderr}`)
  return { isKilled: how === 'SIGKILL', writes: Number(stdout) }
}

/** Home and workspace, without the state. */
function live(folder: string): Snapshot {
  const { home, workspace } = placesIn(folder)
  return { ...snapshotOf(home, 'hermes/'), ...snapshotOf(workspace, 'workspace/') }
}

/** A scene of its own for one line of work: planted once, put back before each try. */
class Stage {
  readonly folder: string
  readonly #template: string
  readonly #aside: string

  constructor(root: string, name: string) {
    this.folder = join(root, name)
    this.#template = `${this.folder}.template`
    this.#aside = `${this.folder}.aside`
  }

  async plant(): Promise<void> {
    await plantScene(this.folder)
    copyFolder(this.folder, this.#template)
  }

  reset = (): void => copyFolder(this.#template, this.folder)
  keepAside = (): void => copyFolder(this.folder, this.#aside)
  takeBack = (): void => copyFolder(this.#aside, this.folder)
}

let old: Snapshot = {}
let wanted: Snapshot = {}
const scratch = memoryFolder()
const stages: Stage[] = []

before(async () => {
  for (const name of ['one', 'two']) {
    const stage = new Stage(scratch.path, name)
    await stage.plant()
    stages.push(stage)
  }
  const [stage] = stages as [Stage]
  old = live(stage.folder)
  {
    using open = openScene(stage.folder)
    const { moved } = await applyDesired(open, secondDesired)
    assert.deepEqual(moved, [])
  }
  wanted = live(stage.folder)
  assert.notDeepEqual(wanted, old)
})
after(() => scratch[Symbol.dispose]())

/** Settles what is open, if anything is, and looks at everything that was promised. */
async function recover(folder: string, direction: Direction, what: string): Promise<void> {
  using open = openScene(folder)
  const wasOpen = open.record.openGeneration() !== undefined
  const found = live(folder)
  const settled = await settleOpen(open, direction)
  assert.equal(open.record.openGeneration(), undefined, `${what}: the journal is closed`)
  assert.deepEqual(settled?.kept ?? [], [], `${what}: nothing was edited, so nothing is kept`)
  const [newest] = open.record.generations()
  if (wasOpen) {
    assert.deepEqual(live(folder), direction === 'forward' ? wanted : old, what)
    assert.equal(newest?.state, direction === 'forward' ? 'applied' : 'undone')
    nothingStray(folder, open.folder, what)
  } else {
    const isDone = newest?.id === 2 && newest.state === 'applied'
    assert.deepEqual(found, isDone ? wanted : old, `${what}: nothing begun, or all done`)
  }
  await deployAgain(open, folder, newest?.id === 2 && newest.state === 'applied', what)
  nothingStray(folder, open.folder, what)
}

function nothingStray(folder: string, ours: string, what: string): void {
  const stage = join(ours, 'stage')
  const mayStay = new Set(['hermes', 'workspace', 'state'])
  assert.deepEqual(
    readdirSync(folder).filter((name) => !mayStay.has(name)),
    [],
    `${what}: nothing beside the home`,
  )
  const names = Object.keys(snapshotOf(stage))
  assert.deepEqual(names, [], `${what}: the stage is empty`)
}

/** Our record says the same as the home: what is wanted is there, or a plan for it begins anew and ends well. */
async function deployAgain(open: OpenTarget, folder: string, isNew: boolean, what: string): Promise<void> {
  const { applied, moved } = await applyDesired(open, secondDesired)
  if (isNew) assert.deepEqual(applied, [], `${what}: nothing is left to do`)
  assert.deepEqual(moved, [])
  assert.deepEqual(live(folder), wanted, `${what}: the same deploy once more ends where it should`)
}

/** Works the tries off on all stages at once. */
async function onEveryStage<T>(tries: readonly T[], work: (stage: Stage, one: T) => Promise<void>): Promise<void> {
  const waiting = tries.values()
  await Promise.all(
    stages.map(async (stage) => {
      for (const one of waiting) await work(stage, one)
    }),
  )
}

const never = -1
const rangeTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

/** Each write with each way to die at it, and after the last one; after the others is before the next. */
const killsOf = (writes: number, ways: readonly string[]): { when: string; at: number }[] => [
  ...ways.flatMap((when) => rangeTo(writes).map((at) => ({ when, at }))),
  { when: 'after', at: writes - 1 },
]

async function writesOf(stage: Stage, action: string): Promise<number> {
  const { isKilled, writes } = await runKilled(stage.folder, action, 'before', never)
  assert.equal(isKilled, false)
  assert.ok(writes > 3, `${action} wrote ${writes} times`)
  return writes
}

/** A disk and a record that work up to their n-th write and are dead from then on. */
function dyingAt(deadAt: number): { watch: Watch; kinds: string[] } {
  const kinds: string[] = []
  return {
    watch: {
      before({ kind }) {
        kinds.push(kind)
        if (kinds.length > deadAt) throw new Error('the process is dead')
      },
    },
    kinds,
  }
}

async function applyDying(stage: Stage, deadAt: number): Promise<readonly string[]> {
  const { watch, kinds } = dyingAt(deadAt)
  using open = openScene(stage.folder, { watch })
  await applyDesired(open, secondDesired, { disk: watchedDisk(watch, hastyDisk) }).catch(() => undefined)
  return kinds
}

/** Numbers of the writes of an apply before which the home stands as it does at no other: one for each change of it. */
async function turningPoints(stage: Stage): Promise<number[]> {
  const kinds = await applyDying(stage, Number.POSITIVE_INFINITY)
  const turning = new Set(['rename', 'exchange', 'remove', 'barrier'])
  const points = kinds.flatMap((kind, at) => (turning.has(kind) ? [at] : []))
  assert.ok(points.length > 12)
  return points
}

async function settleDying(stage: Stage, direction: Direction, deadAt: number): Promise<boolean> {
  const { watch, kinds } = dyingAt(deadAt)
  using open = openScene(stage.folder, { watch })
  await settleOpen(open, direction, { disk: watchedDisk(watch, hastyDisk) }).catch(() => undefined)
  return kinds.length > deadAt
}

async function dieInEveryRecovery(stage: Stage, direction: Direction, at: number): Promise<void> {
  for (let again = 0, isDead = true; isDead; again += 1) {
    const what = `dead at write ${at}, then at write ${again} of going ${direction}`
    stage.takeBack()
    isDead = await settleDying(stage, direction, again)
    using open = openScene(stage.folder)
    const wasOpen = open.record.openGeneration() !== undefined
    await settleOpen(open, direction, { disk: hastyDisk })
    assert.equal(open.record.openGeneration(), undefined, what)
    const [newest] = open.record.generations()
    const isDone = newest?.id === 2 && newest.state === 'applied'
    assert.deepEqual(live(stage.folder), isDone ? wanted : old, what)
    if (wasOpen) nothingStray(stage.folder, open.folder, what)
  }
}

suite('a deploy that is killed', () => {
  test('between any two writes of an apply, or in the middle of one: recover ends at the new home or at the old one, byte by byte', async () => {
    const [first] = stages as [Stage]
    first.reset()
    const writes = await writesOf(first, 'apply')
    await onEveryStage(killsOf(writes, ['before', 'torn']), async (stage, { when, at }) => {
      stage.reset()
      const { isKilled } = await runKilled(stage.folder, 'apply', when, at)
      assert.ok(isKilled || when === 'torn', `killed ${when} write ${at}`)
      if (!isKilled) return // a write that cannot be torn
      stage.keepAside()
      await recover(stage.folder, 'forward', `killed ${when} write ${at}, finished`)
      stage.takeBack()
      await recover(stage.folder, 'back', `killed ${when} write ${at}, put back`)
    })
  })

  test('between any two writes of its own recovery: recovering once more ends in the same place', async () => {
    const [first] = stages as [Stage]
    first.reset()
    const half = Math.floor((await writesOf(first, 'apply')) * 0.75)
    for (const stage of stages) {
      stage.reset()
      await runKilled(stage.folder, 'apply', 'before', half)
      stage.keepAside()
    }
    for (const direction of ['forward', 'back'] as const) {
      first.takeBack()
      const writes = await writesOf(first, direction)
      await onEveryStage(killsOf(writes, ['before']), async (stage, { when, at }) => {
        stage.takeBack()
        assert.ok((await runKilled(stage.folder, direction, when, at)).isKilled)
        await recover(stage.folder, direction, `recovery ${direction} killed ${when} write ${at}`)
      })
    }
  })

  test('right after any change of the home, and again at any write of either recovery: the next recovery settles it', async () => {
    const [first] = stages as [Stage]
    first.reset()
    await onEveryStage(await turningPoints(first), async (stage, at) => {
      stage.reset()
      await applyDying(stage, at)
      stage.keepAside()
      for (const direction of ['forward', 'back'] as const) await dieInEveryRecovery(stage, direction, at)
    })
  })

  test('right after any change of the home, with other hands at work before the recovery: their edits are kept and told, ours beside them are finished or put back', async () => {
    const [first] = stages as [Stage]
    first.reset()
    await onEveryStage(await turningPoints(first), async (stage, at) => {
      stage.reset()
      await applyDying(stage, at)
      editBehindOurBack(stage.folder)
      stage.keepAside()
      for (const direction of ['forward', 'back'] as const) {
        stage.takeBack()
        await recoverEdited(stage.folder, direction, `dead at write ${at}, edited, going ${direction}`)
      }
    })
  })
})

suite('a deploy that owes a restart', () => {
  const restarting = [...firstDesired, keyEntry('telegram.enabled', true)]

  test('killed between the write and its end: going forward owes the restart, going back owes none', async () => {
    const [stage] = stages as [Stage]
    stage.reset()
    const { watch } = dyingAt(6) // after the exchange of config.yaml
    {
      using open = openScene(stage.folder, { watch })
      await applyDesired(open, restarting, { disk: watchedDisk(watch, hastyDisk) }).catch(() => undefined)
    }
    assert.match(live(stage.folder)['hermes/config.yaml'] ?? '', /enabled: true/)
    stage.keepAside()
    for (const direction of ['forward', 'back'] as const) {
      stage.takeBack()
      using open = openScene(stage.folder)
      await settleOpen(open, direction)
      const owed = open.record.owed().map(({ because }) => because)
      assert.deepEqual(owed, direction === 'forward' ? ['config.yaml#telegram.enabled'] : [], direction)
    }
  })

  test('applied, then put back because the engine saw something else: the restart is not owed any more', async () => {
    const [stage] = stages as [Stage]
    stage.reset()
    using open = openScene(stage.folder)
    const { generation = 0 } = await applyDesired(open, restarting)
    assert.equal(open.record.owed().length, 1)
    const of = { roots: open.roots, stateFolder: open.folder, record: open.record, generation, now: () => new Date() }
    await settle({ ...of, disk: hastyDisk, direction: 'back' })
    assert.deepEqual(open.record.owed(), [])
  })
})

/** What an engine, an agent and an owner do in the meantime: to whole files, beside our keys and on one of them. */
function editBehindOurBack(folder: string): void {
  const { home } = placesIn(folder)
  writeFileSync(join(home, 'SOUL.md'), 'I am what my owner wrote by hand.\n')
  rmSync(join(home, 'skins/timmy.yaml'))
  const config = join(home, 'config.yaml')
  const theirs = readFileSync(config, 'utf8')
    .replace('counter: 7', 'counter: 8')
    .replace(/max_turns: \d+/, 'max_turns: 99')
  writeFileSync(`${config}.new`, theirs, { mode: 0o600 })
  renameSync(`${config}.new`, config)
  const jobs = join(home, 'cron/jobs.json')
  const list = JSON.parse(readFileSync(jobs, 'utf8')) as { jobs: Record<string, unknown>[] }
  for (const job of list.jobs) job['last_status'] = 'ok'
  writeFileSync(jobs, JSON.stringify(list, null, 2))
  const memory = join(home, 'memories/MEMORY.md')
  writeFileSync(memory, `${readFileSync(memory, 'utf8')}\n§\nlearned: it rained`)
}

async function recoverEdited(folder: string, direction: Direction, what: string): Promise<void> {
  using open = openScene(folder)
  const settled = await settleOpen(open, direction, { disk: hastyDisk })
  assert.ok(settled, `${what}: it was open`)
  const isNew = direction === 'forward'
  const file = (path: string): string => snapshotOf(join(folder, 'hermes'))[path] ?? 'absent'
  const goal = isNew ? wanted : old
  const untouched = ['bin/timmy-tool', 'channel_aliases.json', 'skins/old.yaml', 'scripts/report.sh', 'scripts/']
  for (const path of untouched) assert.equal(file(path), goal[`hermes/${path}`] ?? 'absent', `${what}: ${path}`)
  assert.equal(file('SOUL.md'), '600 I am what my owner wrote by hand.\n', what)
  assert.equal(file('skins/timmy.yaml'), 'absent', `${what}: what was deleted stays away`)
  const config = file('config.yaml')
  assert.match(config, /counter: 8/, what)
  assert.match(config, /max_turns: 99/, what)
  assert.equal(/skin: timmy/.test(config), isNew, `${what}: our key beside theirs\n${config}`)
  assert.equal(/old: gone soon/.test(config), !isNew, what)
  const { jobs } = JSON.parse(file('cron/jobs.json').slice('600 '.length)) as { jobs: Record<string, unknown>[] }
  const shown = jobs.map(({ name, prompt, last_status }) => [name, prompt, last_status])
  // A job that we had only just written carries no run of its own when the edit came before it was there.
  assert.deepEqual(
    shown.filter(([name]) => name !== 'weekly'),
    [
      ['theirs', 'water the plants', 'ok'],
      ['daily', isNew ? 'report the day, honestly' : 'report the day', 'ok'],
    ],
    what,
  )
  assert.equal(
    shown.some(([name]) => name === 'weekly'),
    isNew,
    what,
  )
  const memory = file('memories/MEMORY.md')
  assert.match(memory, /learned: it rained/, what)
  assert.equal(memory.includes('Timmy asks before he spends'), isNew, what)
  assert.equal(memory.includes('owner’s machines'), !isNew, what)
  const kept = ['SOUL.md', 'config.yaml#agent.max_turns', 'skins/timmy.yaml']
  assert.deepEqual(settled.kept.toSorted(), kept, `${what}: exactly what was edited is reported`)
  const state = open.record.generations()[0]?.state
  assert.equal(state, isNew ? 'applied' : 'partly-undone', what)
  nothingStray(folder, open.folder, what)
}
