// What is said about the installed engine before anything is deployed to it.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { installFakeHermes } from '../fake-hermes/install.ts'
import { deployBench, minimalManifest } from './bench.ts'

test('an engine outside the range of the manifest is a warning that names both, and the deploy goes on', async () => {
  using bench = deployBench({
    sidecar: { 'timmy.yaml': `${minimalManifest}engine: ">=0.20"\n`, 'skins/a.yaml': 'name: a\n' },
  })
  const program = installFakeHermes(bench.folder.at('engine'))
  const { stdout, exit } = await bench.timmyWith({ env: { TIMMY_HERMES: program } }, 'check')
  assert.equal(exit, 0)
  assert.match(stdout, /hermes-agent 0\.19\.0 is outside ">=0\.20"/)
  const plan = await bench.timmyWith({ env: { TIMMY_HERMES: program } }, 'plan')
  assert.match(plan.stdout, /one warning: timmy check/)
})

test('an engine inside the range, or none at all, is no word worth', async () => {
  using bench = deployBench({ sidecar: { 'timmy.yaml': `${minimalManifest}engine: ">=0.18 <0.23"\n` } })
  const program = installFakeHermes(bench.folder.at('engine'))
  for (const env of [{ TIMMY_HERMES: program }, {}]) {
    const { stdout } = await bench.timmyWith({ env }, 'check')
    assert.match(stdout, /0 errors, 0 warnings/)
  }
})
