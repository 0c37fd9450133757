// Who owns an entry, by which rule and line, how it stands and since when.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deployBench } from './bench.ts'

const canary = ['ghp', 'A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8'].join('_')

async function lookedAt() {
  const bench = deployBench({
    sidecar: {
      'timmy.yaml':
        'timmy: 1\nname: bench\ntargets:\n  local: { profile: default, host: local }\nown:\n  - { match: "config.yaml#agent.*", heal: true, why: Turns are not left to drift. }\n  - { match: "config.yaml#skills.external_dirs", list: union }\n',
      'config.yaml': 'agent:\n  max_turns: 1\nskills:\n  external_dirs: [~/ours]\n',
      'hosts/local/config.yaml': '# of this host\nagent:\n  max_turns: 2\n',
      'config.defaults.yaml': 'compression:\n  threshold: 0.6\n',
      'SOUL.md': 'Kind.\n',
      'bin/status': '#!/bin/sh\n',
    },
    home: { 'config.yaml': 'agent:\n  max_turns: 30\n', '.env': `GITHUB_TOKEN=${canary}\n` },
  })
  await bench.expect(0, 'deploy', '--yes', '--take', 'ours', '**')
  return bench
}

async function explained(bench: Awaited<ReturnType<typeof lookedAt>>, entry: string) {
  const { document, exit } = await bench.json('explain', entry)
  assert.equal(exit, 0)
  assert.equal(document.schema, 'timmy.explain/1')
  return document.explanations
}

test('a key: its rule, the line and layer that won, the three sides, what was before us, since when, and its effect', async () => {
  using bench = await lookedAt()
  bench.home.edit('config.yaml', 'max_turns: 2', 'max_turns: 9')
  const [one] = await explained(bench, 'config.yaml#agent.max_turns')
  assert.equal(one.owner, 'sidecar')
  assert.deepEqual(one.rule, {
    from: 'timmy.yaml:6',
    match: 'config.yaml#agent.*',
    why: 'Turns are not left to drift.',
  })
  assert.deepEqual([one.policy, one.mode, one.list, one.heal], ['keys', 'enforce', 'atomic', true])
  assert.deepEqual(one.source, { file: 'hosts/local/config.yaml', line: 3, layer: 'hosts/local' })
  assert.equal(one.origin, 'key')
  assert.equal(one.class, 'drift')
  assert.deepEqual(
    [one.desired, one.applied, one.live, one.original],
    [{ value: 2 }, { value: 2 }, { value: 9 }, { value: 30 }],
  )
  assert.equal(one.since.generation, 1)
  assert.equal(one.effect.when, 'next turn')
  assert.equal(one.parked, null)
})

test('a file: digests, and the built-in rule that makes it ours', async () => {
  using bench = await lookedAt()
  const [one] = await explained(bench, 'bin/timmy-status')
  assert.deepEqual(one.rule, { from: 'built-in', why: 'is an operator script of ours' })
  assert.deepEqual(one.source, { file: 'bin/status', layer: 'base' })
  assert.equal(one.class, 'clean')
  assert.equal(one.desired.digest, one.live.digest)
  assert.deepEqual(one.original, { absent: true })
})

test('a default and a shared list say how they are owned', async () => {
  using bench = await lookedAt()
  const { stdout } = await bench.expect(0, 'explain', 'config.yaml#compression.threshold')
  assert.match(stdout, /policy keys, only where the home has none/)
  const list = await bench.expect(0, 'explain', 'config.yaml#skills.external_dirs')
  assert.match(list.stdout, /union: others' items stay/)
})

test("a key that the sidecar does not name is the engine's, shown as it is", async () => {
  using bench = await lookedAt()
  bench.home.write('config.yaml', `${bench.home.read('config.yaml')}memory:\n  provider: local\n`)
  const [one] = await explained(bench, 'config.yaml#memory.provider')
  assert.deepEqual([one.owner, one.class, one.live], ['not ours', null, { value: 'local' }])
})

test('a path that we never touch is explained by the rule that forbids it, and not even read', async () => {
  using bench = await lookedAt()
  const [one] = await explained(bench, '.env')
  assert.deepEqual([one.owner, one.policy, one.live], ['not ours', 'never', { unread: true }])
  const { stdout } = await bench.expect(0, 'explain', '.env')
  assert.match(stdout, /rule +\.env holds secrets; only the owner and the engine write it/)
  assert.equal(stdout.includes(canary), false)
})

test('a path that nobody knows is explained as one to which nothing is written', async () => {
  using bench = await lookedAt()
  const { stdout } = await bench.expect(0, 'explain', 'unheard/of.txt')
  assert.match(stdout, /is named by no rule: nothing is ever written there/)
})

test('what is compiled names the file and line that it comes from', async () => {
  using bench = deployBench({
    sidecar: {
      'playbooks/fix.yaml':
        'name: fix\ndescription: Fix a bug.\ntrigger: { manual: true }\nlanes: [build]\nsystem_prompt: |\n  Fix it.\nsteps:\n  - Look.\ndone:\n  - It works.\n',
      'fleet.yaml':
        'hosts: { local: {} }\nagents:\n  timmy: { host: local, profile: default, lanes: [build] }\nlanes: { build: { slots: 1 } }\n',
    },
  })
  const { document } = await bench.json('explain', 'skills/timmy-fix/SKILL.md')
  const [one] = document.explanations
  assert.deepEqual([one.origin, one.source.file, one.class], ['compiled', 'playbooks/fix.yaml', 'new'])
})

test('a secret under a telling name, or of a telling form, is masked in every side', async () => {
  using bench = await lookedAt()
  bench.home.write(
    'config.yaml',
    `${bench.home.read('config.yaml')}providers:\n  x:\n    api_key: hunter2hunter2\n    note: ${canary}\n`,
  )
  for (const entry of ['config.yaml#providers.x.api_key', 'config.yaml#providers.x.note', 'config.yaml#providers']) {
    const { stdout } = await bench.timmy('explain', entry, '--json')
    assert.equal(/hunter2/.test(stdout) || stdout.includes(canary), false, stdout)
  }
})

test('what is no entry is refused with an example, exit 4', async () => {
  using bench = await lookedAt()
  const { document, exit } = await bench.json('explain', 'config.yaml#')
  assert.deepEqual([exit, document.code], [4, 'ENTRY_UNKNOWN'])
})
