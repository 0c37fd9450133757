// The main stories of plan and deploy, on the real program in this process, with no engine installed.

import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse as parseYaml } from 'yaml'
import { deployBench } from './bench.ts'

const config = `model:
  default: hermes-local   # chosen by the owner
  provider: custom
  base_url: "http://127.0.0.1:18080/v1"
agent: { max_turns: 60 }
# the end
`

test('first contact writes what is new, records what agrees, and leaves what somebody else put there', async () => {
  using bench = deployBench({
    sidecar: {
      'config.yaml': 'agent: { max_turns: 60 }\nmodel: { default: hermes-4 }\ntimezone: Europe/Berlin\n',
      'skins/timmy.yaml': 'name: timmy\n',
    },
    home: { 'config.yaml': config },
  })
  const { document, exit } = await bench.json('plan')
  assert.equal(exit, 3)
  assert.equal(document.schema, 'timmy.plan/1')
  const actions = document.changes.map(({ entry, action, class: is }: Record<string, string>) => [entry, action, is])
  assert.deepEqual(actions, [
    ['config.yaml#agent.max_turns', 'none', 'converged'],
    ['config.yaml#model.default', 'none', 'pre-existing'],
    ['config.yaml#timezone', 'create', 'new'],
    ['skins/timmy.yaml', 'create', 'new'],
  ])
  await bench.expect(3, 'deploy', '--yes')
  assert.equal(bench.home.read('config.yaml'), config.replace('# the end\n', 'timezone: Europe/Berlin\n# the end\n'))
  assert.equal(bench.home.read('skins/timmy.yaml'), 'name: timmy\n')
  assert.equal(bench.home.mode('skins/timmy.yaml'), 0o600)
})

test('a conflict is settled by a word, and only the entry named', async () => {
  using bench = deployBench({
    sidecar: { 'config.yaml': 'agent: { max_turns: 90 }\nmodel: { default: hermes-4 }\n' },
    home: { 'config.yaml': config },
  })
  await bench.expect(3, 'deploy', '--yes', '--take', 'ours', 'config.yaml#model.*')
  assert.equal(bench.home.read('config.yaml'), config.replace('hermes-local', 'hermes-4'))
  await bench.expect(0, 'deploy', '--yes', '--take', 'ours', '**')
  assert.match(bench.home.read('config.yaml'), /max_turns: 90/)
  await bench.expect(0, 'plan')
})

test('a second deploy has nothing to do and makes no generation', async () => {
  using bench = deployBench({ sidecar: { 'config.yaml': 'timezone: UTC\n', 'scripts/look.sh': 'echo ok\n' } })
  await bench.expect(0, 'deploy', '--yes')
  const before = bench.snapshot()
  const { document } = await bench.json('deploy', '--yes')
  assert.equal(document.generation, null)
  assert.deepEqual(bench.snapshot(), before)
})

test('drift is kept and reported, healed when asked; the plan shows it beside the changes', async () => {
  using bench = deployBench({ sidecar: { 'skins/a.yaml': 'name: a\n', 'skins/b.yaml': 'name: b\n' } })
  await bench.expect(0, 'deploy', '--yes')
  bench.home.edit('skins/a.yaml', 'name: a', 'name: a # mine')
  bench.sidecar.write('skins/b.yaml', 'name: b # new\n')
  const { document, exit } = await bench.json('drift')
  assert.equal(exit, 2)
  assert.deepEqual(
    document.changes.map(({ entry }: { entry: string }) => entry),
    ['skins/a.yaml'],
  )
  const { stdout } = await bench.expect(0, 'deploy', '--yes')
  assert.match(stdout, /1 drifted, kept/)
  assert.equal(bench.home.read('skins/a.yaml'), 'name: a # mine\n')
  assert.equal(bench.home.read('skins/b.yaml'), 'name: b # new\n')
  await bench.expect(0, 'deploy', '--yes', '--heal')
  assert.equal(bench.home.read('skins/a.yaml'), 'name: a\n')
})

test('an entry that the sidecar marks to heal is written over drift without being asked', async () => {
  using bench = deployBench({
    sidecar: {
      'timmy.yaml': 'timmy: 1\nname: bench\ntargets:\n  local: {}\nown:\n  - { match: "skins/*", heal: true }\n',
      'skins/a.yaml': 'name: a\n',
    },
  })
  await bench.expect(0, 'deploy', '--yes')
  bench.home.edit('skins/a.yaml', 'name: a', 'name: b')
  await bench.expect(0, 'deploy', '--yes')
  assert.equal(bench.home.read('skins/a.yaml'), 'name: a\n')
})

test('both sides moved: the entry is left, the others are written, exit 3', async () => {
  using bench = deployBench({ sidecar: { 'config.yaml': 'timezone: UTC\nagent: { max_turns: 50 }\n' } })
  await bench.expect(0, 'deploy', '--yes')
  bench.home.edit('config.yaml', 'UTC', 'CET')
  bench.sidecar.write('config.yaml', 'timezone: EET\nagent: { max_turns: 70 }\n')
  const { stdout } = await bench.expect(3, 'deploy', '--yes')
  assert.match(stdout, /1 in conflict, kept/)
  assert.match(bench.home.read('config.yaml'), /timezone: CET/)
  assert.match(bench.home.read('config.yaml'), /max_turns: 70/)
})

test('a dropped key goes only while it still has our value', async () => {
  using bench = deployBench({
    sidecar: { 'config.yaml': 'timezone: UTC\nagent: { max_turns: 50, api_max_retries: 2 }\n' },
  })
  await bench.expect(0, 'deploy', '--yes')
  bench.home.edit('config.yaml', 'max_turns: 50', 'max_turns: 51')
  bench.sidecar.write('config.yaml', 'timezone: UTC\n')
  await bench.expect(0, 'deploy', '--yes')
  assert.match(bench.home.read('config.yaml'), /max_turns: 51/)
  assert.doesNotMatch(bench.home.read('config.yaml'), /api_max_retries/)
  await bench.expect(0, 'plan')
})

test('deleting many entries stops at the brake and names the flag', async () => {
  const skins = Object.fromEntries(
    Array.from({ length: 12 }, (_, index) => [`skins/s${index}.yaml`, `name: s${index}\n`]),
  )
  using bench = deployBench({ sidecar: skins })
  await bench.expect(0, 'deploy', '--yes')
  for (const path of Object.keys(skins)) bench.sidecar.remove(path)
  const { stderr } = await bench.expect(4, 'deploy', '--yes')
  assert.match(stderr, /12 of 12 entries.*\n.*--allow-deletes/s)
  assert.ok(bench.home.has('skins/s3.yaml'))
  await bench.expect(0, 'deploy', '--yes', '--allow-deletes')
  assert.ok(!bench.home.has('skins/s3.yaml'))
})

test('a saved plan is applied as it is, and refused once anything moved', async () => {
  using bench = deployBench({ sidecar: { 'skins/a.yaml': 'name: a\n' } })
  const file = join(bench.folder.path, 'plan.json')
  await bench.expect(2, 'plan', '--out', file)
  bench.home.write('skins/a.yaml', 'name: other\n')
  await bench.expect(2, 'deploy', '--yes', '--plan', file)
  assert.equal(bench.home.read('skins/a.yaml'), 'name: other\n')
  bench.home.remove('skins/a.yaml')
  await bench.expect(0, 'deploy', '--yes', '--plan', file)
  assert.equal(bench.home.read('skins/a.yaml'), 'name: a\n')
})

test('with no terminal and no --yes nothing is asked and nothing is changed, exit 4', async () => {
  using bench = deployBench({ sidecar: { 'skins/a.yaml': 'name: a\n' } })
  const { stderr } = await bench.expect(4, 'deploy')
  assert.match(stderr, /--yes/)
  assert.deepEqual(bench.snapshot(), {})
  const { stderr: asked } = await bench.timmyWith({ answer: false }, 'deploy')
  assert.match(asked, /nothing was changed/)
  assert.deepEqual(bench.snapshot(), {})
})

test('a dry run shows the plan and writes nothing into the home', async () => {
  using bench = deployBench({ sidecar: { 'skins/a.yaml': 'name: a\n' } })
  const { document, exit } = await bench.json('deploy', '--dry-run')
  assert.equal(exit, 2)
  assert.equal(document.summary.create, 1)
  assert.deepEqual(bench.snapshot(), {})
})

test('run state of jobs, learned memories and foreign aliases survive; ours arrive beside them', async () => {
  const jobs = {
    jobs: [
      {
        id: 'aaaaaaaaaaaa',
        name: 'mine',
        prompt: 'old',
        schedule: { kind: 'interval', minutes: 60, display: 'every 60m' },
        next_run_at: '2026-01-01T00:00:00+00:00',
        last_status: 'ok',
        x_owner: 'me',
      },
    ],
    updated_at: '2026-01-01T00:00:00+00:00',
  }
  using bench = deployBench({
    sidecar: {
      'cron/look.yaml':
        'name: look\nprompt: Look around.\nschedule: "0 7 * * *"\nmodel: m\nprovider: custom\nbase_url: "http://127.0.0.1:1/v1"\n',
      'memories/MEMORY.md': 'The fleet has two hosts.\n',
      'channel_aliases.json': '{ "telegram": { "1": "ops" } }\n',
    },
    home: {
      'cron/jobs.json': JSON.stringify(jobs, null, 2),
      'memories/MEMORY.md': 'Learned by the agent.\n§\nAnother one.',
      'channel_aliases.json': '{\n  "telegram": { "2": "theirs" }\n}\n',
    },
  })
  await bench.expect(0, 'deploy', '--yes')
  const after = JSON.parse(bench.home.read('cron/jobs.json'))
  assert.deepEqual(after.jobs[0], jobs.jobs[0])
  assert.equal(after.jobs[1].name, 'look')
  assert.equal(
    bench.home.read('memories/MEMORY.md'),
    'Learned by the agent.\n§\nAnother one.\n§\nThe fleet has two hosts.',
  )
  assert.deepEqual(JSON.parse(bench.home.read('channel_aliases.json')), { telegram: { '1': 'ops', '2': 'theirs' } })
  await bench.expect(0, 'plan')
})

test('a memory that would pass the limit is left out as a conflict; the rest arrives', async () => {
  using bench = deployBench({
    sidecar: { 'memories/USER.md': `${'a'.repeat(300)}\n§\nShort.\n` },
    home: { 'memories/USER.md': 'b'.repeat(1200) },
  })
  const { stdout } = await bench.expect(3, 'plan')
  assert.match(stdout, /the limit is 1375/)
  await bench.expect(3, 'deploy', '--yes')
  assert.equal(bench.home.read('memories/USER.md'), `${'b'.repeat(1200)}\n§\nShort.`)
})

test('a sidecar with an error changes nothing and names file, line and rule, exit 4', async () => {
  using bench = deployBench({
    sidecar: { 'skins/a.yaml': 'name: a\n', 'config.yaml': 'agent:\n  max_turns: 60\n  max_turns: 70\n' },
  })
  const { document, exit } = await bench.json('deploy', '--yes')
  assert.equal(exit, 4)
  assert.equal(document.code, 'SIDECAR_INVALID')
  assert.deepEqual(document.where, [{ file: 'config.yaml', line: 3 }])
  assert.deepEqual(bench.snapshot(), {})
})

test('each profile is a target with a generation of its own; --target picks one', async () => {
  const manifest = 'timmy: 1\nname: bench\ntargets:\n  main: { profile: default }\n  wolf: { profile: wolf }\n'
  using bench = deployBench({ sidecar: { 'timmy.yaml': manifest, 'skins/a.yaml': 'name: a\n' } })
  const { stdout } = await bench.expect(0, 'deploy', '--yes')
  assert.match(stdout, /main: generation 1/)
  bench.home.write('profiles/wolf/SOUL.md', '')
  await bench.expect(0, 'deploy', '--yes', '--target', 'wolf')
  assert.equal(bench.home.read('profiles/wolf/skins/a.yaml'), 'name: a\n')
  const { stderr } = await bench.expect(4, 'plan', '--target', 'fox')
  assert.match(stderr, /there are: main, wolf/)
})

test('a change that needs a restart says what and because of which key', async () => {
  using bench = deployBench({ sidecar: { 'config.yaml': 'mcp_servers: { notes: { command: notes } }\n' } })
  const { document } = await bench.json('plan')
  assert.deepEqual(document.restarts, [
    { target: 'local', what: 'gateway', because: ['config.yaml#mcp_servers.notes.command'] },
  ])
})

test('an empty mapping of ours that others filled is let go, and nothing of theirs is lost', async () => {
  const nexts = [
    ['timezone: UTC\n', 0],
    ['agent: { more: { ours: v } }\ntimezone: UTC\n', 0],
    ['agent: { more: 5 }\ntimezone: UTC\n', 3],
  ] as const
  for (const [next, exit] of nexts) {
    using bench = deployBench({ sidecar: { 'config.yaml': 'agent: { more: {} }\ntimezone: UTC\n' } })
    await bench.expect(0, 'deploy', '--yes')
    bench.home.edit('config.yaml', 'more: {}', 'more: { foo: { url: u } }')
    await bench.expect(0, 'plan')
    bench.sidecar.write('config.yaml', next)
    await bench.expect(exit, 'deploy', '--yes')
    assert.match(bench.home.read('config.yaml'), /foo: *\{ url: u \}/)
    assert.equal(bench.home.read('config.yaml').includes('ours: v'), next.includes('ours: v'))
    await bench.expect(exit, 'plan')
  }
})

test('a home has one record, whatever links lead to it and whatever its target is called', async () => {
  using bench = deployBench({ sidecar: { 'skins/a.yaml': 'name: a\n' } })
  await bench.expect(0, 'deploy', '--yes')
  symlinkSync(bench.folder.path, bench.folder.at('link'))
  const linked = { HERMES_HOME: bench.folder.at('link/hermes') }
  const { stdout } = await bench.timmyWith({ env: linked }, 'generations')
  assert.match(stdout, /deploy/)
  bench.sidecar.write('timmy.yaml', 'timmy: 1\nname: bench\ntargets:\n  renamed: {}\n')
  const { stdout: plan } = await bench.expect(0, 'plan')
  assert.match(plan, /renamed: .*\n.*nothing to do/)
})

test('two default homes share a workspace, and only the first writes its SOUL', async () => {
  using bench = deployBench({ sidecar: { 'SOUL.md': '# Timmy\n' } })
  const other = bench.folder.at('other')
  mkdirSync(other, { mode: 0o700 })
  bench.sidecar.write('timmy.yaml', `timmy: 1\nname: bench\ntargets:\n  one: {}\n  two: { home: "${other}" }\n`)
  await bench.expect(0, 'deploy', '--yes')
  const { document } = await bench.json('plan')
  assert.deepEqual([document.changes, document.conflicts], [[], []])
})

const owning = (rule: string): string =>
  `timmy: 1\nname: bench\ntargets:\n  local: {}\nown:\n  - { match: "config.yaml#agent.*", ${rule} }\n`

test('a key that shall be absent goes while it is ours; an edit of it needs a word', async () => {
  using bench = deployBench({
    sidecar: { 'timmy.yaml': owning('mode: enforce'), 'config.yaml': 'agent: { max_turns: 60 }\n' },
  })
  await bench.expect(0, 'deploy', '--yes')
  bench.sidecar.write('timmy.yaml', owning('mode: remove'))
  bench.home.edit('config.yaml', '60', '90')
  await bench.expect(3, 'deploy', '--yes')
  assert.match(bench.home.read('config.yaml'), /max_turns: 90/)
  await bench.expect(0, 'deploy', '--yes', '--take', 'ours', '**')
  assert.equal(bench.home.read('config.yaml').includes('max_turns'), false)
  await bench.expect(0, 'plan')
})

test('the rule under which an entry is owned now decides whether it goes with the sidecar', async () => {
  for (const [was, is] of [
    ['default', 'enforce'],
    ['enforce', 'default'],
  ]) {
    using bench = deployBench({
      sidecar: { 'timmy.yaml': owning(`mode: ${was}`), 'config.yaml': 'agent: { max_turns: 60 }\ntimezone: UTC\n' },
    })
    await bench.expect(0, 'deploy', '--yes')
    bench.sidecar.write('timmy.yaml', owning(`mode: ${is}`))
    await bench.expect(0, 'deploy', '--yes')
    await bench.expect(0, 'plan')
    bench.sidecar.write('config.yaml', 'timezone: UTC\n')
    await bench.expect(0, 'deploy', '--yes')
    assert.equal(bench.home.read('config.yaml').includes('max_turns'), is === 'default')
  }
})

test('what became a default is still taken out by undeploy, though the sidecar would write another value now', async () => {
  using bench = deployBench({
    sidecar: { 'timmy.yaml': owning('mode: enforce'), 'config.yaml': 'agent: { max_turns: 60 }\n' },
  })
  await bench.expect(0, 'deploy', '--yes')
  bench.sidecar.write('timmy.yaml', owning('mode: default'))
  bench.sidecar.write('config.yaml', 'agent: { max_turns: 70 }\n')
  await bench.expect(0, 'deploy', '--yes')
  await bench.expect(0, 'undeploy', '--yes')
  assert.equal(bench.home.has('config.yaml'), false)
})

test('a list that is shared from now on takes our items, for nobody moved it', async () => {
  using bench = deployBench({
    sidecar: { 'timmy.yaml': owning('list: atomic'), 'config.yaml': 'agent: { disabled_toolsets: [a] }\n' },
  })
  await bench.expect(0, 'deploy', '--yes')
  bench.sidecar.write('timmy.yaml', owning('list: union'))
  bench.sidecar.write('config.yaml', 'agent: { disabled_toolsets: [a, b] }\n')
  await bench.expect(0, 'deploy', '--yes')
  assert.match(bench.home.read('config.yaml'), /a,? *\n? *-? *b/)
})

test('a default yields to a plain value above it, and there is nothing to take out below one', async () => {
  for (const mode of ['default', 'remove']) {
    using bench = deployBench({
      sidecar: { 'timmy.yaml': owning(`mode: ${mode}`), 'config.yaml': 'agent: { max_turns: 60 }\n' },
      home: { 'config.yaml': 'agent: theirs\n' },
    })
    await bench.expect(0, 'deploy', '--yes')
    await bench.expect(0, 'plan')
    assert.equal(bench.home.read('config.yaml'), 'agent: theirs\n')
  }
})

test('an item that stands twice in a shared list, there or in the sidecar, settles', async () => {
  for (const [ours, theirs] of [
    ['[a]', '[a, a]'],
    ['[a, a]', '[a]'],
  ]) {
    using bench = deployBench({
      sidecar: { 'timmy.yaml': owning('list: union'), 'config.yaml': `agent: { disabled_toolsets: ${ours} }\n` },
      home: { 'config.yaml': `agent: { disabled_toolsets: ${theirs} }\n` },
    })
    await bench.expect(0, 'deploy', '--yes')
    const { document } = await bench.json('plan')
    assert.deepEqual(document.changes, [])
    assert.match(bench.home.read('config.yaml'), new RegExp(`disabled_toolsets: \\${theirs}`))
  }
})

test('letting go of an item of a shared list leaves it to the owner who had it before us', async () => {
  const ours = (items: string): string => `timezone: UTC\nagent: { disabled_toolsets: ${items} }\n`
  using bench = deployBench({
    sidecar: { 'timmy.yaml': owning('list: union'), 'config.yaml': ours('[a, b]') },
    home: { 'config.yaml': 'agent: { disabled_toolsets: [a, c] }\n' },
  })
  await bench.expect(0, 'deploy', '--yes')
  bench.sidecar.write('config.yaml', ours('[b]'))
  await bench.expect(0, 'deploy', '--yes')
  assert.match(bench.home.read('config.yaml'), /disabled_toolsets: \[a, c, b\]/)
  bench.sidecar.write('config.yaml', 'timezone: UTC\n')
  await bench.expect(0, 'deploy', '--yes')
  assert.match(bench.home.read('config.yaml'), /disabled_toolsets: \[a, c\]/)
  await bench.expect(0, 'plan')
})

test('a saved plan is bound to the rules of the sidecar and to its commit', async () => {
  const shared = { 'config.yaml': 'agent: { disabled_toolsets: [a] }\n', 'timmy.yaml': owning('list: union') }
  for (const rule of ['list: atomic', 'heal: true, list: union']) {
    using bench = deployBench({ sidecar: shared })
    const file = join(bench.folder.path, 'plan.json')
    await bench.expect(2, 'plan', '--out', file)
    bench.sidecar.write('timmy.yaml', owning(rule))
    const { stderr } = await bench.timmy('deploy', '--yes', '--plan', file)
    assert.match(stderr, /no longer fits local/, rule)
    assert.equal(bench.home.has('config.yaml'), false)
  }
  using bench = deployBench({ sidecar: shared })
  const file = join(bench.folder.path, 'plan.json')
  const git = (...args: string[]): void => {
    const as = ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-C', bench.sidecar.path]
    execFileSync('git', [...as, ...args], { env: bench.env, stdio: 'ignore' })
  }
  git('init')
  git('add', '.')
  git('commit', '-m', 'one')
  await bench.expect(2, 'plan', '--out', file)
  git('commit', '--allow-empty', '-m', 'two')
  const { stderr } = await bench.timmy('deploy', '--yes', '--plan', file)
  assert.match(stderr, /no longer fits local/)
})

test('a key that becomes a mapping, or a mapping a key, is written in one deploy', async () => {
  const forms = [
    'agent: { more: 1 }\n',
    'agent: { more: { deep: 2, two: [a] } }\n',
    'agent: { more: {} }\n',
    'agent: { more: { three: 4 } }\n',
    'agent: { more: [b] }\n',
    'agent: { more: { deep: { er: 5 } } }\n',
    'agent: { more: 6 }\n',
  ]
  using bench = deployBench({ home: { 'config.yaml': '# mine\ntimezone: UTC\n' } })
  for (const form of forms) {
    bench.sidecar.write('config.yaml', form)
    await bench.expect(0, 'deploy', '--yes', '--allow-deletes')
    assert.deepEqual(parseYaml(bench.home.read('config.yaml')), parseYaml(`timezone: UTC\n${form}`), form)
    const { document } = await bench.json('plan')
    assert.deepEqual(document.changes, [], form)
  }
  await bench.expect(0, 'undeploy', '--yes')
  assert.equal(bench.home.read('config.yaml'), '# mine\ntimezone: UTC\n')
})

test("a mapping that holds another's key beside ours does not give way to a plain value", async () => {
  using bench = deployBench({ sidecar: { 'config.yaml': 'agent: { more: { deep: 2 } }\n' } })
  await bench.expect(0, 'deploy', '--yes')
  bench.home.edit('config.yaml', 'deep: 2', 'deep: 2\n    theirs: 3')
  bench.sidecar.write('config.yaml', 'agent: { more: 1 }\n')
  await bench.expect(3, 'deploy', '--yes')
  assert.match(bench.home.read('config.yaml'), /theirs: 3/)
})

test('the brake holds for a small sidecar too, and lets a single entry go', async () => {
  const paths = ['skins/a.yaml', 'skins/b.yaml', 'skins/c.yaml']
  using bench = deployBench({ sidecar: Object.fromEntries(paths.map((path) => [path, `name: ${path.slice(6, 7)}\n`])) })
  await bench.expect(0, 'deploy', '--yes')
  for (const path of paths) bench.sidecar.remove(path)
  const { stderr } = await bench.expect(4, 'deploy', '--yes')
  assert.match(stderr, /3 of 3 entries/)
  bench.sidecar.write('skins/a.yaml', 'name: a\n')
  bench.sidecar.write('skins/b.yaml', 'name: b\n')
  await bench.expect(0, 'deploy', '--yes')
  assert.equal(bench.home.has('skins/c.yaml'), false)
})

test('a plain value where our key needs a mapping is never written over, whatever is said', async () => {
  using bench = deployBench({
    sidecar: { 'config.yaml': 'agent: { more: { deep: 2 } }\n' },
    home: { 'config.yaml': 'agent: { more: 5 }\n' },
  })
  await bench.expect(3, 'deploy', '--yes', '--take', 'ours', '**')
  const { document } = await bench.json('plan')
  assert.equal(document.changes[0].reason, 'agent.more holds a plain value; take it out of config.yaml by hand')
  assert.equal(bench.home.read('config.yaml'), 'agent: { more: 5 }\n')
  bench.home.write('config.yaml', 'agent: {}\n')
  await bench.expect(0, 'deploy', '--yes')
})
