// `timmy init --from-home`: an existing home described so that the first plan is empty, and no secret taken over.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { stringify } from 'yaml'
import { isMapping, type Json } from '../../src/core/index.ts'
import { engines, fixtures, skipReason } from '../engine.ts'
import { deployBench, snapshotOf, type Bench, type BenchOptions } from './bench.ts'

function homeBench(options: BenchOptions & { livedIn?: boolean } = {}): Bench {
  const bench = deployBench({ ...options, env: { TIMMY_SIDECAR: '', ...options.env } })
  if (options.livedIn) cpSync(join(fixtures, 'home-0.19'), bench.home.path, { recursive: true })
  return bench
}

/** Describes the home as `mine`; what the sidecar then holds, and what init said. */
async function describe(bench: Bench, ...flags: string[]) {
  const before = bench.snapshot('hermes')
  const { document, exit } = await bench.json('init', 'mine', '--from-home', '--no-git', ...flags)
  assert.equal(exit, 0, JSON.stringify(document))
  assert.deepEqual(bench.snapshot('hermes'), before, 'init changed the home')
  const folder = bench.folder.at('mine')
  const read = (path: string): string => readFileSync(join(folder, path), 'utf8')
  return { document, folder, read, has: (path: string): boolean => existsSync(join(folder, path)) }
}

async function assertDescribed(bench: Bench): Promise<void> {
  await bench.expect(0, 'check')
  const { document, exit } = await bench.json('plan')
  assert.deepEqual(
    {
      exit,
      actions: document.changes.filter(({ action }: { action: string }) => action !== 'none'),
      conflicts: document.conflicts,
    },
    { exit: 0, actions: [], conflicts: [] },
  )
}

const leftOut = (document: { leftOut: { entry: string }[] }): string[] => document.leftOut.map(({ entry }) => entry)

test('a lived-in home: settings, identity, skin, script, aliases and jobs are described, and the plan is empty', async () => {
  using bench = homeBench({ livedIn: true })
  const { document, read, has } = await describe(bench)
  assert.deepEqual(document.leftOut, [])
  assert.match(read('config.yaml'), /^ {2}max_turns: 60$/m)
  assert.doesNotMatch(read('config.yaml'), /_config_version/)
  assert.equal(read('SOUL.md'), bench.home.read('SOUL.md'))
  assert.equal(read('skins/timmy.yaml'), bench.home.read('skins/timmy.yaml'))
  assert.ok(has('scripts/disk-watch.py') && has('channel_aliases.json'))
  assert.equal(
    read('cron/drift-watch.yaml'),
    'name: drift-watch\nid: acd716a77b34\nschedule: every 2h\ninherit_model: true\nskills:\n  - deploy-check\ndeliver: local\nprompt: Look for drift between the declared and the live home.\n',
  )
  for (const never of ['channel_directory.json', 'gateway.pid', 'cron/jobs.json', 'memories/MEMORY.md', 'state']) {
    assert.ok(!has(never), `${never} was taken over`)
  }
  await assertDescribed(bench)
})

test('then one edited line is the whole plan, and the deploy changes that line alone and says what to restart', async () => {
  using bench = homeBench({ livedIn: true })
  const { document: made, folder } = await describe(bench)
  assert.equal(made.generation, 1)
  const before = bench.snapshot('hermes')
  const config = readFileSync(join(folder, 'config.yaml'), 'utf8')
  bench.folder.write(
    'mine/config.yaml',
    config.replace('enabled: []', 'enabled: [notes]').replace('max_turns: 60', 'max_turns: 77'),
  )
  const { document } = await bench.json('plan')
  assert.deepEqual(
    document.changes.map(({ entry, action }: { entry: string; action: string }) => `${action} ${entry}`),
    ['update config.yaml#agent.max_turns', 'update config.yaml#plugins.enabled'],
  )
  assert.deepEqual(document.restarts, [{ target: 'local', what: 'gateway', because: ['config.yaml#plugins.enabled'] }])
  const { stdout } = await bench.expect(0, 'deploy', '--yes')
  assert.match(stdout, /restart .*gateway, because of config\.yaml#plugins\.enabled/)
  const after = bench.snapshot('hermes')
  assert.equal(
    after['config.yaml'],
    before['config.yaml']?.replace('max_turns: 60', 'max_turns: 77').replace('enabled: []', 'enabled: [notes]'),
  )
  assert.deepEqual({ ...after, 'config.yaml': '' }, { ...before, 'config.yaml': '' })
})

test('a home that PyYAML wrote anew is described just the same', async (t) => {
  using bench = homeBench({ livedIn: true })
  const script =
    'import sys, yaml; print(yaml.safe_dump(yaml.safe_load(open(sys.argv[1])), default_flow_style=False), end="")'
  let dumped: string
  try {
    dumped = execFileSync('python3', ['-c', script, bench.home.at('config.yaml')], { encoding: 'utf8' })
  } catch {
    t.skip('no python3 with PyYAML is here: apt-get install python3-yaml')
    return
  }
  bench.home.write('config.yaml', dumped)
  await describe(bench)
  await assertDescribed(bench)
})

test('an empty home is described by a sidecar that wants nothing of it yet', async () => {
  using bench = homeBench()
  const { document, has } = await describe(bench)
  assert.deepEqual(document.entries, [])
  assert.ok(has('timmy.yaml') && !has('config.yaml'))
  await assertDescribed(bench)
})

test("the engine's own SOUL.md, version and onboarding are left to it without a word", async () => {
  using bench = homeBench({
    home: { 'SOUL.md': '\n', 'config.yaml': '_config_version: 33\nonboarding:\n  seen: true\n' },
  })
  const { document, has } = await describe(bench)
  assert.deepEqual({ entries: document.entries, leftOut: document.leftOut }, { entries: [], leftOut: [] })
  assert.ok(!has('SOUL.md'))
})

test("a profile's home is a target of its own", async () => {
  using bench = homeBench({ home: { 'config.yaml': 'agent:\n  max_turns: 10\n' } })
  bench.home.write('profiles/wolf/config.yaml', 'agent:\n  max_turns: 20\n')
  bench.home.write('profiles/wolf/SOUL.md', 'You are Wolf.\n')
  const { read } = await describe(bench, '--profile', 'wolf')
  assert.match(read('config.yaml'), /max_turns: 20/)
  assert.match(read('timmy.yaml'), /wolf: \{ home: "~\/\.hermes", profile: "wolf"/)
  await assertDescribed(bench)
})

test('a home elsewhere is named by its own path', async () => {
  using bench = homeBench()
  bench.folder.write('other home/config.yaml', 'agent:\n  max_turns: 20\n')
  const { read } = await describe(bench, '--home', 'other home')
  assert.match(read('timmy.yaml'), new RegExp(`home: "${bench.folder.at('other home')}"`))
  await assertDescribed(bench)
})

test('learned memories stay the agent’s, unless they are asked for', async () => {
  using bench = homeBench({ livedIn: true })
  const { read } = await describe(bench, '--memories')
  assert.match(read('memories/MEMORY.md'), /two hosts: alpha and beta\.\n§\nDeploys go through/)
  await assertDescribed(bench)
})

test('skills of the engine, of its hub and of the agent are left, those of the owner are taken whole', async () => {
  const skill = (name: string): string => `---\nname: ${name}\ndescription: "About ${name}"\n---\nDo it.\n`
  using bench = homeBench({
    home: {
      'skills/.bundled_manifest': 'brought:d41d8cd98f00b204e9800998ecf8427e\n',
      'skills/.hub/lock.json': JSON.stringify({
        version: 1,
        installed: { fetched: { install_path: 'tools/fetched' } },
      }),
      'skills/.usage.json': JSON.stringify({ learned: { created_by: 'agent' }, kept: { created_by: null } }),
      'skills/a/brought/SKILL.md': skill('brought'),
      'skills/tools/fetched/SKILL.md': skill('fetched'),
      'skills/learned/SKILL.md': skill('learned'),
      'skills/house/kept/SKILL.md': skill('kept'),
      'skills/house/kept/notes/more.md': 'more\n',
      'skills/house/kept/__pycache__/x.pyc': 'x',
    },
  })
  const { document, has } = await describe(bench)
  assert.deepEqual(leftOut(document), ['skills/learned'])
  assert.ok(has('skills/house/kept/SKILL.md') && has('skills/house/kept/notes/more.md'))
  assert.ok(
    !has('skills/a/brought/SKILL.md') && !has('skills/tools/fetched/SKILL.md') && !has('skills/house/kept/__pycache__'),
  )
  assert.match(document.notes.join('\n'), /2 skills that the engine brought/)
  await assertDescribed(bench)
})

test('what a check would refuse is left out and named with its mend, and the rest is described', async () => {
  using bench = homeBench({
    home: {
      'config.yaml':
        'provider: openrouter\nagent:\n  max_turns: 20\ndisplay:\n  skin: lost\nfallback_providers:\n  - provider: custom\n    model: m\n    base_url: http://b.example.invalid/v1\n',
      'skins/broken.yaml': 'name: other\n',
      'scripts/broken.sh': 'if then fi\n',
    },
  })
  const { document, read } = await describe(bench)
  assert.deepEqual(leftOut(document), [
    'config.yaml#display.skin',
    'config.yaml#fallback_providers',
    'config.yaml#provider',
    'scripts/broken.sh',
    'skins/broken.yaml',
  ])
  assert.ok(
    document.leftOut.every(({ why, mend }: { why: string; mend: string | null }) => why !== '' && mend !== null),
  )
  assert.match(read('config.yaml'), /max_turns: 20/)
  await assertDescribed(bench)
})

test('jobs that a sidecar cannot mean are left out and named', async () => {
  const job = (id: string, name: string, schedule: Json): Json => ({
    id,
    name,
    prompt: 'Look.',
    schedule,
    schedule_display: isMapping(schedule) ? (schedule['display'] ?? null) : schedule,
    repeat: { times: null, completed: 3 },
    enabled: true,
    last_status: 'ok',
  })
  const daily = { kind: 'cron', expr: '0 7 * * *', display: '0 7 * * *' }
  const jobs = [
    job('aaaaaaaaaaa1', 'Daily Report', daily),
    job('aaaaaaaaaaa2', 'twin', daily),
    job('aaaaaaaaaaa3', 'twin', daily),
    job('aaaaaaaaaaa4', 'one-shot', {
      kind: 'once',
      run_at: '2027-01-31T09:00:00+00:00',
      display: 'once at 2027-01-31 09:00',
    }),
    job('aaaaaaaaaaa5', 'text', '0 7 * * *'),
    job('aaaaaaaaaaa6', 'hourly', { kind: 'interval', minutes: 90, display: 'every 90m' }),
  ]
  using bench = homeBench({ home: { 'cron/jobs.json': JSON.stringify({ jobs }) } })
  const { document, read } = await describe(bench)
  assert.deepEqual(leftOut(document), [
    'cron/jobs.json@"Daily Report"',
    'cron/jobs.json@one-shot',
    'cron/jobs.json@text',
    'cron/jobs.json@twin',
  ])
  assert.match(document.leftOut[0].mend, /hermes cron edit aaaaaaaaaaa1 --name daily-report/)
  assert.match(read('cron/hourly.yaml'), /schedule: every 90m\n/)
  await assertDescribed(bench)
})

test('a second sidecar for a home that has one does not inherit its deletions', async () => {
  using bench = homeBench({ livedIn: true, sidecar: { 'skins/extra.yaml': 'name: extra\n' } })
  await bench.expect(0, 'deploy', '--yes', '--sidecar', bench.sidecar.path)
  const { read } = await describe(bench)
  assert.match(read('timmy.yaml'), /^ {2}local-2: /m)
  await assertDescribed(bench)
})

test('without a home there is nothing to describe, and nothing is made', async () => {
  using bench = homeBench()
  bench.folder.write('x', '')
  const { document, exit } = await bench.json('init', 'mine', '--from-home', '--home', 'missing')
  assert.deepEqual(
    { exit, code: document.code, made: existsSync(bench.folder.at('mine')) },
    { exit: 4, code: 'HOME_MISSING', made: false },
  )
})

for (const [what, spoil] of [
  ['does not parse', (bench: Bench) => void bench.home.write('config.yaml', 'a: [\n')],
  [
    'is a link',
    (bench: Bench) => symlinkSync(bench.folder.write('elsewhere.yaml', 'a: 1\n'), bench.home.at('config.yaml')),
  ],
  ['is a folder', (bench: Bench) => mkdirSync(bench.home.at('config.yaml'))],
] as const) {
  test(`a config.yaml that ${what} is refused with its path, and nothing is made`, async () => {
    using bench = homeBench()
    spoil(bench)
    const { document, exit } = await bench.json('init', 'mine', '--from-home')
    assert.deepEqual({ exit, code: document.code }, { exit: 4, code: 'HOME_UNUSABLE' })
    assert.equal(document.where[0].file, bench.home.at('config.yaml'))
    assert.ok(!existsSync(bench.folder.at('mine')))
  })
}

test('links, huge files and names of secrets are named and not taken over', async () => {
  using bench = homeBench({
    home: {
      'hooks/watch/HOOK.yaml': 'name: watch\n',
      'hooks/watch/.env': 'X=1\n',
      'hooks/watch/data.db': 'x',
      'scripts/big.txt': 'x'.repeat(2_000_000),
    },
  })
  symlinkSync('/etc/hostname', bench.home.at('scripts/linked.sh'))
  const { document, has } = await describe(bench)
  assert.deepEqual(leftOut(document), [
    'hooks/watch/.env',
    'hooks/watch/data.db',
    'scripts/big.txt',
    'scripts/linked.sh',
  ])
  assert.ok(has('hooks/watch/HOOK.yaml') && !has('hooks/watch/.env'))
})

test('a plugin with a repository of its own is left to it', async () => {
  using bench = homeBench({
    home: { 'plugins/notes/plugin.yaml': 'name: notes\n', 'plugins/notes/.git/HEAD': 'ref: x\n' },
  })
  assert.deepEqual(leftOut((await describe(bench)).document), ['plugins/notes'])
})

/** Built here, so that no file of this repository holds anything like a secret. */
const canary = ['qz7', 'Kp2', 'Wm9', 'Xv4', 'Tn8', 'Lc3'].join('')
const shaped = ['sk', 'ant', `api03-${canary}${canary}`].join('-')

test('a secret planted in every place is in no file of the sidecar and in no output, and each place is named', async () => {
  using bench = homeBench({
    home: {
      '.env': `OPENAI_API_KEY=${canary}\nTELEGRAM_BOT_TOKEN="${shaped}"\n`,
      'config.yaml': stringify({
        agent: { max_turns: 20 },
        model: { api_key: canary, base_url: `http://h.example.invalid/v1?token=${canary}` },
        terminal: { env: [`PASS=${canary}`], cwd: canary },
        mcp_servers: {
          one: { command: 'npx', args: ['serve', '--token', canary] },
          two: { headers: { Authorization: `Bearer ${canary}` } },
          three: { url: `https://h.example.invalid/${shaped}` },
        },
        fallback_providers: [
          { provider: 'custom', model: 'm', base_url: 'http://b.example.invalid/v1', api_key: canary },
        ],
        good: { api_key: '${OPENAI_API_KEY}' },
        [canary]: { odd: 1 },
      }),
      'cron/jobs.json': JSON.stringify({
        jobs: [
          {
            id: 'aaaaaaaaaaa1',
            name: 'leaky',
            prompt: `use ${canary}`,
            schedule: { kind: 'cron', expr: '0 7 * * *', display: '0 7 * * *' },
          },
          {
            id: 'aaaaaaaaaaa2',
            name: `n-${canary}`,
            prompt: 'Look.',
            schedule: { kind: 'cron', expr: '0 7 * * *', display: '0 7 * * *' },
          },
        ],
      }),
      'channel_aliases.json': JSON.stringify({ telegram: { '-1001': canary } }),
      'SOUL.md': `You know ${canary}.\n`,
      'memories/MEMORY.md': `The key is ${shaped}`,
      'skins/dusk.yaml': `name: dusk\ndescription: ${canary}\n`,
      'scripts/leaky.py': `TOKEN = "${canary}"\n`,
      'skills/house/SKILL.md': `---\nname: house\ndescription: d\n---\n${canary}\n`,
      [`hooks/${canary}/HOOK.yaml`]: 'name: x\n',
    },
  })
  const { document, read } = await describe(bench, '--memories')
  const said = [JSON.stringify(document)]
  for (const args of [['check'], ['plan'], ['plan', '--json', '-v'], ['deploy', '--yes', '-v']]) {
    const { stdout, stderr } = await bench.timmy(...args)
    said.push(stdout, stderr)
  }
  const written = { ...snapshotOf(bench.folder.at('mine')), ...bench.snapshot('state') }
  for (const secret of [canary, shaped]) {
    for (const [path, text] of Object.entries(written))
      assert.ok(!text.includes(secret) && !path.includes(secret), `in ${path.length} ${path.slice(0, 9)}`)
    for (const [index, text] of said.entries())
      assert.ok(!text.includes(secret), `in output ${index}: ${text.replaceAll(secret, 'CANARY')}`)
  }
  assert.match(read('config.yaml'), /api_key: \$\{OPENAI_API_KEY\}/)
  const secrets = document.leftOut
    .filter(({ secret }: { secret: boolean }) => secret)
    .map(({ entry }: { entry: string }) => entry)
  for (const entry of [
    'config.yaml#model.api_key',
    'config.yaml#terminal.cwd',
    'config.yaml#mcp_servers.one.args',
    'SOUL.md',
    'scripts/leaky.py',
    'skills/house',
    'channel_aliases.json#telegram.-1001',
    'cron/jobs.json@leaky',
  ]) {
    assert.ok(secrets.includes(entry), `${entry} is not named: ${secrets.join(' ')}`)
  }
  const key = document.leftOut.find(({ entry }: { entry: string }) => entry === 'config.yaml#model.api_key')
  assert.match(key.mend, /^write model\.api_key: \$\{OPENAI_API_KEY\} into the config\.yaml of the sidecar$/)
  await assertDescribed(bench)
})

test('a secret without a name in .env gets one to be put there under', async () => {
  using bench = homeBench({ home: { 'config.yaml': stringify({ web: { search: { apiKey: canary } } }) } })
  const { document } = await describe(bench)
  assert.match(
    document.leftOut[0].mend,
    /put it into the \.env of the home as WEB_SEARCH_API_KEY, then write web\.search\.apiKey: \$\{WEB_SEARCH_API_KEY\}/,
  )
})

const keyNames = fc.oneof(
  fc.constantFrom(
    'agent',
    'model',
    'display',
    'terminal',
    'max_turns',
    'a.b',
    'on',
    '12',
    'null',
    'ü',
    'with space',
    '-dash',
    '#hash',
  ),
  fc.string({ minLength: 1, maxLength: 8, unit: 'grapheme' }),
)
const scalars: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom(
    'yes',
    'off',
    '0o17',
    '1_000',
    '12:30:45',
    '2026-01-31',
    '~',
    '',
    ' x ',
    '1e3',
    '${NAME}',
    '<<',
    'a: b',
    '# no',
    'line one\nline two\n',
    '\ttab',
  ),
  fc.string({ maxLength: 20, unit: 'grapheme' }),
  fc.boolean(),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constant(null),
)
const { tree } = fc.letrec<{ tree: Json }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    scalars,
    fc.array(scalars, { maxLength: 3 }),
    fc.dictionary(keyNames, tie('tree'), { maxKeys: 4 }),
  ),
}))
const configs = fc.dictionary(fc.constantFrom('agent', 'terminal', 'providers', 'tools', 'x'), tree, { maxKeys: 5 })

test('whatever a config.yaml holds, the described home has an empty first plan', async () => {
  await fc.assert(
    fc.asyncProperty(configs, fc.boolean(), async (config, isJson) => {
      using bench = homeBench({
        home: { 'config.yaml': isJson ? JSON.stringify(config) : stringify(config, { version: '1.1' }) },
      })
      const { exit } = await bench.json('init', 'mine', '--from-home', '--no-git')
      if (exit === 4) return // refused as unreadable, and nothing made
      assert.equal(exit, 0)
      await assertDescribed(bench)
    }),
    { numRuns: 60 },
  )
})

test(
  'with a real engine, settings that equal its defaults are left to it',
  { skip: skipReason('0.19.0') },
  async () => {
    const program = engines().find(({ version }) => version === '0.19.0')?.program ?? ''
    using bench = homeBench({ livedIn: true, env: { TIMMY_HERMES: program } })
    bench.home.edit('config.yaml', 'max_turns: 60', 'max_turns: 90')
    const { document, read } = await describe(bench)
    assert.doesNotMatch(read('config.yaml'), /max_turns|memory_char_limit/)
    assert.match(document.notes.join('\n'), /2 settings equal to the engine's default/)
    assert.match(read('timmy.yaml'), /engine: ">=0\.19"/)
    await assertDescribed(bench)
  },
)
