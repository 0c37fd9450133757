// Our record is lost: nothing in the home is overwritten, all is learned anew.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { deployBench } from './bench.ts'

const garbage = Buffer.alloc(40_000, 'this is no database. ')

async function deployed() {
  const bench = deployBench({
    sidecar: {
      'config.yaml': 'agent:\n  max_turns: 60\n',
      'skins/a.yaml': 'name: a\n',
      'memories/MEMORY.md': 'One.\n',
    },
  })
  await bench.expect(0, 'deploy', '--yes')
  const [folder = ''] = bench.targetFolders()
  return { bench, folder, record: join(folder, 'state.sqlite') }
}

const losses: readonly (readonly [string, (record: string) => void])[] = [
  ['overwritten by garbage', (record) => writeFileSync(record, garbage)],
  ['cut short', (record) => truncateSync(record, Math.floor(statSync(record).size / 2))],
  [
    'damaged in the middle',
    (record) => {
      const bytes = readFileSync(record)
      garbage.copy(bytes, 4096, 0, bytes.length - 4096)
      writeFileSync(record, bytes)
    },
  ],
]

for (const [what, lose] of losses) {
  test(`a record that was ${what} is set aside, never deleted, and learned anew without a write to the home`, async () => {
    const { bench, folder, record } = await deployed()
    using _ = bench
    for (const name of readdirSync(folder)) if (name.startsWith('state.sqlite-')) rmSync(join(folder, name))
    lose(record)
    const lost = readFileSync(record)
    const home = bench.snapshot()
    const refused = await bench.json('plan')
    assert.equal(refused.document.code, 'STATE_LOST')
    assert.equal(refused.document.hint, 'timmy deploy --repair')
    const { stderr } = await bench.expect(0, 'deploy', '--repair', '--yes')
    assert.match(stderr, /our record was damaged; it is kept as /)
    assert.deepEqual(bench.snapshot(), home)
    const kept = readdirSync(folder).filter((name) => /^lost-\d{8}T\d{6}Z-state\.sqlite$/.test(name))
    assert.equal(kept.length, 1)
    assert.deepEqual(readFileSync(join(folder, kept[0] ?? '')), lost)
    const { document } = await bench.json('plan')
    assert.deepEqual([document.targets[0].owned, document.targets[0].clean, document.changes], [3, 3, []])
  })
}

test('a record that is missing is learned anew as well', async () => {
  const { bench, folder } = await deployed()
  using _ = bench
  rmSync(folder, { recursive: true })
  const home = bench.snapshot()
  await bench.expect(0, 'deploy', '--repair', '--yes')
  assert.deepEqual(bench.snapshot(), home)
  assert.equal((await bench.json('plan')).document.targets[0].owned, 3)
  assert.equal((await bench.json('generations')).document.generations[0].kind, 'repair')
})

test('what differs from the sidecar when the record is lost stays as it is and is a conflict', async () => {
  const { bench, record } = await deployed()
  using _ = bench
  bench.home.edit('config.yaml', 'max_turns: 60', 'max_turns: 99')
  bench.sidecar.write('skins/b.yaml', 'name: b\n')
  writeFileSync(record, garbage)
  const home = bench.snapshot()
  const { stderr } = await bench.expect(3, 'deploy', '--repair', '--yes')
  assert.match(stderr, /conflict config\.yaml#agent\.max_turns/)
  assert.deepEqual(bench.snapshot(), home)
  const { document } = await bench.json('plan')
  assert.equal(document.targets[0].owned, 2)
})

test('repair of a record that is whole keeps it', async () => {
  const { bench, folder } = await deployed()
  using _ = bench
  await bench.expect(0, 'deploy', '--repair', '--yes')
  assert.equal((await bench.json('generations')).document.generations[0].kind, 'deploy')
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith('lost-')),
    [],
  )
})

test('a damaged record of one target leaves the others as they are', async () => {
  using bench = deployBench({
    sidecar: {
      'timmy.yaml':
        'timmy: 1\nname: bench\ntargets:\n  local: { profile: default, host: local }\n  wolf: { profile: wolf, host: local }\n',
      'config.yaml': 'agent:\n  max_turns: 60\n',
    },
    home: { 'profiles/wolf/.env': '' },
  })
  await bench.expect(0, 'deploy', '--yes')
  const wolf = bench.targetFolders().find((folder) => folder.includes('wolf-')) ?? ''
  writeFileSync(join(wolf, 'state.sqlite'), garbage)
  await bench.expect(0, 'deploy', '--repair', '--yes')
  const { document } = await bench.json('generations')
  assert.deepEqual(
    document.generations.map(({ target, kind }: { target: string; kind: string }) => [target, kind]),
    [
      ['local', 'deploy'],
      ['wolf', 'repair'],
    ],
  )
})
