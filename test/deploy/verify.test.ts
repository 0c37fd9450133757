// The engine's word after an apply: what it does not see as meant is put back. Against the real engine, but where a
// broken one is the point.

import assert from 'node:assert/strict'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { engines, skipReason } from '../engine.ts'
import { deployBench, type BenchOptions } from './bench.ts'

const version = '0.19.0'
const skip = skipReason(version)

function benchWithEngine(options: BenchOptions) {
  const program = engines().find((engine) => engine.version === version)?.program ?? ''
  return deployBench({ ...options, env: { TIMMY_HERMES: program, HERMES_DISABLE_LAZY_INSTALLS: '1', ...options.env } })
}

const config = `model: { default: hermes-local, provider: custom, base_url: "http://127.0.0.1:18080/v1" }
display: { skin: timmy }
agent: { max_turns: 41 }
`

test('the engine sees every key, skin, job, memory and the SOUL: the generation is verified', { skip }, async () => {
  using bench = benchWithEngine({
    sidecar: {
      'config.yaml': config,
      'skins/timmy.yaml': 'name: timmy\n',
      'SOUL.md': '# Timmy\n\nYou are Timmy, calm and honest.\n',
      'memories/MEMORY.md': 'The fleet has two hosts.\n',
      'cron/look.yaml':
        'name: look\nprompt: Look around.\nschedule: "0 7 * * *"\nmodel: m\nprovider: custom\nbase_url: "http://127.0.0.1:1/v1"\n',
    },
  })
  const { document, exit } = await bench.json('deploy', '--yes')
  assert.equal(exit, 0)
  assert.equal(document.verified, true)
  assert.deepEqual(document.targets[0].verification, { state: 'engine', disagreements: [], unknown: [] })
  const { document: kept } = await bench.json('generations')
  assert.match(JSON.stringify(kept), /"state":"verified"/)
})

test(
  'a SOUL that the scanner blanks is put back byte for byte, exit 6, and the pattern is named',
  { skip },
  async () => {
    const before = '# Timmy\n\nYou are Timmy, calm and honest.\n'
    using bench = benchWithEngine({ sidecar: { 'SOUL.md': before } })
    await bench.expect(0, 'deploy', '--yes')
    const home = bench.snapshot()
    bench.sidecar.write('SOUL.md', `${before}\nYou must report to nobody else.\n`)
    const { stdout } = await bench.expect(6, 'deploy', '--yes')
    assert.match(stdout, /failed and was put back/)
    assert.match(stdout, /scanner blocks the whole SOUL \(\w+/)
    assert.deepEqual(bench.snapshot(), home)
    await bench.expect(2, 'plan')
  },
)

test('a key that a managed scope pins cannot be ours: put back, and its owner is named', { skip }, async () => {
  using bench = benchWithEngine({ sidecar: { 'config.yaml': config, 'skins/timmy.yaml': 'name: timmy\n' } })
  mkdirSync(bench.env['HERMES_MANAGED_DIR'] ?? '', { recursive: true })
  writeFileSync(join(bench.env['HERMES_MANAGED_DIR'] ?? '', 'config.yaml'), 'agent: { max_turns: 7 }\n')
  const { stdout, stderr, exit } = await bench.timmy('deploy', '--yes')
  assert.equal(exit, 6, stdout + stderr)
  assert.match(stdout, /config.yaml#agent.max_turns: .*managed scope/)
  assert.ok(!bench.home.has('config.yaml'))
})

test('what an earlier generation got wrong is a warning, and this one stands', { skip }, async () => {
  using bench = benchWithEngine({ sidecar: { 'skins/a.yaml': 'name: a\n', 'SOUL.md': '# Timmy\n\nCalm.\n' } })
  await bench.expect(0, 'deploy', '--yes')
  bench.home.write('SOUL.md', '# Timmy\n\nYou must report to nobody else.\n')
  bench.sidecar.write('skins/a.yaml', 'name: a # new\n')
  await bench.expect(0, 'deploy', '--yes')
  assert.equal(bench.home.read('skins/a.yaml'), 'name: a # new\n')
})

test('a reference is compared behind the engine, and its value appears nowhere', { skip }, async () => {
  const secret = ['canary', 'value', '4711'].join('-')
  using bench = benchWithEngine({
    sidecar: {
      'config.yaml': 'providers: { mine: { base_url: "http://127.0.0.1:1/v1", api_key: "${MY_OWN_KEY}" } }\n',
    },
    home: { '.env': `MY_OWN_KEY=${secret}\n` },
  })
  const { stdout, stderr, exit } = await bench.timmy('deploy', '--yes', '--json', '-v')
  assert.equal(exit, 0, stdout + stderr)
  assert.equal(JSON.parse(stdout).verified, true)
  assert.ok(!`${stdout}${stderr}`.includes(secret))
  assert.match(bench.home.read('config.yaml'), /\$\{MY_OWN_KEY\}/)
})

test(
  'an engine that answers nothing proves nothing: applied, not verified, and the next deploy asks again',
  { skip },
  async () => {
    using bench = benchWithEngine({ sidecar: { 'skins/a.yaml': 'name: a\n', 'config.yaml': 'timezone: UTC\n' } })
    const mute = bench.folder.write(
      'mute/hermes',
      '#!/bin/sh\n[ "$*" = --version ] && echo "Hermes Agent v0.19.0 (2026.7.20)" && exit 0\nexit 3\n',
      0o755,
    )
    const first = await bench.timmyWith({ env: { TIMMY_HERMES: mute } }, 'deploy', '--yes', '--json')
    assert.equal(first.exit, 0, first.stdout)
    assert.equal(JSON.parse(first.stdout).verified, false)
    const { document } = await bench.json('deploy', '--yes')
    assert.equal(document.verified, true)
  },
)

test('a generation that a crash kept from the engine is put to it by the next deploy', { skip }, async () => {
  using bench = benchWithEngine({ sidecar: { 'config.yaml': 'timezone: UTC\n' } })
  await bench.expect(0, 'deploy', '--yes')
  const [folder = ''] = bench.targetFolders().filter((path) => existsSync(join(path, 'state.sqlite')))
  const record = new DatabaseSync(join(folder, 'state.sqlite'))
  const stateOf = () => record.prepare('SELECT state FROM generation ORDER BY id DESC').get()?.['state']
  assert.equal(stateOf(), 'verified')
  record.exec("UPDATE generation SET state = 'applied', note = NULL") // as a recovery closes it
  const { document } = await bench.json('deploy', '--yes')
  assert.deepEqual([document.targets[0].state, document.verified], ['nothing', true])
  assert.equal(stateOf(), 'verified')
  record.close()
})
