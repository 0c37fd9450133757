// The fake `hermes` says what the engine said: every recording, and the live answers beside theirs.

import assert from 'node:assert/strict'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { realDisk, run } from '../src/core/index.ts'
import { askEngine, findEngine } from '../src/hermes/index.ts'
import { jobsFromText } from '../src/hermes/public.ts'
import { scratchHome, type ScratchHome } from './engine.ts'
import { answerHermes, recordedCalls, type FakeAnswer, type RecordedCall } from './fake-hermes/answer.ts'
import { installFakeHermes } from './fake-hermes/install.ts'

const calls = recordedCalls()

function recorded(name: string, home: ScratchHome): FakeAnswer & Pick<RecordedCall, 'argv'> {
  const call = calls.find((candidate) => candidate.name === name)
  assert.ok(call, name)
  const inPlace = (text: string): string =>
    text
      .replaceAll('$HERMES_HOME', home.homeRoot)
      .replaceAll('$CWD', '/w')
      .replaceAll('$TMP', home.folder)
      .replaceAll('$VENV', '/opt/hermes/venv')
  return { argv: call.argv, exit: call.exit, stdout: inPlace(call.stdout), stderr: inPlace(call.stderr) }
}

function answer(home: ScratchHome, argv: readonly string[], env = {}): FakeAnswer {
  return answerHermes(argv, { env: { ...home.env, ...env }, cwd: '/w' })
}

test('every recording plays back by its name: exit, both streams, files made and removed', () => {
  for (const call of calls) {
    using home = scratchHome()
    for (const path of call.removed ?? []) home.write(path, 'x')
    const { argv, ...expected } = recorded(call.name, home)
    assert.deepEqual(answer(home, argv.slice(1), { FAKE_HERMES_CALL: call.name }), expected, call.name)
    for (const entry of call.created ?? []) {
      const [path = '', mode] = entry.split(' 0o')
      assert.equal((statSync(join(home.home, path)).mode & 0o777).toString(8), mode, `${call.name}: ${path}`)
    }
    for (const path of call.removed ?? []) assert.equal(existsSync(join(home.home, path)), false, call.name)
  }
})

const withConfig = (settings: object): Record<string, string> => ({ 'config.yaml': JSON.stringify(settings) })
const model = { default: 'fake-model', provider: 'custom', base_url: 'http://127.0.0.1:18801/v1' }
const second = { provider: 'custom', model: 'second-model', base_url: 'http://127.0.0.1:18802/v1' }

/** Live answers: the recording, and the home it was made on. */
const live: Record<string, { files?: Record<string, string> }> = {
  version: {},
  'version-sub': {},
  'config-path': {},
  'config-path-sticky': { files: { active_profile: 'worker2\n', 'profiles/worker2/SOUL.md': '' } },
  'config-path-p-default': { files: { active_profile: 'worker2\n', 'profiles/worker2/SOUL.md': '' } },
  'turn-unknown-profile': {},
  'get-default-only': {},
  'get-missing': {},
  'config-get': { files: withConfig({ agent: { max_turns: 50 } }) },
  'config-get-json': { files: withConfig({ agent: { max_turns: 50 } }) },
  'get-string-vs-json': { files: withConfig({ model }) },
  'get-list-json': { files: withConfig({ model, fallback_providers: [second] }) },
  'fallback-list-empty': {},
  'fallback-list-no-model': { files: withConfig({ model, fallback_providers: [{ provider: 'custom' }] }) },
  'fallback-list-json-string': { files: withConfig({ model, fallback_providers: JSON.stringify([second]) }) },
  'fallback-list-mapping': { files: withConfig({ model, fallback_providers: second }) },
  'cron-list-empty': {},
  'gateway-status-down': {},
  'gateway-stop-down': {},
}
for (const [name, { files = {} }] of Object.entries(live)) {
  test(`the live answer to ${name} is the recorded one`, () => {
    using home = scratchHome({ files })
    const { argv, ...expected } = recorded(name, home)
    assert.deepEqual(answer(home, argv.slice(1)), expected)
  })
}

test('a job list made from the recorded one prints as it did', () => {
  using home = scratchHome()
  for (const name of ['cron-list', 'cron-list-all']) {
    const { argv, ...expected } = recorded(name, home)
    const jobs = [...expected.stdout.matchAll(/^ {2}(\S+) \[(\w+)\]\n((?: {4}.*\n)+)/gm)].map(
      ([, id, state, text = '']) => {
        const field = (label: string): string | undefined => new RegExp(`^ {4}${label}: +(.*)$`, 'm').exec(text)?.[1]
        const [completed, times] = field('Repeat')?.split('/').map(Number) ?? []
        return {
          id,
          name: field('Name'),
          schedule: { display: field('Schedule') },
          repeat: times === undefined ? null : { times, completed },
          next_run_at: field('Next run'),
          deliver: field('Deliver'),
          script: field('Script'),
          no_agent: text.includes('Mode:'),
          enabled: state === 'active',
          state,
        }
      },
    )
    assert.equal(jobs.length, jobsFromText(expected.stdout)?.length)
    home.write('cron/jobs.json', JSON.stringify({ jobs }))
    assert.deepEqual(answer(home, argv.slice(1)), expected, name)
  }
})

test('a call that was never recorded is a usage error', () => {
  using home = scratchHome()
  assert.equal(answer(home, ['make', 'coffee']).exit, 2)
})

test('as a program it is an engine that the program finds and asks', async () => {
  using home = scratchHome({ livedIn: true })
  const env = { ...home.env, TIMMY_HERMES: installFakeHermes(join(home.folder, 'bin')) }
  const engine = await findEngine({ cwd: '/', env, disk: realDisk })
  assert.deepEqual([engine?.version, engine?.known, engine?.interpreter], ['0.19.0', true, undefined])
  assert.ok(engine)
  const keys = [
    { path: ['agent', 'max_turns'], desired: 60 },
    { path: ['toolsets'], desired: ['hermes-cli'] },
    { path: ['x'] },
  ]
  const answers = await askEngine(engine, home, { keys, fallbackChain: true, jobs: true }, { env })
  assert.ok(answers.keys.known && answers.fallbackChain.known && answers.jobs.known)
  assert.deepEqual(
    answers.keys.value.map(({ state }) => state),
    ['value', 'value', 'absent'],
  )
  assert.equal(answers.fallbackChain.value[0]?.model, 'backup-model')
  assert.equal(answers.jobs.value.jobs.length, 3)
  const { exitCode, stderr } = await run([engine.program, '-p', 'nosuch', 'chat'], { timeoutMs: 20_000, env })
  assert.equal(exitCode, 1)
  assert.match(stderr, /^Error: Profile 'nosuch' does not exist/)
})
