// What each server of a chain receives, watched on real engines. The law: whatever is in the environment, a server is
// sent its own key or none; never the primary's, never a general one. Unlike everything else here a turn costs seconds,
// so one turn walks a chain with every state that a key can be in.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Portfolios } from '../../../src/config/index.ts'
import { runEngine } from '../../../src/hermes/index.ts'
import { engineOf, engineVersions, scratchHome, skipReason, type EngineVersion } from '../../engine.ts'
import { startModelServer } from '../../model-server.ts'
import { configOf, wantedOf } from './overlay.ts'

// The server tells only how long a key was, so each has a length of its own.
const primaryKey = 'p'.repeat(41)
const generalKey = 'g'.repeat(53)
const ownKey = 'w'.repeat(37)
const keyOfLength: Readonly<Record<number, string>> = {
  [primaryKey.length]: "the primary's",
  [generalKey.length]: 'a general one',
  [ownKey.length]: 'its own',
  ['no-key-required'.length]: 'none',
}
const keys = { PRIMARY_KEY: primaryKey, SET_KEY: ownKey, EMPTY_KEY: '', OPENAI_API_KEY: generalKey }

const quiet = { 'security.tirith_enabled': false, 'security.allow_lazy_installs': false, 'approvals.timeout': 5 }

/** The primary and two fallbacks refuse by their models' names; the last, whose key is not set at all, answers. */
function portfoliosOn(url: string): Portfolios {
  const endpoint = (key: string) => ({
    kind: 'llamacpp' as const,
    base_url: url,
    key_env: key,
    locality: 'host' as const,
    failure_domain: 'x',
  })
  return {
    version: 1,
    endpoints: {
      primary: endpoint('PRIMARY_KEY'),
      set: endpoint('SET_KEY'),
      empty: endpoint('EMPTY_KEY'),
      unset: endpoint('UNSET_KEY'),
    },
    models: {
      primary: { endpoint: 'primary', served: 'fake-401-1' },
      set: { endpoint: 'set', served: 'fake-401-2' },
      empty: { endpoint: 'empty', served: 'fake-401-3' },
      unset: { endpoint: 'unset', served: 'last' },
    },
    portfolios: {
      role: { purpose: 'x', slots: ['primary', 'set', 'empty', 'unset'].map((model) => ({ model })) },
    },
  }
}

/** One turn down the whole chain: which key came with which model. */
async function keysSent(version: EngineVersion, env: Record<string, string>, change = (config: string) => config) {
  await using server = await startModelServer()
  const wanted = wantedOf({ portfolios: portfoliosOn(server.url), role: 'role', config: quiet })
  using home = scratchHome({ files: { 'config.yaml': change(configOf(wanted)) } })
  const { stdout, stderr } = await runEngine(
    await engineOf(version),
    home,
    ['chat', '-Q', '--source', 'tool', '-q', 'say hi'],
    { env: { ...home.env, ...env }, timeoutMs: 120_000 },
  )
  const requests = await server.requests()
  assert.equal(requests.at(-1)?.model, 'last', stdout + stderr)
  const lengthOf = (authorization: string | null): number => Number(/<(\d+)/.exec(authorization ?? '')?.[1] ?? 0)
  return Object.fromEntries(
    requests.map(({ model, authorization }) => [model, keyOfLength[lengthOf(authorization)] ?? authorization]),
  )
}

for (const version of engineVersions) {
  describe(`hermes-agent ${version}`, { skip: skipReason(version) }, () => {
    test('every server of a compiled chain is sent its own key, or none where that is empty or not set', async () => {
      assert.deepEqual(await keysSent(version, keys), {
        'fake-401-1': "the primary's",
        'fake-401-2': 'its own',
        'fake-401-3': 'none',
        last: 'none',
      })
    })
  })
}

/** If this fails the engine has learned better, and the table in route.ts can be shortened. */
describe('the form that we do not compile', { skip: skipReason('0.19.0') }, () => {
  test('plain custom leaks: a server whose key is empty or not set is sent a key that is not its own', async () => {
    const plain = (config: string): string => config.replaceAll(/"custom:timmy-(?!primary)\w+"/g, '"custom"')
    const { 'fake-401-2': set, 'fake-401-3': empty, last } = await keysSent('0.19.0', keys, plain)
    assert.deepEqual([set, empty, last], ['its own', 'a general one', 'a general one'])
  })
})
