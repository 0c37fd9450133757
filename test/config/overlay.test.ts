import assert from 'node:assert/strict'
import { test } from 'node:test'
import { overlayOf, type Overlay } from '../../src/config/index.ts'
import { edited, sidecarOf, soundFiles, type Files } from './sidecar-builder.ts'

async function overlayFor(name: string, files: Files = {}): Promise<Overlay> {
  using sidecar = sidecarOf(files)
  const read = await sidecar.read()
  assert.deepEqual(
    read.findings.filter(({ severity }) => severity === 'error'),
    [],
  )
  const target = read.targets.find((candidate) => candidate.name === name)
  assert.ok(target)
  return overlayOf(read, target)
}

test('every leaf knows the file, line and layer that won', async () => {
  const { config, layers } = await overlayFor('wolf', { 'hosts/local/config.yaml': 'agent:\n  gateway: 1\n' })
  assert.deepEqual(layers, ['base', 'hosts/local', 'agents/wolf'])
  assert.deepEqual(config, [
    { path: ['display', 'skin'], value: 'small', source: { file: 'config.yaml', layer: 'base', line: 2 } },
    {
      path: ['agent', 'max_turns'],
      value: 20,
      source: { file: 'agents/wolf/config.yaml', layer: 'agents/wolf', line: 2 },
    },
    {
      path: ['agent', 'gateway'],
      value: 1,
      source: { file: 'hosts/local/config.yaml', layer: 'hosts/local', line: 2 },
    },
  ])
})

test('a key is removed by a null of a higher layer or by the manifest, and it says by which', async () => {
  const { config, removed } = await overlayFor('wolf', {
    'agents/wolf/config.yaml': 'agent:\n  max_turns: null\n',
    ...edited('timmy.yaml', 'own:', 'own:\n  - { match: "config.yaml#approvals.mode", mode: remove }'),
  })
  assert.deepEqual(
    config.map(({ path }) => path.join('.')),
    ['display.skin'],
  )
  assert.deepEqual(removed, [
    {
      path: ['agent', 'max_turns'],
      source: { file: 'agents/wolf/config.yaml', layer: 'agents/wolf', line: 2 },
      by: 'layer',
    },
    { path: ['approvals', 'mode'], source: { file: 'timmy.yaml', layer: 'base', line: 7 }, by: 'own' },
  ])
})

test('files are replaced whole by the highest layer that has them', async () => {
  const files = {
    'agents/wolf/SOUL.md': 'I am wolf.\n',
    'agents/wolf/skins/small.yaml': 'name: small\n',
    'agents/wolf/memories/MEMORY.md': 'only this\n',
  }
  const overlay = await overlayFor('wolf', files)
  assert.equal(overlay.soul?.source.file, 'agents/wolf/SOUL.md')
  assert.deepEqual(
    overlay.files.map(({ path, source }) => [path, source.layer]),
    [
      ['scripts/report', 'base'],
      ['skills/notes/own/SKILL.md', 'base'],
      ['skins/small.yaml', 'agents/wolf'],
    ].toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1)),
  )
  assert.deepEqual(
    overlay.memories[0]?.entries.map(({ text }) => text),
    ['only this'],
  )
  const main = await overlayFor('main', files)
  assert.equal(main.soul?.source.file, 'SOUL.md')
})

test('portfolios merge by key and know the line of each part, inside lists too', async () => {
  const overlay = await overlayFor('wolf', {
    'hosts/local/fallback-portfolios.yaml': 'endpoints:\n  rack:\n    base_url: "http://other.local:9/v1"\n',
  })
  assert.equal(overlay.portfolios?.value.endpoints['rack']?.base_url, 'http://other.local:9/v1')
  assert.deepEqual(overlay.portfolios?.sourceOf(['endpoints', 'rack', 'base_url']), {
    file: 'hosts/local/fallback-portfolios.yaml',
    layer: 'hosts/local',
    line: 3,
  })
  const line =
    (soundFiles['fallback-portfolios.yaml'] ?? '').split('\n').findIndex((text) => text.includes('model: far }')) + 1
  assert.deepEqual(overlay.portfolios?.sourceOf(['portfolios', 'judgment', 'slots', 1, 'model']), {
    file: 'fallback-portfolios.yaml',
    layer: 'base',
    line,
  })
})

test('a layer that breaks the merged portfolios is told with its own line', async () => {
  using sidecar = sidecarOf({ 'agents/wolf/fallback-portfolios.yaml': 'portfolios:\n  builder:\n    end: nver\n' })
  const { findings } = await sidecar.read()
  assert.deepEqual(
    findings.map(({ rule, where }) => [rule, where]),
    [['settings-schema', { file: 'agents/wolf/fallback-portfolios.yaml', line: 3 }]],
  )
})

test('what people write beside a sidecar is not deployed', async () => {
  const { files } = await overlayFor('main', {
    'docs/why.md': '#',
    LICENSE: 'MIT',
    '.editorconfig': 'x',
    'skins/README.md': 'x',
    'tasks/a.ts': 'export {}',
    'training/x.yaml': 'a: 1',
  })
  assert.deepEqual(
    files.map(({ path }) => path),
    ['scripts/report', 'skills/notes/own/SKILL.md', 'skins/small.yaml'],
  )
})

test('a path that the manifest claims is deployed as it is', async () => {
  const { files } = await overlayFor('main', {
    'local/notes.txt': 'mine',
    ...edited('timmy.yaml', 'own:', 'own:\n  - { match: "local/**", policy: seed }'),
  })
  assert.ok(files.some(({ path }) => path === 'local/notes.txt'))
})

test('an overlay says whose it is', async () => {
  const { name, role, target, own } = await overlayFor('wolf')
  assert.equal(name, 'small')
  assert.deepEqual(role, { name: 'builder', source: { file: 'fleet.yaml', layer: 'base', line: 6 } })
  assert.equal(target.agent, 'wolf')
  assert.deepEqual(own[0]?.source, { file: 'timmy.yaml', layer: 'base', line: 7 })
})
