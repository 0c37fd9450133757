import assert from 'node:assert/strict'
import test from 'node:test'
import * as fc from 'fast-check'
import type { EngineFacts } from '../../src/deploy/desired.ts'
import { at, wantedOf, type Parts } from './compile/overlay.ts'

test('files keep their paths, programs get our prefix, and nobody else may read them', () => {
  const wanted = wantedOf({
    files: ['skins/timmy.yaml', { path: 'scripts/look.py', isExecutable: true }, 'bin/status', 'bin/timmy-start'],
    soul: true,
  })
  assert.deepEqual(
    wanted.entries.map(({ entry, fileMode, policy }) => [entry, fileMode.toString(8), policy]),
    [
      ['SOUL.md', '600', 'file'],
      ['bin/timmy-start', '700', 'file'],
      ['bin/timmy-status', '700', 'file'],
      ['scripts/look.py', '700', 'file'],
      ['skins/timmy.yaml', '600', 'file'],
      ['timmy:SOUL.md', '600', 'file'],
    ],
  )
})

test('only the default profile writes the SOUL.md of the workspace', () => {
  assert.deepEqual(wantedOf({ soul: true, profile: 'wolf' }).names(), ['SOUL.md'])
})

test('settings are enforced, defaults are defaults, and what the manifest removes is wanted absent', () => {
  const wanted = wantedOf({
    config: { 'agent.max_turns': 9, 'onboarding.seen': {} },
    defaults: { 'display.compact': true, 'agent.max_turns': 3 },
    removed: [
      { path: ['custom_providers'], source: at('timmy.yaml', 4), by: 'own' },
      { path: ['voice'], source: at('config.yaml', 9), by: 'layer' },
    ],
  })
  assert.deepEqual(
    wanted.entries.map(({ entry, mode, content }) => [entry, mode, content !== undefined]),
    [
      ['config.yaml#_config_version', 'default', true],
      ['config.yaml#agent.max_turns', 'enforce', true],
      ['config.yaml#custom_providers', 'remove', false],
      ['config.yaml#display.compact', 'default', true],
      ['config.yaml#onboarding.seen', 'default', true],
    ],
  )
  assert.equal(wanted.value('config.yaml#agent.max_turns'), 9)
  assert.equal(wanted.value('config.yaml#_config_version'), 33)
})

test('a file that we write gets the version of the installed engine, and none where that is not known', () => {
  const versionFor = (facts: EngineFacts, parts: Parts = { config: { 'agent.max_turns': 9 } }) =>
    wantedOf(parts, facts).entries.find(({ entry }) => entry === 'config.yaml#_config_version')?.content
  assert.deepEqual(
    [{ version: '0.18.2' }, { version: '0.19.0' }, { version: '0.19.0', configVersion: 34 }].map((facts) => {
      const content = versionFor(facts)
      return content?.kind === 'value' && content.value
    }),
    [32, 33, 34],
  )
  for (const facts of [{}, { version: 'unknown' }, { version: '0.22.1' }]) assert.equal(versionFor(facts), undefined)
  assert.equal(versionFor({ version: '0.19.0' }, { soul: true }), undefined)
})

test('a setting that a rule makes a default still goes before the default of config.defaults.yaml', () => {
  const parts: Parts = {
    config: { 'terminal.timeout': 600 },
    defaults: { 'terminal.timeout': 300 },
    own: [{ match: 'config.yaml#terminal.*', mode: 'default' }],
  }
  const wanted = wantedOf(parts)
  const [entry] = wanted.entries.filter(({ entry: name }) => name === 'config.yaml#terminal.timeout')
  assert.deepEqual([entry?.mode, entry?.source.file], ['default', 'config.yaml'])
  assert.deepEqual(wanted.faults, ['compile-default-hidden config.defaults.yaml:1'])
})

test('a default that its own layer hides is noted, one that a higher layer goes beyond is not', () => {
  const parts: Parts = { config: { 'display.skin': 'a' }, defaults: { 'display.skin': 'b' } }
  assert.deepEqual(wantedOf(parts).faults, ['compile-default-hidden config.defaults.yaml:1'])
})

test('the first rule of the manifest that matches decides on mode, list, heal and policy', () => {
  const wanted = wantedOf({
    config: { 'approvals.mode': 'manual', 'approvals.deny': ['x'], 'skills.external_dirs': ['~/a'], 'tts.voice': 'x' },
    files: ['skills/note/SKILL.md'],
    own: [
      { match: 'config.yaml#approvals.*', heal: true },
      { match: 'config.yaml#approvals.deny', mode: 'default' },
      { match: 'config.yaml#skills.external_dirs', list: 'union', mode: 'default' },
      { match: 'config.yaml#tts.*', mode: 'ignore' },
      { match: 'skills/note/**', policy: 'seed' },
    ],
  })
  const of = (name: string) => {
    const { policy, mode, list, heal } = wanted.entry(name)
    return { policy, mode, list, heal }
  }
  assert.deepEqual(of('config.yaml#approvals.deny'), { policy: 'keys', mode: 'enforce', list: 'atomic', heal: true })
  assert.deepEqual(of('config.yaml#skills.external_dirs'), {
    policy: 'keys',
    mode: 'default',
    list: 'union',
    heal: false,
  })
  assert.deepEqual(of('skills/note/SKILL.md'), { policy: 'seed', mode: 'enforce', list: 'atomic', heal: false })
  assert.ok(!wanted.names().includes('config.yaml#tts.voice'))
})

test("what is the engine's or the owner's own is refused, whatever the manifest claims", () => {
  for (const path of ['.env', 'auth.json', 'state.db', 'sessions/a.json', 'channel_directory.json', 'gateway.pid']) {
    const { faults, entries } = wantedOf({ files: [path], own: [{ match: '**', policy: 'file' }] })
    assert.deepEqual([faults, entries], [[`compile-path-never-ours ${path}:-`], []])
  }
})

test('an unknown path is refused until the manifest claims it; a path that it gives up is refused too', () => {
  assert.deepEqual(wantedOf({ files: ['notes/a.md'] }).faults, ['compile-path-unowned notes/a.md:-'])
  assert.deepEqual(wantedOf({ files: ['notes/a.md'], own: [{ match: 'notes/**', policy: 'file' }] }).names(), [
    'notes/a.md',
  ])
  const given = wantedOf({ files: ['skins/a.yaml'], own: [{ match: 'skins/*', policy: 'never' }] })
  assert.deepEqual(given.faults, ['compile-path-never-ours skins/a.yaml:-'])
})

test('a policy that does not fit what it matches is told at the rule', () => {
  const own = [{ match: 'config.yaml', policy: 'file' as const }]
  assert.deepEqual(wantedOf({ config: { 'a.b': 1 }, own }).faults.slice(0, 1), ['compile-own-unfit timmy.yaml:1'])
})

test('two files for one place, and a key that is a value and a mapping, are errors', () => {
  assert.match(
    wantedOf({ files: ['bin/status', 'bin/timmy-status'] }).faults.join(),
    /^compile-entry-twice bin\/timmy-status/,
  )
  const nested = wantedOf({ config: { terminal: 'none' }, defaults: { 'terminal.timeout': 3 } })
  assert.deepEqual(nested.faults, ['compile-entry-nested config.defaults.yaml:1'])
})

test('memories go by their text, one entry each', () => {
  const wanted = wantedOf({ memory: ['first', 'second', 'first'] })
  assert.deepEqual(
    wanted.names().map((name) => [wanted.value(name), wanted.entry(name).policy]),
    [
      ['second', 'records'],
      ['first', 'records'],
    ],
  )
})

test('entries are sorted and unique whatever the order of what they came from', () => {
  const keys = fc.uniqueArray(fc.constantFrom('a.b', 'a.c', 'a."x', 'b', 'c.d.e', 'c.d.f'))
  fc.assert(
    fc.property(keys, keys, (config, aliases) => {
      const of = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, name]))
      const there = wantedOf({ config: of(config), aliases: of(aliases) })
      const back = wantedOf({ config: of(config.toReversed()), aliases: of(aliases.toReversed()) })
      assert.deepEqual(there.names(), back.names())
      assert.deepEqual(there.names(), [...new Set(there.names())].toSorted())
    }),
  )
})
