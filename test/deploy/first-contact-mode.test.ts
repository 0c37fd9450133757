// A file that already is as the sidecar wants it keeps the permission bits that its owner gave it.

import assert from 'node:assert/strict'
import { chmodSync } from 'node:fs'
import { test } from 'node:test'
import { deployBench } from './bench.ts'

const skin = 'name: dusk\n'
const script = '#!/bin/sh\necho well\n'

test('an equal file with the usual 0644 is no change at first contact, nor ever after', async () => {
  using bench = deployBench({ sidecar: { 'skins/dusk.yaml': skin } })
  bench.home.write('skins/dusk.yaml', skin, 0o644)
  await bench.expect(0, 'plan')
  await bench.expect(0, 'deploy', '--yes')
  await bench.expect(0, 'plan')
  assert.equal(bench.home.mode('skins/dusk.yaml'), 0o644)
})

test('an equal script that cannot be executed is made a program', async () => {
  using bench = deployBench()
  bench.sidecar.write('scripts/well.sh', script, 0o755)
  bench.home.write('scripts/well.sh', script, 0o644)
  await bench.expect(2, 'plan')
  await bench.expect(0, 'deploy', '--yes')
  assert.equal(bench.home.mode('scripts/well.sh'), 0o700)
})

test('bits that somebody changed since are drift', async () => {
  using bench = deployBench({ sidecar: { 'skins/dusk.yaml': skin } })
  bench.home.write('skins/dusk.yaml', skin, 0o644)
  await bench.expect(0, 'deploy', '--yes')
  chmodSync(bench.home.at('skins/dusk.yaml'), 0o666)
  await bench.expect(2, 'drift')
})

test('undeploy gives back the bits as they were', async () => {
  using bench = deployBench({ sidecar: { 'skins/dusk.yaml': skin } })
  bench.home.write('skins/dusk.yaml', 'name: old\n', 0o644)
  await bench.expect(0, 'deploy', '--yes', '--take', 'ours', 'skins/*')
  assert.equal(bench.home.mode('skins/dusk.yaml'), 0o600)
  await bench.expect(0, 'undeploy', '--yes')
  assert.equal(bench.home.mode('skins/dusk.yaml'), 0o644)
  assert.equal(bench.home.read('skins/dusk.yaml'), 'name: old\n')
})
