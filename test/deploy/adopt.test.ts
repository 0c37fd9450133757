// Live edits carried into the sidecar's working tree, never committed, never with a secret.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { digestOf } from '../../src/core/index.ts'
import { deployBench, type BenchOptions } from './bench.ts'

/** Built here so that no scanner of secrets stumbles over this file. */
const canary = ['sk', 'ant', 'api03-q7Zr4Vt9Xw2Lm8Np5Kd1Hs6Fg3Jb0Yc'].join('-')
const plainSecret = ['Vk7', 'pQz', '93x', 'LmT', 'w2B'].join('')

async function deployed(options: BenchOptions) {
  const bench = deployBench(options)
  await bench.expect(0, 'deploy', '--yes')
  return bench
}

/** Every file below our folders and the sidecar, as one text. */
function everythingIn(...folders: readonly string[]): string {
  return folders
    .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)))
    .filter((file) => statSync(file).isFile())
    .map((file) => readFileSync(file, 'latin1'))
    .join('\n')
}

test('an edited key goes into its line of the sidecar; every other byte stays, and the next plan is empty', async () => {
  using bench = await deployed({
    sidecar: {
      'config.yaml': '# turns\nagent:\n  max_turns: 60 # enough\n\ndisplay: { skin: "timmy" }\n',
      'skins/timmy.yaml': 'name: timmy\n',
    },
  })
  bench.home.edit('config.yaml', 'max_turns: 60', 'max_turns: 99')
  const { document } = await bench.json('adopt', 'config.yaml#agent.max_turns', '--yes')
  assert.deepEqual(document.adopted, [{ target: 'local', entry: 'config.yaml#agent.max_turns', file: 'config.yaml' }])
  assert.equal(
    bench.sidecar.read('config.yaml'),
    '# turns\nagent:\n  max_turns: 99 # enough\n\ndisplay: { skin: "timmy" }\n',
  )
  await bench.expect(0, 'plan')
  await bench.expect(0, 'drift')
})

test('adopt never commits: the edit is there to read in git', async () => {
  using bench = deployBench({ sidecar: { 'skins/a.yaml': 'name: a\n' } })
  const git = (...args: string[]) =>
    execFileSync(
      'git',
      ['-C', bench.sidecar.path, '-c', 'user.name=A', '-c', 'user.email=a@example.invalid', ...args],
      { encoding: 'utf8', env: bench.env },
    )
  git('init', '--quiet')
  git('add', '.')
  git('commit', '--quiet', '--message', 'first')
  const commit = git('rev-parse', 'HEAD')
  await bench.expect(0, 'deploy', '--yes')
  bench.home.write('skins/a.yaml', 'name: a\nbranding: {}\n')
  await bench.expect(0, 'adopt', '--all', '--yes')
  assert.equal(git('rev-parse', 'HEAD'), commit)
  assert.equal(git('status', '--porcelain'), ' M skins/a.yaml\n')
})

test('an edited file goes over the file of the layer that won, its executable bit with it', async () => {
  using bench = await deployed({
    sidecar: {
      'scripts/a.sh': '#!/bin/sh\necho base\n',
      'hosts/local/scripts/a.sh': '#!/bin/sh\necho host\n',
      'bin/status': '#!/bin/sh\n',
    },
  })
  bench.home.write('scripts/a.sh', '#!/bin/sh\necho mine\n', 0o700)
  bench.home.write('bin/timmy-status', '#!/bin/sh\necho ok\n', 0o700)
  await bench.expect(0, 'adopt', '--all', '--yes')
  assert.equal(bench.sidecar.read('scripts/a.sh'), '#!/bin/sh\necho base\n')
  assert.equal(bench.sidecar.read('hosts/local/scripts/a.sh'), '#!/bin/sh\necho mine\n')
  assert.equal(bench.sidecar.mode('hosts/local/scripts/a.sh') & 0o100, 0o100)
  assert.equal(bench.sidecar.read('bin/status'), '#!/bin/sh\necho ok\n')
  await bench.expect(0, 'plan')
})

test('an edit of a key goes into the layer that won; one removed there hides the lower layer with null', async () => {
  using bench = await deployed({
    sidecar: {
      'config.yaml': 'agent:\n  max_turns: 1\n  api_max_retries: 1\n',
      'hosts/local/config.yaml': 'agent:\n  max_turns: 2\n  api_max_retries: 2\n',
    },
  })
  bench.home.write('config.yaml', 'agent:\n  max_turns: 3\n')
  await bench.expect(0, 'adopt', '--all', '--yes')
  assert.equal(bench.sidecar.read('config.yaml'), 'agent:\n  max_turns: 1\n  api_max_retries: 1\n')
  assert.equal(bench.sidecar.read('hosts/local/config.yaml'), 'agent:\n  max_turns: 3\n  api_max_retries: null\n')
  await bench.expect(0, 'plan')
})

test('what was removed in the home goes from the sidecar: a file, a key, a memory, a job, an alias', async () => {
  using bench = await deployed({
    sidecar: {
      'skins/a.yaml': 'name: a\n',
      'config.yaml': 'agent:\n  max_turns: 1\n  api_max_retries: 1\n',
      'memories/MEMORY.md': 'One.\n§\nTwo.\n',
      'channel_aliases.json': '{\n  "telegram": {\n    "-1": "one",\n    "-2": "two"\n  }\n}\n',
      'cron/daily.yaml': 'name: daily\nschedule: "0 7 * * *"\nmodel: m\nprovider: custom:x\nprompt: Hello.\n',
    },
  })
  bench.home.remove('skins/a.yaml')
  bench.home.write('config.yaml', 'agent:\n  max_turns: 1\n')
  bench.home.write('memories/MEMORY.md', 'Two.')
  bench.home.write('channel_aliases.json', '{"telegram": {"-1": "one"}}')
  bench.home.write('cron/jobs.json', '{"jobs": []}')
  await bench.expect(0, 'adopt', '--all', '--yes')
  assert.equal(bench.sidecar.has('skins/a.yaml'), false)
  assert.equal(bench.sidecar.read('config.yaml'), 'agent:\n  max_turns: 1\n')
  assert.equal(bench.sidecar.read('memories/MEMORY.md'), 'Two.\n')
  assert.deepEqual(JSON.parse(bench.sidecar.read('channel_aliases.json')), { telegram: { '-1': 'one' } })
  assert.equal(bench.sidecar.has('cron/daily.yaml'), false)
  await bench.expect(0, 'plan')
})

test('a job that was edited in the engine: the changed fields go into its file, comments and the rest stay', async () => {
  using bench = await deployed({
    sidecar: {
      'cron/daily.yaml':
        '# every morning\nname: daily\nschedule: "0 7 * * *" # early\nmodel: m\nprovider: custom:x\nprompt: Hello.\n',
    },
  })
  const jobs = JSON.parse(bench.home.read('cron/jobs.json'))
  Object.assign(jobs.jobs[0], {
    prompt: 'Good morning.',
    schedule: { kind: 'interval', minutes: 120, display: 'every 120m' },
    schedule_display: 'every 120m',
    enabled_toolsets: ['file'],
  })
  bench.home.write('cron/jobs.json', JSON.stringify(jobs))
  await bench.expect(0, 'adopt', 'cron/jobs.json@daily', '--yes')
  const text = bench.sidecar.read('cron/daily.yaml')
  assert.match(
    text,
    /^# every morning\nname: daily\nschedule: ["']?every 2h["']? # early\nmodel: m\nprovider: custom:x\nprompt: Good morning\.\n/,
  )
  assert.match(text, /toolsets:\s+(- file|\[file\])/)
  await bench.expect(0, 'plan')
})

test('a renamed job is refused with its file', async () => {
  using bench = await deployed({
    sidecar: {
      'cron/daily.yaml': 'name: daily\nschedule: "0 7 * * *"\nmodel: m\nprovider: custom:x\nprompt: Hello.\n',
    },
  })
  bench.home.write('cron/jobs.json', bench.home.read('cron/jobs.json').replaceAll('"daily"', '"nightly"'))
  const { document, exit } = await bench.json('adopt', 'cron/jobs.json@daily', '--yes')
  assert.deepEqual([exit, document.code, document.where], [4, 'ADOPT_REFUSED', [{ file: 'cron/daily.yaml', line: 1 }]])
  assert.match(document.message, /its name was changed/)
})

test('what is compiled is refused with the file and line to edit', async () => {
  using bench = await deployed({
    sidecar: {
      'playbooks/fix.yaml':
        'name: fix\ndescription: Fix a bug.\ntrigger: { manual: true }\nlanes: [build]\nsystem_prompt: |\n  Fix it.\nsteps:\n  - Look.\ndone:\n  - It works.\n',
      'fleet.yaml':
        'hosts: { local: {} }\nagents:\n  timmy: { host: local, profile: default, lanes: [build] }\nlanes: { build: { slots: 1 } }\n',
    },
  })
  bench.home.write('skills/timmy-fix/SKILL.md', 'mine\n')
  const { document, exit } = await bench.json('adopt', 'skills/timmy-fix/SKILL.md', '--yes')
  assert.deepEqual([exit, document.code], [4, 'ADOPT_REFUSED'])
  assert.match(document.hint, /^edit playbooks\/fix\.yaml(:1)?$/)
  const all = await bench.json('adopt', '--all', '--yes')
  assert.deepEqual([all.exit, all.document.left[0].entry], [3, 'skills/timmy-fix/SKILL.md'])
})

test('adopt of a config.yaml that the engine re-dumped with a resolved ${VAR} puts the name back', async () => {
  using bench = await deployed({
    sidecar: {
      'config.yaml':
        'providers:\n  local:\n    base_url: http://127.0.0.1:8080/${TENANT_KEY}/v1\n    extra: keep\nagent:\n  max_turns: 60\n',
    },
    home: { '.env': `TENANT_KEY=${plainSecret}\n` },
  })
  bench.home.write(
    'config.yaml',
    `agent:\n  max_turns: 60\nproviders:\n  local:\n    base_url: http://127.0.0.1:8080/${plainSecret}/v2\n    extra: keep\n`,
  )
  const { stdout, stderr } = await bench.expect(0, 'adopt', 'config.yaml#providers.local.base_url', '--yes')
  assert.match(bench.sidecar.read('config.yaml'), /base_url: http:\/\/127\.0\.0\.1:8080\/\$\{TENANT_KEY\}\/v2\n/)
  assert.equal(`${stdout}${stderr}${everythingIn(bench.sidecar.path)}`.includes(plainSecret), false)
  const plan = await bench.expect(0, 'plan', '-v')
  assert.equal(plan.stdout.includes(plainSecret), false)
})

test('where only a reference was written out the sidecar stays, the difference is left so, and --take ours puts it back', async () => {
  using bench = await deployed({
    sidecar: { 'config.yaml': 'providers:\n  local:\n    base_url: http://127.0.0.1:8080/${TENANT_KEY}/v1\n' },
    home: { '.env': `TENANT_KEY=${plainSecret}\n` },
  })
  const deployedText = bench.home.read('config.yaml')
  bench.home.write('config.yaml', `providers:\n  local:\n    base_url: http://127.0.0.1:8080/${plainSecret}/v1\n`)
  const before = bench.snapshot('sidecar')
  const { stdout, stderr } = await bench.expect(0, 'adopt', '--all', '--yes')
  const plan = await bench.expect(0, 'plan', '-v')
  assert.match(plan.stdout, /the engine wrote a \$\{NAME\} out/)
  assert.equal(`${stdout}${stderr}`.includes(plainSecret), false)
  assert.deepEqual(bench.snapshot('sidecar'), before)
  await bench.expect(0, 'deploy', '--take', 'ours', 'config.yaml#providers.local.base_url', '--yes')
  assert.equal(bench.home.read('config.yaml'), deployedText)
})

for (const [where, path, text] of [
  ['a skin', 'skins/a.yaml', `name: a\nbanner: ${canary}\n`],
  ['a key', 'config.yaml', `agent:\n  max_turns: 60\n  system_note: ${canary}\n`],
  ['a memory', 'memories/MEMORY.md', `One.\n§\nThe key is ${canary}`],
] as const) {
  test(`adopt refuses a secret planted in ${where}, names the entry, and prints it nowhere`, async () => {
    using bench = await deployed({
      sidecar: {
        'skins/a.yaml': 'name: a\n',
        'config.yaml': 'agent:\n  max_turns: 60\n  system_note: hello\n',
        'memories/MEMORY.md': 'One.\n',
      },
    })
    bench.home.write(path, text)
    const entry =
      path === 'config.yaml'
        ? 'config.yaml#agent.system_note'
        : path.startsWith('memories')
          ? `${path}@${digestOf(`The key is ${canary}`).slice(0, 8)}`
          : path
    const before = bench.snapshot('sidecar')
    const outcomes = [
      await bench.timmy('adopt', entry, '--yes'),
      await bench.timmy('adopt', entry, '--yes', '--json', '-v'),
      await bench.timmy('adopt', entry, '--dry-run'),
      await bench.timmy('adopt', '--all', '--yes', '--json'),
    ]
    assert.deepEqual(
      outcomes.slice(0, 3).map(({ exit }) => exit),
      [4, 4, 4],
    )
    assert.equal(JSON.parse(outcomes[1]?.stdout ?? '').code, 'SECRET_REFUSED')
    assert.ok(outcomes[0]?.stderr.includes(path))
    assert.deepEqual(bench.snapshot('sidecar'), before)
    const said = outcomes.map(({ stdout, stderr }) => stdout + stderr).join('\n')
    assert.equal(`${said}${everythingIn(bench.sidecar.path, bench.state)}`.includes(canary), false)
  })
}

test("adopt refuses a value of the home's .env even where it has no known form", async () => {
  using bench = await deployed({
    sidecar: { 'scripts/a.sh': '#!/bin/sh\n' },
    home: { '.env': `export FORGE_TOKEN="${plainSecret}"\n` },
  })
  bench.home.write('scripts/a.sh', `#!/bin/sh\ncurl -H "X: ${plainSecret}"\n`)
  const { document } = await bench.json('adopt', 'scripts/a.sh', '--yes')
  assert.equal(document.code, 'SECRET_REFUSED')
  assert.equal(JSON.stringify(document).includes(plainSecret), false)
})

test('what nobody owns yet becomes ours when it is named: a key, a skin, a memory, an alias, a job, a folder', async () => {
  using bench = await deployed({
    sidecar: { 'config.yaml': 'agent:\n  max_turns: 60\n' },
    home: {
      'config.yaml': 'agent:\n  verbose: true\ndisplay:\n  skin: own\n',
      'skins/own.yaml': 'name: own\n',
      'memories/MEMORY.md': 'The owner likes tea.\n§\nAnother.',
      'channel_aliases.json': '{"telegram": {"-1": "home"}}',
      'cron/jobs.json': JSON.stringify({
        jobs: [
          {
            id: '0123456789ab',
            name: 'own',
            prompt: 'Say hi.',
            schedule: { kind: 'cron', expr: '0 7 * * *', display: '0 7 * * *' },
            schedule_display: '0 7 * * *',
            model: 'm',
            provider: 'custom:x',
            deliver: 'local',
            skills: [],
            skill: null,
            base_url: null,
            script: null,
            no_agent: false,
            enabled_toolsets: null,
            workdir: null,
            next_run_at: null,
          },
        ],
      }),
      'hooks/note/HOOK.yaml': 'name: note\nevents: []\n',
      'hooks/note/handler.py': 'def handle(*args):\n    pass\n',
    },
  })
  const memory = digestOf('The owner likes tea.').slice(0, 6)
  const home = bench.snapshot()
  await bench.expect(
    0,
    'adopt',
    '--yes',
    'config.yaml#display.skin',
    'skins/own.yaml',
    `memories/MEMORY.md@${memory}`,
    'channel_aliases.json#telegram.-1',
    'cron/jobs.json@own',
    'hooks/note',
  )
  assert.equal(bench.sidecar.read('config.yaml'), 'agent:\n  max_turns: 60\ndisplay:\n  skin: own\n')
  assert.equal(bench.sidecar.read('memories/MEMORY.md'), 'The owner likes tea.\n')
  assert.match(bench.sidecar.read('cron/own.yaml'), /id: ["']?0123456789ab/)
  assert.equal(bench.sidecar.has('hooks/note/handler.py'), true)
  assert.deepEqual(bench.snapshot(), home, 'the home is never written')
  await bench.expect(0, 'plan')
  const { document } = await bench.json('explain', 'skins/own.yaml')
  assert.equal(document.explanations[0].owner, 'sidecar')
})

for (const [entry, sentence] of [
  ['.env', /holds secrets/],
  ['channel_directory.json', /rebuilt by the gateway/],
  ['config.yaml', /is shared with the engine: name what of it you mean/],
  ['unheard-of.txt', /no rule of ownership names/],
] as const) {
  test(`${entry} is refused as nothing that could be adopted`, async () => {
    using bench = await deployed({
      home: { '.env': 'A=b\n', 'config.yaml': 'x: 1\n', 'channel_directory.json': '{}', 'unheard-of.txt': 'x' },
    })
    const { document, exit } = await bench.json('adopt', entry, '--yes')
    assert.equal(exit, 4)
    assert.match(document.message, sentence)
  })
}

test('an entry that agrees already is nothing to adopt, exit 0; one that is nowhere is unknown, exit 4', async () => {
  using bench = await deployed({ sidecar: { 'skins/a.yaml': 'name: a\n' } })
  const { stdout } = await bench.expect(0, 'adopt', 'skins/a.yaml', '--yes')
  assert.match(stdout, /nothing to adopt/)
  assert.equal((await bench.json('adopt', 'skins/none.yaml', '--yes')).document.code, 'ENTRY_UNKNOWN')
})

test('an edit that would break the sidecar is refused, and the sidecar is put back', async () => {
  using bench = await deployed({ sidecar: { 'skins/a.yaml': 'name: a\n', 'scripts/b.sh': '#!/bin/sh\n' } })
  bench.home.write('skins/a.yaml', 'name: [\n')
  bench.home.write('scripts/b.sh', '#!/bin/sh\necho b\n')
  const before = bench.snapshot('sidecar')
  const { document, exit } = await bench.json('adopt', '--all', '--yes')
  assert.deepEqual([exit, document.code], [4, 'ADOPT_REFUSED'])
  assert.match(document.message, /skins\/a\.yaml:\d+/)
  assert.deepEqual(bench.snapshot('sidecar'), before)
  await bench.expect(2, 'drift')
})

test('adopt settles a conflict the way of the home: both sides moved, and live wins', async () => {
  using bench = await deployed({ sidecar: { 'config.yaml': 'agent:\n  max_turns: 60\n' } })
  bench.home.edit('config.yaml', '60', '70')
  bench.sidecar.edit('config.yaml', '60', '80')
  await bench.expect(3, 'plan')
  await bench.expect(0, 'adopt', 'config.yaml#agent.max_turns', '--yes')
  assert.equal(bench.sidecar.read('config.yaml'), 'agent:\n  max_turns: 70\n')
  await bench.expect(0, 'plan')
})

test('adopt takes a first contact in bulk: everything that was there before us wins', async () => {
  using bench = deployBench({
    sidecar: { 'config.yaml': 'agent:\n  max_turns: 60\n', 'skins/a.yaml': 'name: a\n', 'SOUL.md': 'Ours.\n' },
    home: { 'config.yaml': 'agent:\n  max_turns: 30\n', 'skins/a.yaml': 'name: a # theirs\n', 'SOUL.md': 'Theirs.\n' },
  })
  const home = bench.snapshot()
  await bench.expect(0, 'adopt', '--all', '--yes')
  assert.deepEqual(bench.snapshot(), home)
  assert.equal(bench.sidecar.read('SOUL.md'), 'Theirs.\n')
  const { document } = await bench.json('plan')
  assert.deepEqual(document.conflicts, [])
})

test('a memory that finds no room in the home is no edit of the home: adopt leaves the sidecar alone', async () => {
  using bench = deployBench({
    sidecar: { 'memories/MEMORY.md': `${'Ours. '.repeat(40)}\n` },
    home: { 'memories/MEMORY.md': 'Learned. '.repeat(240).trim() },
  })
  await bench.expect(3, 'plan')
  const before = bench.snapshot('sidecar')
  await bench.expect(0, 'adopt', '--all', '--yes')
  assert.deepEqual(bench.snapshot('sidecar'), before)
})

test('deploy --take theirs is adopt', async () => {
  using bench = await deployed({ sidecar: { 'skins/a.yaml': 'name: a\n' } })
  bench.home.write('skins/a.yaml', 'name: a # mine\n')
  await bench.expect(0, 'deploy', '--take', 'theirs', 'skins/*', '--yes')
  assert.equal(bench.sidecar.read('skins/a.yaml'), 'name: a # mine\n')
})

test('adopt --dry-run tells the files and writes nothing; a no at the question neither', async () => {
  using bench = await deployed({ sidecar: { 'skins/a.yaml': 'name: a\n' } })
  bench.home.write('skins/a.yaml', 'name: a # mine\n')
  const before = bench.snapshot('sidecar')
  const { document, exit } = await bench.json('adopt', '--all', '--dry-run')
  assert.deepEqual([exit, document.written, document.files], [2, false, [{ file: 'skins/a.yaml', change: 'edit' }]])
  assert.equal((await bench.timmyWith({ answer: false }, 'adopt', '--all')).exit, 0)
  assert.equal((await bench.timmy('adopt', '--all')).exit, 4)
  assert.deepEqual(bench.snapshot('sidecar'), before)
})

test('two homes with different edits of one line of the sidecar cannot both be adopted', async () => {
  using bench = deployBench({
    sidecar: {
      'timmy.yaml':
        'timmy: 1\nname: bench\ntargets:\n  local: { profile: default, host: local }\n  wolf: { profile: wolf, host: local }\n',
      'config.yaml': 'agent:\n  max_turns: 60\n',
    },
    home: { 'profiles/wolf/SOUL.md': '' },
  })
  await bench.expect(0, 'deploy', '--yes')
  bench.home.edit('config.yaml', '60', '70')
  bench.home.edit('profiles/wolf/config.yaml', '60', '80')
  const { document, exit } = await bench.json('adopt', '--all', '--yes')
  assert.equal(exit, 3)
  assert.match(document.left[0].why, /local has an edit of it too/)
  assert.equal(bench.sidecar.read('config.yaml'), 'agent:\n  max_turns: 70\n')
  const { stdout } = await bench.timmy('adopt', 'config.yaml#agent.max_turns', '--target', 'wolf', '--yes')
  assert.match(stdout, /adopted one entry/)
  assert.equal(bench.sidecar.read('config.yaml'), 'agent:\n  max_turns: 80\n')
})

test("no command prints a value of the home's .env that the engine wrote into config.yaml", async () => {
  using bench = await deployed({
    sidecar: { 'config.yaml': 'providers:\n  local:\n    base_url: http://127.0.0.1:8080/${TENANT_KEY}/v1\n' },
    home: { '.env': `TENANT_KEY=${plainSecret}\n` },
  })
  bench.home.write('config.yaml', `providers:\n  local:\n    base_url: http://127.0.0.1:8080/${plainSecret}/v2\n`)
  const said = []
  for (const argv of [
    ['plan', '-v'],
    ['plan', '--json', '--out', bench.folder.at('plan.json')],
    ['drift'],
    ['drift', '--json'],
    ['diff'],
    ['diff', '--applied', '--json'],
    ['explain', 'config.yaml#providers.local.base_url', '--json'],
    ['deploy', '--dry-run', '--heal'],
    ['undeploy', '--dry-run', '--json'],
    ['rollback', '1', '--dry-run'],
    ['adopt', '--all', '--dry-run', '--json'],
  ]) {
    const { stdout, stderr } = await bench.timmy(...argv)
    said.push(stdout, stderr)
  }
  assert.equal(`${said.join('\n')}${readFileSync(bench.folder.at('plan.json'), 'utf8')}`.includes(plainSecret), false)
  assert.match(said.join('\n'), /\[redacted\]/)
})
