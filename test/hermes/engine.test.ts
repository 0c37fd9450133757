// Finding the engine: by PATH and TIMMY_HERMES, through wrappers, kept between calls, never at a home's expense.

import assert from 'node:assert/strict'
import { readFileSync, symlinkSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { realDisk, TimmyError } from '../../src/core/index.ts'
import { compareVersions, featuresOfVersion } from '../../src/hermes/features.ts'
import { engineCommand, findEngine, type EngineSearch } from '../../src/hermes/index.ts'
import { interpreterOf } from '../../src/hermes/interpreter.ts'
import { scratchFolder } from '../scratch.ts'

/** A folder with programs in it, and an environment that finds them when it is told to. */
class Scratch {
  readonly #folder = scratchFolder()
  readonly folder = this.#folder.path
  program(name: string, text: string): string {
    return this.#folder.write(name, text, 0o755)
  }
  /** A `hermes` that notes each call and where its home was. */
  hermes(version: string): string {
    const answer = `case "$*" in --version) echo 'Hermes Agent v${version} (2030.1.1)';; *) echo '    get   Print a value';; esac`
    return this.program('hermes', `#!/bin/sh\necho "$HERMES_HOME $*" >>${this.folder}/calls\n${answer}\n`)
  }
  search(env: Record<string, string> = {}): EngineSearch {
    const search = { cwd: this.folder, env: { PATH: '/usr/bin:/bin', ...env }, disk: realDisk }
    return { ...search, stateFolder: join(this.folder, 'state') }
  }
  calls(): string[] {
    return readFileSync(join(this.folder, 'calls'), 'utf8').trim().split('\n')
  }
  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]()
  }
}

test('without a hermes on PATH there is no engine', async () => {
  using scratch = new Scratch()
  assert.equal(await findEngine(scratch.search({ PATH: scratch.folder })), undefined)
})

test('TIMMY_HERMES that names nothing is an error with the way out', async () => {
  using scratch = new Scratch()
  await assert.rejects(
    findEngine(scratch.search({ TIMMY_HERMES: './nothing' })),
    (error) =>
      error instanceof TimmyError && error.code === 'ENGINE_UNREACHABLE' && error.hint.includes('TIMMY_HERMES'),
  )
})

test('a program that does not answer is an error that tells how to see why', async () => {
  using scratch = new Scratch()
  scratch.program('hermes', '#!/bin/sh\nexit 3\n')
  await assert.rejects(findEngine(scratch.search({ PATH: `${scratch.folder}:/usr/bin:/bin` })), /ended with 3/)
})

test('an engine of a known version is asked once, in a scratch home, and then remembered', async () => {
  using scratch = new Scratch()
  scratch.hermes('0.19.0')
  const search = scratch.search({ TIMMY_HERMES: './hermes', HERMES_HOME: join(scratch.folder, 'home') })
  const engine = await findEngine(search)
  assert.deepEqual(await findEngine(search), engine)
  assert.equal(engine?.version, '0.19.0')
  assert.equal(engine.known, true)
  assert.equal(engine.features.has('configGet'), true)
  const calls = scratch.calls()
  assert.equal(calls.length, 1)
  assert.doesNotMatch(calls[0] ?? '', new RegExp(`^${scratch.folder}/home`))
})

test('a program that was replaced is asked again', async () => {
  using scratch = new Scratch()
  const program = scratch.hermes('0.19.0')
  const search = scratch.search({ TIMMY_HERMES: program })
  await findEngine(search)
  utimesSync(scratch.hermes('0.18.2'), 1, 1)
  assert.equal((await findEngine(search))?.version, '0.18.2')
})

test('an unknown version works with what its help shows and is marked unknown', async () => {
  using scratch = new Scratch()
  const engine = await findEngine(scratch.search({ TIMMY_HERMES: scratch.hermes('0.30.1') }))
  assert.equal(engine?.known, false)
  assert.equal(engine.features.has('configGet'), true)
  assert.equal(engine.features.has('queryFile'), false) // the version is new enough, but the help does not show it
})

test('a version line that cannot be read gives an engine without features of its own', async () => {
  using scratch = new Scratch()
  const program = scratch.program('hermes', '#!/bin/sh\necho nightly\n')
  const engine = await findEngine(scratch.search({ TIMMY_HERMES: program }))
  assert.deepEqual([engine?.version, engine?.known, engine?.features.size], ['unknown', false, 0])
})

test('the interpreter is found through links, shell wrappers and the long-path form', () => {
  using scratch = new Scratch()
  const python = '/opt/some venv/bin/python3.11'.replace(' ', '-')
  const script = scratch.program('script', `#!${python}\nimport sys\n`)
  symlinkSync(script, join(scratch.folder, 'link'))
  scratch.program('wrapper', `#!/usr/bin/env bash\nunset PYTHONPATH\nexec "${script}" "$@"\n`)
  scratch.program('module', `#!/bin/sh\nexec ${python} -m hermes_cli.main "$@"\n`)
  scratch.program('long', `#!/bin/sh\n'''exec' '${python}' "$0" "$@"\n' '''\nimport sys\n`)
  for (const name of ['script', 'link', 'wrapper', 'module', 'long']) {
    assert.equal(interpreterOf(realDisk, join(scratch.folder, name)), python, name)
  }
  scratch.program('compiled', '\u007fELF')
  scratch.program('endless', `#!/bin/sh\nexec ${scratch.folder}/endless "$@"\n`)
  for (const name of ['compiled', 'endless', 'absent']) {
    assert.equal(interpreterOf(realDisk, join(scratch.folder, name)), undefined, name)
  }
})

test('a command always names the home root and the profile, and drops the user behind sudo', () => {
  const target = { home: '/h/profiles/a', homeRoot: '/h', profile: 'a' }
  const { argv, env } = engineCommand({ program: '/bin/hermes' }, target, ['cron', 'list'], { SUDO_USER: 'x', A: '1' })
  assert.deepEqual(argv, ['/bin/hermes', '-p', 'a', 'cron', 'list'])
  assert.deepEqual({ ...env }, { A: '1', HERMES_HOME: '/h', SUDO_USER: undefined })
})

test('features follow the order of versions, number by number', () => {
  assert.ok(compareVersions('0.9.9', '0.18.0') < 0)
  assert.equal(featuresOfVersion('0.18.2').has('configGet'), false)
  assert.equal(featuresOfVersion('0.22.0').has('cronDefinitionsOnly'), true)
  assert.equal(featuresOfVersion(undefined).size, 0)
})
