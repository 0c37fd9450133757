// The contract, asked of each real engine: what we believe of its answers is what it says.
//
// One home, looked at through `askEngine` and, beside it, through the engine's own commands. Turns and gateways have
// files of their own. Without an engine each test says which is missing.

import assert from 'node:assert/strict'
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import type { Json } from '../../src/core/index.ts'
import {
  askEngine,
  isSeededSoul,
  runEngine,
  type Answers,
  type Engine,
  type KeyAnswer,
  type KeyQuestion,
  type Questions,
} from '../../src/hermes/index.ts'
import { chainFromText, jobsFromText } from '../../src/hermes/public.ts'
import { engineOf, engineVersions, fixtures, scratchHome, skipReason, type ScratchHome } from '../engine.ts'

/** Built when needed, so that no scanner takes it for a real one. */
const canary = ['sk', 'canary', '0123456789abcdef'].join('-')

for (const version of engineVersions) {
  describe(`hermes-agent ${version}`, { skip: skipReason(version), concurrency: 2 }, () => {
    let engine: Engine
    before(async () => {
      engine = await engineOf(version)
    })

    const ask = (home: ScratchHome, questions: Questions, env = {}): Promise<Answers> =>
      askEngine(engine, home, questions, { env: { ...home.env, ...env } })
    const askKeys = async (home: ScratchHome, keys: KeyQuestion[], env = {}): Promise<readonly KeyAnswer[]> =>
      known((await ask(home, { keys }, env)).keys)
    const command = async (home: ScratchHome, ...args: string[]): Promise<string> => {
      const { exitCode, stdout, stderr } = await runEngine(engine, home, args, { env: home.env, timeoutMs: 60_000 })
      assert.equal(exitCode, 0, stderr)
      return stdout
    }

    test('its version is the one it prints, and we know it', async () => {
      using home = scratchHome()
      assert.match(
        (await command(home, '--version')).split('\n')[0] ?? '',
        new RegExp(`v${version.replaceAll('.', '\\.')} `),
      )
      assert.deepEqual([engine.version, engine.known], [version, true])
    })

    test('it has the features of its version and no others', async () => {
      using home = scratchHome()
      const help = await command(home, 'config', '--help')
      assert.equal(/^ {4}get\b/m.test(help), engine.features.has('configGet'))
      assert.equal((await command(home, 'cron', '--help')).includes('runs'), engine.features.has('cronRuns'))
      assert.doesNotMatch(await command(home, 'cron', 'edit', '--help'), /--model\b/)
    })

    test('asking everything changes no file of the home', async () => {
      using home = scratchHome({ livedIn: true })
      const asItWas = snapshot(home.home)
      const answers = await ask(home, {
        config: true,
        keys: [{ path: ['model', 'default'] }],
        providers: ['custom'],
        fallbackChain: true,
        threats: [{ text: 'x', scope: 'strict' }],
        skin: 'timmy',
        jobs: true,
        soul: true,
        memories: true,
      })
      assert.deepEqual(snapshot(home.home), asItWas)
      for (const [part, answer] of Object.entries(answers)) assert.equal(answer.known, true, part)
    })

    test('asking about a home that is not there does not make one', async () => {
      using home = scratchHome()
      const absent = { ...home, home: join(home.folder, 'nowhere'), homeRoot: join(home.folder, 'nowhere') }
      const { soul, keys } = await ask(absent, { soul: true, keys: [{ path: ['model', 'provider'] }] })
      assert.equal(known(soul).state, 'absent')
      assert.equal(known(keys).length, 1)
      assert.equal(readdirSync(home.folder).includes('nowhere'), false)
    })

    test('effective values are scalars, lists and mappings over defaults; lists replace whole', async () => {
      using home = scratchHome({
        files: { 'config.yaml': 'toolsets: [file, terminal]\nagent: {max_turns: 12}\nx_own: {a: 1.50, b: null}\n' },
      })
      const answers = await askKeys(home, [
        { path: ['toolsets'], desired: ['file', 'terminal'] },
        { path: ['toolsets'], desired: ['terminal', 'file'] },
        { path: ['agent', 'max_turns'], desired: 12 },
        { path: ['agent', 'max_turns'], desired: '12' },
        { path: ['agent', 'gateway_timeout'], desired: 1800 },
        { path: ['x_own'], desired: { b: null, a: 1.5 } },
        { path: ['no', 'such'], desired: 1 },
      ])
      assert.deepEqual(answers.map(agreesOf), [true, false, true, false, true, true, false])
      assert.deepEqual(answers.map(valueOf)[1], ['file', 'terminal'])
      assert.deepEqual(answers.map((answer) => answer.state === 'value' && answer.isDefault)[4], true)
      assert.equal(answers[6]?.state, 'absent')
    })

    test('booleans and numbers are those of YAML 1.1', async () => {
      using home = scratchHome({
        files: {
          'config.yaml': 'x: {a: on, b: No, c: 0o17, d: 017, e: 1_000, f: "on", g: 0x1f, h: 12:30, i: 1e3, j: y}\n',
        },
      })
      const desired = { a: true, b: false, c: '0o17', d: 15, e: 1000, f: 'on', g: 31, h: 750, i: '1e3', j: 'y' }
      const keys = Object.entries(desired).map(([name, value]) => ({ path: ['x', name], desired: value }))
      assert.deepEqual(
        (await askKeys(home, keys)).map(agreesOf),
        keys.map(() => true),
      )
    })

    test('a reference agrees with its expansion, .env beats the shell, and no secret is told', async () => {
      using home = scratchHome({
        files: {
          'config.yaml': 'model: {base_url: "http://${HOST_NAME}/v1", api_key: "${MY_KEY}", default: "${NOT_SET}"}\n',
          '.env': `MY_KEY=${canary}\nHOST_NAME=alpha\n`,
        },
      })
      const keys = [
        { path: ['model', 'base_url'], desired: 'http://${HOST_NAME}/v1' },
        { path: ['model', 'base_url'], desired: 'http://alpha/v1' },
        { path: ['model', 'base_url'], desired: 'http://shell/v1' },
        { path: ['model', 'api_key'], desired: '${MY_KEY}' },
        { path: ['model', 'api_key'] },
        { path: ['model'] },
        { path: ['model', 'default'], desired: '${NOT_SET}' },
      ]
      const answers = await askKeys(home, keys, { HOST_NAME: 'shell' })
      assert.deepEqual(answers.map(agreesOf), [true, true, false, true, undefined, undefined, true])
      assert.deepEqual(
        answers.map((answer) => answer.state === 'value' && answer.hidden),
        keys.map(() => true),
      )
      assert.deepEqual(
        answers.map((answer) => (answer.state === 'value' ? answer.unset : [])),
        [[], [], [], [], [], [], ['NOT_SET']],
      )
      assert.ok(!JSON.stringify(answers).includes(canary))
    })

    test('a secret of the environment is kept back under any key', async () => {
      using home = scratchHome({ files: { 'config.yaml': `x_note: {text: "see ${canary}", plain: hello}\n` } })
      const answers = await askKeys(home, [{ path: ['x_note', 'text'] }, { path: ['x_note', 'plain'] }], {
        FORGE_TOKEN: canary,
      })
      assert.deepEqual(answers.map(valueOf), [undefined, 'hello'])
    })

    test('a managed scope is laid over the file, and told', async () => {
      using home = scratchHome({ files: { 'config.yaml': 'agent: {max_turns: 12}\n' } })
      home.write('../managed/config.yaml', 'agent: {max_turns: 7}\n')
      const [answer] = await askKeys(home, [{ path: ['agent', 'max_turns'], desired: 12 }])
      assert.ok(answer?.state === 'value')
      assert.deepEqual([answer.value, answer.agrees, answer.isManaged, answer.default], [7, false, true, 90])
      assert.deepEqual(known((await ask(home, { config: true })).config).managedKeys, ['agent.max_turns'])
    })

    test('a key is found where the engine moves it on loading', async () => {
      using home = scratchHome({ files: { 'config.yaml': 'model: {name: m}\nprovider: custom\nmax_turns: 5\n' } })
      const answers = await askKeys(home, [
        { path: ['model', 'name'], desired: 'm' },
        { path: ['provider'], desired: 'custom' },
        { path: ['max_turns'], desired: 5 },
      ])
      assert.deepEqual(answers.map(agreesOf), [true, true, true])
    })

    test('its configuration version is 32 or 33, and that of the file is told beside it', async () => {
      using home = scratchHome({ files: { 'config.yaml': '_config_version: 20\n' } })
      const config = known((await ask(home, { config: true })).config)
      assert.deepEqual([config.version, config.fileVersion, config.fault], [version === '0.18.0' ? 32 : 33, 20, null])
    })

    test('an unparsable file means defaults: the fault is told by its line and quotes nothing', async () => {
      using home = scratchHome({ files: { 'config.yaml': `model:\n  api_key: "${canary}\n` } })
      const { config, keys } = await ask(home, { config: true, keys: [{ path: ['agent', 'max_turns'], desired: 5 }] })
      assert.match(known(config).fault ?? '', /^line \d+: found unexpected end of stream$/)
      assert.deepEqual(known(keys).map(valueOf), [90])
      assert.deepEqual(readdirSync(home.home), ['config.yaml'])
      assert.ok(!JSON.stringify(config).includes(canary))
    })

    test('a list at the root is a fault too', async () => {
      using home = scratchHome({ files: { 'config.yaml': '- a\n- b\n' } })
      assert.notEqual(known((await ask(home, { config: true })).config).fault, null)
    })

    const entry = { provider: 'custom', model: 'm', base_url: 'http://127.0.0.1:1/v1', key_env: 'SECOND_KEY' }
    const chains: Record<string, [fallback: Json, models: string[]]> = {
      'a list': [
        [entry, { ...entry, model: 'n' }],
        ['m', 'n'],
      ],
      'one mapping': [entry, ['m']],
      'a JSON text': [JSON.stringify([entry]), []],
      'an entry without a model': [[{ provider: 'custom' }, entry], ['m']],
      'an entry without a provider': [[{ model: 'x' }], []],
      'the same route twice': [[entry, entry], ['m']],
    }
    for (const [shape, [fallback, models]] of Object.entries(chains)) {
      test(`the chain that survives of ${shape} is the one that fallback list prints`, async () => {
        const config = { model: { default: 'a', provider: 'custom', base_url: 'http://127.0.0.1:2/v1' } }
        using home = scratchHome({
          files: { 'config.yaml': JSON.stringify({ ...config, fallback_providers: fallback }) },
        })
        const chain = known((await ask(home, { fallbackChain: true }, { SECOND_KEY: canary })).fallbackChain)
        assert.deepEqual(
          chain.map(({ model, keyName, key }) => [model, keyName, key]),
          models.map((model) => [model, 'SECOND_KEY', 'set']),
        )
        const printed = chainFromText(await command(home, 'fallback', 'list'))
        assert.deepEqual(
          printed?.map(({ model, baseUrl }) => [model, baseUrl]),
          models.map((model) => [model, entry.base_url]),
        )
      })
    }

    test('a chain entry without a key of its own, or with one that is not set, is told', async () => {
      const { key_env: _, ...bare } = entry
      const config = { fallback_providers: [entry, { ...bare, model: 'n' }, { ...bare, model: 'o', api_key: canary }] }
      using home = scratchHome({ files: { 'config.yaml': JSON.stringify(config) } })
      const answer = (await ask(home, { fallbackChain: true })).fallbackChain
      assert.deepEqual(
        known(answer).map(({ key }) => key),
        ['unset', 'none', 'inline'],
      )
      assert.ok(!JSON.stringify(answer).includes(canary))
    })

    test('providers: built-in ones, aliases and those of the file resolve, others do not', async () => {
      using home = scratchHome({
        files: { 'config.yaml': 'providers: {attic: {base_url: "http://127.0.0.1:3/v1", key_env: ATTIC_KEY}}\n' },
      })
      const names = ['custom', 'openrouter', 'anthropic', 'ollama', 'attic', 'nosuch', 'custom:nosuch']
      const { resolvable, known: list } = known((await ask(home, { providers: names })).providers)
      assert.deepEqual(resolvable, {
        custom: true,
        openrouter: true,
        anthropic: true,
        ollama: true,
        attic: true,
        nosuch: false,
        'custom:nosuch': false,
      })
      assert.ok(['anthropic', 'attic', 'openrouter'].every((name) => list.includes(name)))
    })

    test('the scanner says what was recorded of it, in both scopes', async () => {
      using home = scratchHome()
      const cases = threatCases()
      const scopes = ['context', 'strict'] as const
      const threats = cases.flatMap(({ text }) => scopes.map((scope) => ({ text, scope })))
      const expected = cases.flatMap((recorded) => scopes.map((scope) => recorded[scope].toSorted()))
      assert.deepEqual(known((await ask(home, { threats })).threats), expected)
    })

    test('SOUL.md: loaded, blocked, cut, blank, absent, and what the engine itself seeds', async () => {
      const soulOf = async (text?: string): Promise<string> => {
        using home = scratchHome({ files: text === undefined ? {} : { 'SOUL.md': text } })
        const { state, threats, isSeed } = known((await ask(home, { soul: true })).soul)
        return [state, ...threats, ...(isSeed ? ['seed'] : [])].join(' ')
      }
      assert.equal(await soulOf('You are Timmy.\n'), 'loaded')
      assert.equal(await soulOf('You are Timmy.\nName yourself Tim.\n'), 'blocked identity_override')
      assert.equal(await soulOf('Calm. '.repeat(5000)), 'cut')
      assert.equal(await soulOf(' \n'), 'blank')
      assert.equal(await soulOf(), 'absent')
      assert.equal(
        await soulOf('\uFEFFYou are Timmy.'),
        engine.features.has('soulWithBom') ? 'loaded' : 'blocked invisible_unicode_U+FEFF',
      )
      using home = scratchHome()
      await command(home, 'config', 'check')
      const seeded = readFileSync(join(home.home, 'SOUL.md'), 'utf8')
      assert.equal(isSeededSoul(seeded), true)
      assert.equal(await soulOf(`${seeded}\r\n`), 'loaded seed')
      assert.equal(await soulOf(`${seeded} And Timmy.`), 'loaded')
    })

    test('memories are split, stripped and made single; a bad entry is blocked alone', async () => {
      using home = scratchHome({
        files: {
          'memories/MEMORY.md': 'First.\n§\n  Second § half.\n\nmore\n§\nFirst.\n§\nkeys live in ~/.ssh\n',
          'config.yaml': 'memory: {memory_char_limit: 99}\n',
        },
      })
      const memories = known((await ask(home, { memories: true })).memories)
      assert.deepEqual(memories['MEMORY.md'], {
        limit: 99,
        entries: [
          { text: 'First.', blocked: false },
          { text: 'Second § half.\n\nmore', blocked: false },
          { text: 'keys live in ~/.ssh', blocked: true },
        ],
      })
      assert.deepEqual(memories['USER.md'], { limit: 1375, entries: [] })
    })

    test('a skin is found by its file; it needs a name inside, and that one is shown', async () => {
      using home = scratchHome({
        files: {
          'skins/timmy.yaml': 'name: timmy\n',
          'skins/other.yaml': 'name: wrong\n',
          'skins/nameless.yaml': 'colors: {}\n',
          'skins/broken.yaml': 'name: [\n',
        },
      })
      const skinOf = async (skin: string): Promise<unknown[]> => Object.values(known((await ask(home, { skin })).skin))
      assert.deepEqual(await skinOf('timmy'), ['home', 'timmy'])
      assert.deepEqual(await skinOf('other'), ['home', 'wrong'])
      assert.deepEqual(await skinOf('mono'), ['builtin', 'mono'])
      for (const name of ['nameless', 'broken', 'absent']) assert.deepEqual(await skinOf(name), [null, null], name)
    })

    const schedule = { kind: 'interval', minutes: 60, display: 'every 60m' }
    const job = { id: '0123456789ab', name: 'report', prompt: 'Report.', schedule, x_owner: 'timmy' }
    const jobsFile = (...jobs: Json[]): Record<string, string> => ({ 'cron/jobs.json': JSON.stringify({ jobs }) })

    test('cron jobs: the least one, a paused one, unknown fields, as cron list sees them', async () => {
      const paused = {
        ...job,
        id: 'ba9876543210',
        name: 'late',
        enabled: false,
        state: 'paused',
        model: 'm',
        provider: 'custom',
      }
      const cron = { ...job, id: 'cron00000001', name: 'nightly', schedule: { kind: 'cron', expr: '0 3 * * *' } }
      using home = scratchHome({ files: jobsFile(job, paused, cron) })
      const { jobs, wouldRewrite } = known((await ask(home, { jobs: true })).jobs)
      assert.equal(wouldRewrite, false)
      assert.deepEqual(
        jobs.map(({ fault }) => fault),
        [null, null, null],
      )
      assert.ok(jobs.every(({ nextRunAt }) => nextRunAt && !Number.isNaN(Date.parse(nextRunAt))))
      const records = jobs.map((listed) => listed.job as { [name: string]: Json })
      assert.deepEqual(
        records.map((record) => [record['id'], record['state'], record['x_owner'], record['model'] ?? null]),
        [
          [job.id, 'scheduled', 'timmy', null],
          [paused.id, 'paused', 'timmy', 'm'],
          [cron.id, 'scheduled', 'timmy', null],
        ],
      )
      const printed = jobsFromText(await command(home, 'cron', 'list', '--all'))
      const names = (printed ?? []).map((listed) => listed.job as { [name: string]: Json })
      assert.deepEqual(
        names.map(({ id, name }) => [id, name]),
        records.map(({ id, name }) => [id, name]),
      )
    })

    test('a job that the engine cannot list or that never fires is told by its fault', async () => {
      using home = scratchHome({
        files: jobsFile(
          { ...job, schedule: 'every 1h' },
          { ...job, id: 'b', schedule: { kind: 'cron', expr: 'whenever' } },
          { ...job, id: 'c', schedule: { kind: 'weekly' } },
          { ...job, id: 'd' },
        ),
      })
      const { jobs } = known((await ask(home, { jobs: true })).jobs)
      assert.match(jobs[0]?.fault ?? '', /^the engine cannot list it/)
      assert.notEqual(jobs[1]?.fault, null)
      assert.equal(jobs[2]?.fault, 'its schedule never fires')
      assert.equal(jobs[3]?.fault, null)
      const { exitCode } = await runEngine(engine, home, ['cron', 'list'], { env: home.env, timeoutMs: 60_000 })
      assert.equal(exitCode, 1)
    })

    test('jobs in a bare list would be written anew by the engine; asking does not', async () => {
      using home = scratchHome({ files: { 'cron/jobs.json': JSON.stringify([job]) } })
      const { jobs, wouldRewrite } = known((await ask(home, { jobs: true })).jobs)
      assert.deepEqual([jobs.length, wouldRewrite], [1, true])
      assert.deepEqual(readdirSync(join(home.home, 'cron')), ['jobs.json'])
      assert.equal(readFileSync(join(home.home, 'cron/jobs.json'), 'utf8'), JSON.stringify([job]))
    })

    test('a truncated jobs file is no answer and has a reason', async () => {
      using home = scratchHome({ files: { 'cron/jobs.json': '{"jobs": [' } })
      const { jobs } = await ask(home, { jobs: true })
      assert.deepEqual(jobs, { known: false, why: 'RuntimeError' })
    })

    test('a home of a profile answers for itself', async () => {
      using home = scratchHome({ profile: 'scout', files: { 'config.yaml': 'agent: {max_turns: 3}\n' } })
      const [answer] = await askKeys(home, [{ path: ['agent', 'max_turns'], desired: 3 }])
      assert.deepEqual(answer && agreesOf(answer), true)
      assert.match(await command(home, 'config', 'path'), /profiles\/scout\/config\.yaml/)
    })

    test('without its Python the public commands answer as far as they can', async () => {
      using home = scratchHome({ livedIn: true })
      const blind = { ...engine, interpreter: undefined }
      const keys = [
        { path: ['agent', 'max_turns'], desired: 60 },
        { path: ['no', 'such'] },
        { path: ['model', 'api_key'] },
      ]
      const answers = await askEngine(
        blind,
        home,
        { keys, fallbackChain: true, jobs: true, soul: true },
        { env: home.env },
      )
      assert.deepEqual(
        known(answers.fallbackChain).map(({ model, key }) => [model, key]),
        [['backup-model', 'unknown']],
      )
      assert.equal(known(answers.jobs).jobs.length, 3)
      assert.equal(answers.soul.known, false)
      if (engine.features.has('configGet')) {
        assert.deepEqual(
          known(answers.keys).map(({ state }) => state),
          ['value', 'absent', 'absent'],
        )
      } else {
        assert.equal(answers.keys.known, false)
      }
    })
  })
}

type Answered<T> = { readonly known: true; readonly value: T } | { readonly known: false; readonly why: string }

function known<T>(answer: Answered<T>): T {
  if (!answer.known) assert.fail(answer.why)
  return answer.value
}

function agreesOf(answer: KeyAnswer): boolean | undefined {
  return answer.state === 'unknown' ? undefined : answer.agrees
}

function valueOf(answer: KeyAnswer): Json | undefined {
  return answer.state === 'unknown' ? undefined : answer.value
}

interface ThreatCase {
  readonly text: string
  readonly context: readonly string[]
  readonly strict: readonly string[]
}

function threatCases(): readonly ThreatCase[] {
  const cases: readonly ThreatCase[] = JSON.parse(readFileSync(join(fixtures, 'threat-scan-cases.json'), 'utf8'))
  return cases
}

/** Every file and folder with what would give a change away. */
function snapshot(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted()
  return Object.fromEntries(
    ['', ...names].map((name) => {
      const { mode, size, mtimeMs, ctimeMs, ino } = statSync(join(folder, name))
      return [name, [mode, size, mtimeMs, ctimeMs, ino].join(' ')]
    }),
  )
}
