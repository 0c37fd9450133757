// Out again: what we own goes, and what was there before us comes back.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deployBench, snapshotOf } from './bench.ts'

const sidecar = {
  'SOUL.md': '# Timmy\n\nKind and exact.\n',
  'config.yaml': 'agent:\n  max_turns: 60\ndisplay:\n  skin: timmy\nskills:\n  external_dirs:\n    - ~/ours\n',
  'config.defaults.yaml': 'compression:\n  threshold: 0.6\n',
  'timmy.yaml': `timmy: 1
name: bench
targets:
  local: { home: "~/.hermes", profile: default, host: local }
own:
  - { match: "config.yaml#skills.external_dirs", list: union }
  - { match: "scripts/seed.sh", policy: seed }
`,
  'channel_aliases.json': '{ "telegram": { "-100": "ops" } }\n',
  'memories/MEMORY.md': 'One fact.\n§\nAnother fact.\n',
  'skins/timmy.yaml': 'name: timmy\n',
  'scripts/seed.sh': '#!/bin/sh\n',
  'bin/status': '#!/bin/sh\necho ok\n',
  'cron/daily.yaml': 'name: daily\nschedule: "0 7 * * *"\nmodel: m\nprovider: custom:x\nprompt: Say hello.\n',
}

/** A home in use: comments, its own keys, a soul, memories, a job of the owner, an alias, folders and modes. */
const livedIn = {
  'SOUL.md': 'I am somebody else.\n',
  'config.yaml':
    '# The owner wrote this.\nmodel: {default: m}   # flow\n\nagent:\n    max_turns: 30     # old\n    verbose: on\n\nskills:\n  external_dirs: [~/theirs]\n',
  'channel_aliases.json': '{\n    "telegram": {"-1": "home"}\n}\n',
  'memories/MEMORY.md': 'The owner likes tea.\n§\nOne fact.',
  'memories/MEMORY.md.lock': '',
  'skins/timmy.yaml': 'name: another\n',
  'skins/own.yaml': 'name: own\n',
  'cron/jobs.json':
    '{\n  "jobs": [\n    {\n      "id": "0123456789ab",\n      "name": "own",\n      "prompt": "p"\n    }\n  ],\n  "updated_at": "2026-01-01T00:00:00"\n}\n',
  'cron/.jobs.lock': '',
}

test('undeploy restores byte for byte what was there before the first deploy', async () => {
  using bench = deployBench({ sidecar, home: livedIn })
  const before = bench.snapshot()
  await bench.expect(0, 'deploy', '--yes', '--take', 'ours', '**')
  bench.sidecar.edit('config.yaml', 'max_turns: 60', 'max_turns: 61')
  bench.sidecar.write('skins/second.yaml', 'name: second\n')
  await bench.expect(0, 'deploy', '--yes')
  assert.notDeepEqual(bench.snapshot(), before)
  await bench.expect(0, 'undeploy', '--yes')
  assert.deepEqual(bench.snapshot(), before)
  assert.deepEqual(Object.keys(snapshotOf(bench.workspace)), [])
})

test('undeploy of an empty home leaves no file of ours and no folder that we made', async () => {
  const { 'memories/MEMORY.md': _memories, 'cron/daily.yaml': _job, ...rest } = sidecar // their locks stay, for the engine's sake
  using bench = deployBench({ sidecar: rest })
  await bench.expect(0, 'deploy', '--yes')
  await bench.expect(0, 'undeploy', '--yes')
  assert.deepEqual(bench.snapshot(), {})
})

test('after an undeploy nothing is owned, and a second one has nothing to do', async () => {
  using bench = deployBench({ sidecar, home: livedIn })
  await bench.expect(0, 'deploy', '--yes', '--take', 'ours', '**')
  await bench.expect(0, 'undeploy', '--yes')
  const { document } = await bench.json('plan')
  assert.equal(document.targets[0].owned, 0)
  await bench.expect(0, 'undeploy', '--yes')
})

test('undeploy keeps and names what was edited since; that alone stays ours', async () => {
  using bench = deployBench({ sidecar, home: livedIn })
  await bench.expect(0, 'deploy', '--yes', '--take', 'ours', '**')
  bench.home.write('skins/timmy.yaml', 'name: edited since\n')
  const { stderr } = await bench.expect(3, 'undeploy', '--yes')
  assert.match(stderr, /conflict skins\/timmy\.yaml/)
  assert.equal(bench.home.read('skins/timmy.yaml'), 'name: edited since\n')
  assert.equal(bench.home.read('SOUL.md'), livedIn['SOUL.md'])
  assert.equal((await bench.json('plan')).document.targets[0].owned, 1)
})

test('undeploy takes out what was set as a default or a seed while it still is ours', async () => {
  using bench = deployBench({ sidecar, home: {} })
  await bench.expect(0, 'deploy', '--yes')
  assert.equal(bench.home.has('scripts/seed.sh'), true)
  bench.home.write('scripts/seed.sh', '#!/bin/sh\n# made mine\n')
  await bench.timmy('undeploy', '--yes')
  assert.equal(bench.home.read('scripts/seed.sh'), '#!/bin/sh\n# made mine\n')
  assert.equal(bench.home.has('config.yaml'), false)
})

test("undeploy leaves the engine's and the agent's own later work alone", async () => {
  using bench = deployBench({ sidecar, home: livedIn })
  await bench.expect(0, 'deploy', '--yes', '--take', 'ours', '**')
  bench.home.write('memories/MEMORY.md', `${bench.home.read('memories/MEMORY.md')}\n§\nLearned later.`)
  bench.home.edit('config.yaml', 'verbose: on', 'verbose: on\n    learned: true')
  await bench.expect(0, 'undeploy', '--yes')
  assert.equal(bench.home.read('memories/MEMORY.md'), 'The owner likes tea.\n§\nOne fact.\n§\nLearned later.')
  assert.match(bench.home.read('config.yaml'), /max_turns: 30 {5}# old\n {4}verbose: on\n {4}learned: true/)
})

test('a value that comes back keeps the order of its keys, though the file was edited since', async () => {
  const chain = 'fallback_providers:\n- provider: custom\n  model: old\n  base_url: http://127.0.0.1:1/v1\n'
  using bench = deployBench({
    sidecar: {
      'config.yaml':
        'fallback_providers:\n  - { provider: custom, model: new, base_url: "http://127.0.0.1:2/v1", key_env: NEW_KEY }\n',
    },
    home: { 'config.yaml': `${chain}other: 1\n` },
  })
  await bench.expect(0, 'deploy', '--yes', '--take', 'ours', '**')
  bench.home.edit('config.yaml', 'other: 1', 'other: 2')
  await bench.expect(0, 'undeploy', '--yes')
  assert.equal(bench.home.read('config.yaml').replaceAll(/^ +-/gm, '-').replaceAll(/^ +/gm, '  '), `${chain}other: 2\n`)
})

test('undeploy works beside a sidecar whose files are broken', async () => {
  using bench = deployBench({ sidecar, home: livedIn })
  const before = bench.snapshot()
  await bench.expect(0, 'deploy', '--yes', '--take', 'ours', '**')
  bench.sidecar.write('config.yaml', 'agent: [\n')
  await bench.expect(0, 'undeploy', '--yes')
  assert.deepEqual(bench.snapshot(), before)
})

test('undeploy --dry-run changes nothing, in the home or in our record', async () => {
  using bench = deployBench({ sidecar })
  await bench.expect(0, 'deploy', '--yes')
  const before = bench.snapshot()
  await bench.expect(2, 'undeploy', '--dry-run')
  assert.deepEqual(bench.snapshot(), before)
  await bench.expect(0, 'plan')
})

test('undeploy leaves what others put into an empty mapping of ours', async () => {
  using bench = deployBench({ sidecar: { 'config.yaml': 'mcp_servers: {}\n' } })
  await bench.expect(0, 'deploy', '--yes')
  bench.home.edit('config.yaml', 'mcp_servers: {}\n', 'mcp_servers:\n  foo:\n    url: u\n')
  await bench.expect(0, 'undeploy', '--yes')
  assert.equal(bench.home.read('config.yaml'), 'mcp_servers:\n  foo:\n    url: u\n')
  assert.equal((await bench.json('plan')).document.targets[0].owned, 0)
})

test('what was edited since and was not there before us is kept, named, and stays on record until it is decided', async () => {
  using bench = deployBench({ sidecar: { 'skins/a.yaml': 'name: a\n', 'config.yaml': 'timezone: UTC\n' } })
  await bench.expect(0, 'deploy', '--yes')
  bench.home.write('skins/a.yaml', 'name: edited since\n')
  const { stderr } = await bench.expect(3, 'undeploy', '--yes')
  assert.match(stderr, /conflict skins\/a\.yaml/)
  assert.equal(bench.home.has('config.yaml'), false)
  assert.equal((await bench.json('plan')).document.targets[0].owned, 1)
  bench.home.remove('skins/a.yaml')
  await bench.expect(0, 'undeploy', '--yes')
  assert.equal((await bench.json('plan')).document.targets[0].owned, 0)
})
