// A list that is owned by membership is shared from the first contact on: adding ours overwrites nobody.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deployBench, minimalManifest } from './bench.ts'

const lists = [
  ['union', 'list: union', '[~/ours]', '[~/theirs]'],
  ['by', 'list: { by: name }', '[{ name: ours, on: true }]', '[{ name: theirs }]'],
] as const

for (const [rule, written, ours, theirs] of lists) {
  test(`a list owned by ${rule} gains our item beside theirs without a question, and loses it alone at the end`, async () => {
    const own = `own:\n  - { match: "config.yaml#skills.external_dirs", ${written} }\n`
    using bench = deployBench({
      sidecar: { 'timmy.yaml': minimalManifest + own, 'config.yaml': `skills: { external_dirs: ${ours} }\n` },
      home: { 'config.yaml': `skills:\n  external_dirs: ${theirs}\n_config_version: 33\n` },
    })
    const { document } = await bench.json('plan')
    assert.deepEqual(
      document.changes.map(({ entry, class: of, action }: Record<string, string>) => [entry, of, action]),
      [['config.yaml#skills.external_dirs', 'new', 'create']],
    )
    await bench.expect(0, 'deploy', '--yes')
    assert.match(bench.home.read('config.yaml'), /theirs[^]*ours/)
    await bench.expect(0, 'plan')
    await bench.expect(0, 'undeploy', '--yes')
    assert.doesNotMatch(bench.home.read('config.yaml'), /ours/)
    assert.match(bench.home.read('config.yaml'), /theirs/)
  })
}

test('an item of ours that is there with another content is a conflict all the same', async () => {
  const own = 'own:\n  - { match: "config.yaml#skills.external_dirs", list: { by: name } }\n'
  using bench = deployBench({
    sidecar: {
      'timmy.yaml': minimalManifest + own,
      'config.yaml': 'skills: { external_dirs: [{ name: a, on: true }] }\n',
    },
    home: { 'config.yaml': 'skills:\n  external_dirs: [{ name: a, on: false }]\n_config_version: 33\n' },
  })
  await bench.expect(3, 'plan')
})
