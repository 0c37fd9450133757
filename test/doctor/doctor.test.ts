// `timmy doctor`: one finding a check, each with the command that mends it; it changes nothing.

import assert from 'node:assert/strict'
import { chmodSync, chownSync, mkdirSync, readdirSync, symlinkSync, utimesSync } from 'node:fs'
import { test } from 'node:test'
import { runTimmy } from '../../src/app.ts'
import { scratchFolder, type ScratchFolder } from '../scratch.ts'
import { testWorld, type TestWorldOptions } from '../world.ts'

interface Finding {
  readonly name: string
  readonly verdict: string
  readonly sentence: string
  readonly mend?: string
}

function environmentOf(folder: ScratchFolder): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: folder.path,
    HERMES_HOME: folder.at('hermes'),
    TIMMY_HOME: folder.at('workspace'),
    TIMMY_STATE_DIR: folder.at('state'),
  }
}

async function doctor(folder: ScratchFolder, options: TestWorldOptions = {}) {
  const world = testWorld({ cwd: folder.path, env: environmentOf(folder), now: new Date().toISOString(), ...options })
  await runTimmy(['doctor', '--json'], world)
  const { schema, checks } = JSON.parse(world.stdoutText()) as { schema: string; checks: Finding[] }
  const of = (name: string): Finding => checks.find((check) => check.name === name) ?? assert.fail(`no check ${name}`)
  return { schema, checks, of, exit: world.exitCode() }
}

/** A machine on which all is well: private folders, a sidecar, an empty home. */
function healthyMachine(folder: ScratchFolder): void {
  for (const name of ['hermes', 'workspace', 'state']) mkdirSync(folder.at(name), { mode: 0o700 })
  folder.write('timmy.yaml', 'timmy: 1\n')
}

test('a healthy machine has nothing to mend and exits 0, and nothing was made', async () => {
  using folder = scratchFolder()
  healthyMachine(folder)
  const { schema, checks, exit, of } = await doctor(folder)
  assert.equal(schema, 'timmy.doctor/1')
  assert.deepEqual(
    checks.map(({ name }) => name),
    ['node', 'git', 'flock', 'sync', 'perl', 'engine', 'home', 'workspace', 'state', 'sidecar', 'clock'],
  )
  for (const name of ['home', 'workspace', 'state', 'sidecar', 'clock']) assert.equal(of(name).verdict, 'ok', name)
  assert.equal(exit, 0)
  assert.deepEqual(readdirSync(folder.at('hermes')), [])
})

test('a machine before its first deploy is well: what is missing is only told', async () => {
  using folder = scratchFolder()
  const { of, exit } = await doctor(folder)
  for (const name of ['home', 'workspace', 'state', 'sidecar']) assert.equal(of(name).verdict, 'info', name)
  assert.equal(exit, 0)
  assert.deepEqual(readdirSync(folder.path), [])
})

const faults: readonly [string, (folder: ScratchFolder) => void, string, string, RegExp][] = [
  ['a home that others may write', (folder) => chmodSync(folder.at('hermes'), 0o770), 'home', 'error', /^chmod go-w /],
  ['a home that others may read', (folder) => chmodSync(folder.at('hermes'), 0o755), 'home', 'warning', /^chmod 700 /],
  ['records that others may read', (folder) => chmodSync(folder.at('state'), 0o750), 'state', 'warning', /^chmod 700 /],
  ['a clock that was set back', (folder) => fromTheFuture(folder), 'clock', 'warning', /^timedatectl /],
]

function fromTheFuture(folder: ScratchFolder): void {
  const inAnHour = new Date(Date.now() + 3_600_000)
  utimesSync(folder.write('hermes/config.yaml', ''), inAnHour, inAnHour)
}

for (const [what, damage, name, verdict, mend] of faults) {
  test(`${what} is a finding of ${name}, exit 2`, async () => {
    using folder = scratchFolder()
    healthyMachine(folder)
    damage(folder)
    const { of, exit } = await doctor(folder)
    assert.equal(of(name).verdict, verdict)
    assert.match(of(name).mend ?? '', mend)
    assert.equal(exit, 2)
  })
}

test('a home that is a link, or a file, is an error that says how to mend it', async () => {
  using folder = scratchFolder()
  mkdirSync(folder.at('real'), { mode: 0o700 })
  symlinkSync(folder.at('real'), folder.at('hermes'))
  folder.write('workspace', '')
  const { of, exit } = await doctor(folder)
  assert.match(of('home').sentence, /is a link/)
  assert.match(of('workspace').sentence, /is no folder/)
  assert.equal(exit, 2)
})

test(
  'a folder that belongs to another user is an error',
  { skip: process.getuid?.() !== 0 && 'needs root' },
  async () => {
    using folder = scratchFolder()
    healthyMachine(folder)
    chownSync(folder.at('hermes'), 12345, 12345)
    const { of } = await doctor(folder)
    assert.equal(of('home').verdict, 'error')
    assert.match(of('home').sentence, /belongs to user 12345/)
  },
)

test(
  'a folder we may not write is an error',
  { skip: process.getuid?.() === 0 && 'root may write everywhere' },
  async () => {
    using folder = scratchFolder()
    healthyMachine(folder)
    chmodSync(folder.at('state'), 0o500)
    const { of } = await doctor(folder)
    assert.deepEqual([of('state').verdict, of('state').mend], ['error', `chmod u+rwx ${folder.at('state')}`])
  },
)

test('programs that are missing are told with what installs them', async () => {
  using folder = scratchFolder()
  healthyMachine(folder)
  const { of, exit } = await doctor(folder, { env: { ...environmentOf(folder), PATH: folder.at('bin') } })
  assert.deepEqual([of('git').verdict, of('git').mend], ['warning', 'apt-get install git'])
  assert.deepEqual([of('flock').verdict, of('flock').mend], ['error', 'apt-get install util-linux'])
  assert.deepEqual([of('sync').verdict, of('perl').verdict, of('engine').verdict], ['info', 'info', 'info'])
  assert.equal(exit, 2)
})

test('an engine named by TIMMY_HERMES that is not there is an error, and the other checks still answer', async () => {
  using folder = scratchFolder()
  healthyMachine(folder)
  const { of, checks } = await doctor(folder, { env: { ...environmentOf(folder), TIMMY_HERMES: '/nowhere/hermes' } })
  assert.equal(of('engine').verdict, 'error')
  assert.equal(checks.length, 11)
})

test('for a person each finding is a line, and the command that mends it below', async () => {
  using folder = scratchFolder()
  healthyMachine(folder)
  chmodSync(folder.at('hermes'), 0o755)
  const world = testWorld({ cwd: folder.path, env: environmentOf(folder), now: new Date().toISOString() })
  await runTimmy(['doctor'], world)
  assert.match(world.stdoutText(), /^warning {2}home +others may look into .*\n +→ chmod 700 /m)
})

test('-q leaves the exit code alone', async () => {
  using folder = scratchFolder()
  healthyMachine(folder)
  const world = testWorld({ cwd: folder.path, env: environmentOf(folder), now: new Date().toISOString() })
  await runTimmy(['doctor', '-q'], world)
  assert.deepEqual([world.stdoutText(), world.exitCode()], ['', 0])
})
