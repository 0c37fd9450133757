// `timmy demo`: it proves the program, so it must pass with a sound one, fail with a broken one, and touch nothing else.

import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { test } from 'node:test'
import { runTimmy } from '../../src/app.ts'
import { demo } from '../../src/demo/demo.ts'
import type { RunTimmy } from '../../src/demo/stage.ts'
import { engines, skipReason } from '../engine.ts'
import { scratchFolder, type ScratchFolder } from '../scratch.ts'
import { snapshotOf } from '../deploy/bench.ts'
import { testWorld } from '../world.ts'

const program = join(import.meta.dirname, '../../bin/timmy')
const timeout = 60_000

/** A user's machine with files in every place that the demo might write to by mistake, and no engine. */
function machine(folder: ScratchFolder): Record<string, string> {
  mkdirSync(folder.at('tmp'))
  const home = folder.at('user')
  for (const path of ['.hermes/config.yaml', '.timmy/SOUL.md', '.local/state/timmy/sidecar', '.gitconfig']) {
    folder.write(`user/${path}`, '# mine\n')
  }
  folder.write('sidecar/timmy.yaml', '# mine\n')
  return {
    PATH: pathWithoutEngine(folder),
    HOME: home,
    TMPDIR: folder.at('tmp'),
    NODE_COMPILE_CACHE: folder.at('node-cache'),
    HERMES_HOME: join(home, '.hermes'),
    TIMMY_HOME: join(home, '.timmy'),
    TIMMY_STATE_DIR: join(home, '.local/state/timmy'),
    TIMMY_SIDECAR: folder.at('sidecar'),
  }
}

function pathWithoutEngine(folder: ScratchFolder): string {
  const folders = (process.env['PATH'] ?? '/usr/bin:/bin').split(delimiter)
  const links = folder.at('programs')
  mkdirSync(links)
  for (const name of ['git', 'flock', 'sync', 'sh', 'env', 'bash', 'python3', 'readlink']) {
    const found = folders.map((one) => join(one, name)).find((file) => existsSync(file))
    if (found !== undefined) symlinkSync(found, join(links, name))
  }
  return links
}

/** Everything of the machine but what is meant to change. */
function outside(folder: ScratchFolder): Record<string, string> {
  return Object.fromEntries(
    Object.entries(snapshotOf(folder.path)).filter(([path]) => !/^(?:node-cache|kept)\//.test(path)),
  )
}

test(
  'on a machine without an engine every step is checked, and nothing outside its folder is touched',
  { timeout },
  () => {
    using folder = scratchFolder()
    const env = machine(folder)
    const before = outside(folder)
    const { status, stdout, stderr } = spawnSync(program, ['demo'], { env, cwd: folder.at('user'), encoding: 'utf8' })
    assert.equal(status, 0, stdout + stderr)
    const lines = stdout.trimEnd().split('\n')
    assert.ok(lines.filter((line) => line.startsWith('✓ ')).length >= 20, stdout)
    assert.match(
      stdout,
      /no hermes is on PATH, so the engine itself was not asked\nall \d+ steps were checked, in [\d.]+ s\n$/,
    )
    assert.deepEqual(outside(folder), before)
  },
)

test('with --keep it plays in that folder and leaves it, with --json it is one document', { timeout }, async () => {
  using folder = scratchFolder()
  const world = testWorld({ cwd: folder.path, env: machine(folder) })
  const before = outside(folder)
  await runTimmy(['demo', '--keep', 'kept', '--json'], world)
  const document = JSON.parse(world.stdoutText())
  assert.equal(world.exitCode(), 0, world.stdoutText())
  assert.deepEqual(
    { schema: document.schema, ok: document.ok, engine: document.engine, folder: document.folder },
    { schema: 'timmy.demo/1', ok: true, engine: null, folder: folder.at('kept') },
  )
  assert.ok(
    document.steps.every(
      ({ ok, title, ms }: { ok: boolean; title: string; ms: number }) => ok && title !== '' && ms >= 0,
    ),
  )
  assert.ok(existsSync(folder.at('kept/hermes/config.yaml')) && existsSync(folder.at('kept/sidecar/timmy.yaml')))
  assert.deepEqual({ ...outside(folder), 'kept/': '' }, { ...before, 'kept/': '' })

  const again = testWorld({ cwd: folder.path, env: world.env })
  await runTimmy(['demo', '--keep', 'kept'], again)
  assert.equal(again.exitCode(), 4)
  assert.match(again.stderrText(), /is not an empty folder; nothing was done/)
})

test('Ctrl-C ends it at once with 130, and its folder goes', { timeout }, async () => {
  using folder = scratchFolder()
  const child = spawn(program, ['demo'], { env: machine(folder), cwd: folder.path, stdio: ['ignore', 'pipe', 'pipe'] })
  let told = ''
  for await (const part of child.stdout) {
    told += String(part)
    if (told.includes('`timmy init`')) break
  }
  child.kill('SIGINT')
  const [status] = await once(child, 'exit')
  assert.equal(status, 130)
  assert.deepEqual(readdirSync(folder.at('tmp')), [])
})

for (const version of ['0.18.0', '0.19.0'] as const) {
  test(
    `with hermes ${version} on PATH the engine itself is asked`,
    { timeout, skip: skipReason(version) },
    async () => {
      using folder = scratchFolder()
      const found = engines().find((engine) => engine.version === version)
      const env = machine(folder)
      const path = `${dirname(found?.program ?? '')}${delimiter}${env['PATH']}`
      const world = testWorld({ cwd: folder.path, env: { ...env, PATH: path } })
      await runTimmy(['demo', '--json'], world)
      const document = JSON.parse(world.stdoutText())
      assert.deepEqual({ ok: document.ok, engine: document.engine }, { ok: true, engine: version }, world.stdoutText())
      const asked = document.steps.filter(({ title }: { title: string }) =>
        title.startsWith(`the engine itself (hermes ${version})`),
      )
      assert.equal(asked.length, 2)
    },
  )
}

/** The program with one command that claims to have done its work. */
function withLying(command: string, answer: object = {}): RunTimmy {
  return async (argv, context) => {
    if (argv[0] !== command) return runTimmy(argv, context)
    context.process.stdout.write(JSON.stringify({ changes: [], conflicts: [], applied: [], ...answer }))
    context.process.exitCode = 0
  }
}

const lies: readonly (readonly [command: string, noticedAt: RegExp])[] = [
  ['init', /^`timmy init` makes/],
  ['plan', /^first contact/],
  ['deploy', /^`timmy deploy --take ours`/],
  ['adopt', /^`timmy adopt` carries/],
  ['drift', /`timmy drift` finds those four$/],
  ['recover', /`timmy recover` finishes/],
  ['rollback', /^`timmy rollback`/],
  ['undeploy', /^`timmy undeploy`/],
]

for (const [command, noticedAt] of lies) {
  test(`the command ${command} doing nothing and saying that it did is found out`, { timeout }, async () => {
    using folder = scratchFolder()
    const world = testWorld({ cwd: folder.path, env: machine(folder) })
    await demo(world, { keep: 'kept', json: true, quiet: false, verbose: false }, withLying(command))
    const document = JSON.parse(world.stdoutText())
    const last = document.steps.at(-1)
    assert.deepEqual(
      { ok: document.ok, exit: world.exitCode(), folder: document.folder },
      { ok: false, exit: 2, folder: folder.at('kept') },
    )
    assert.match(last.title, noticedAt)
    assert.ok(last.failed.what !== '' && last.failed.expected !== last.failed.actual)
  })
}

test('what did not hold is told with what was expected and what was found', { timeout }, async () => {
  using folder = scratchFolder()
  const world = testWorld({ cwd: folder.path, env: machine(folder) })
  await demo(world, { keep: 'kept', json: false, quiet: false, verbose: false }, withLying('plan'))
  assert.match(world.stdoutText(), /✗ first contact.*\n {2}plan, conflicts\n {2}expected 3\n {2}actual {3}0\n/)
  assert.match(world.stdoutText(), /step 3 of \d+ did not hold; its folder stays: .*kept\n$/)
})
