// Real turns of each engine against the scripted model server: what a deployed home makes the engine send, and where.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { runEngine } from '../../src/hermes/index.ts'
import { engineOf, engineVersions, scratchHome, skipReason, type EngineVersion, type ScratchHome } from '../engine.ts'
import { startModelServer, type ModelRequest } from '../model-server.ts'

const keys = { primary: 'p'.repeat(20), second: 's'.repeat(31) }

/** JSON is YAML; keeps the engine from scanning for tools, asking people and installing things. */
function configOf(settings: object): Record<string, string> {
  const quiet = { security: { tirith_enabled: false, allow_lazy_installs: false }, approvals: { timeout: 5 } }
  return { 'config.yaml': JSON.stringify({ ...quiet, ...settings }) }
}

async function turn(version: EngineVersion, home: ScratchHome, env = {}): Promise<string> {
  const engine = await engineOf(version)
  const { exitCode, stdout, stderr } = await runEngine(
    engine,
    home,
    ['chat', '-Q', '--source', 'tool', '-q', 'Say hello'],
    {
      env: { ...home.env, ...env },
      timeoutMs: 90_000,
    },
  )
  assert.equal(exitCode, 0, `${stdout}\n${stderr}`)
  return stdout
}

function systemPrompt(request: ModelRequest | undefined): string {
  const content = request?.body.messages.find(({ role }) => role === 'system')?.content
  return typeof content === 'string' ? content : JSON.stringify(content)
}

/** The request of the turn itself; the engine makes others for titles and the like. */
function turnOf(requests: readonly ModelRequest[]): ModelRequest | undefined {
  return requests.find(({ body }) => JSON.stringify(body.messages).includes('Say hello'))
}

describe('real turns', { concurrency: 2 }, () => {
  for (const version of engineVersions) {
    const title = 'SOUL.md begins the prompt, a bad memory is kept out, and a fallback host gets its own key'
    test(`${version}: ${title}`, { skip: skipReason(version) }, async () => {
      await using primary = await startModelServer()
      await using second = await startModelServer({ key: keys.second })
      using home = scratchHome({
        files: {
          ...configOf({
            model: { default: 'fake-401', provider: 'custom', base_url: primary.url, api_key: '${PRIMARY_KEY}' },
            fallback_providers: [{ provider: 'custom', model: 'second', base_url: second.url, key_env: 'SECOND_KEY' }],
          }),
          'SOUL.md': 'You are Timmy, keeper of a small fleet.\n',
          'memories/MEMORY.md': 'The fleet has two hosts.\n§\nkeys live in ~/.ssh and nowhere else\n',
          'skills/fleet/plan/SKILL.md': '---\nname: fleet-plan\ndescription: How the fleet is planned.\n---\nPlan.\n',
        },
      })
      const said = await turn(version, home, { PRIMARY_KEY: keys.primary, SECOND_KEY: keys.second })
      assert.match(said, /This is second answering/)
      const [asked, answered] = [turnOf(await primary.requests()), turnOf(await second.requests())]
      assert.equal(asked?.authorization, `Bearer <${keys.primary.length} chars>`)
      assert.deepEqual([answered?.model, answered?.authorization], ['second', `Bearer <${keys.second.length} chars>`])
      for (const request of [asked, answered]) {
        const prompt = systemPrompt(request)
        assert.ok(prompt.startsWith('You are Timmy, keeper of a small fleet.'), prompt.slice(0, 200))
        assert.ok(prompt.includes('The fleet has two hosts.'))
        assert.ok(prompt.includes('[BLOCKED: MEMORY.md entry'))
        assert.ok(!prompt.includes('nowhere else'))
        assert.ok(prompt.includes('fleet-plan'))
      }
    })
  }

  const newest = engineVersions.at(-1) ?? '0.19.0'
  test(
    `${newest}: a fallback host without a key of its own gets the primary’s: why every entry has one`,
    { skip: skipReason(newest) },
    async () => {
      await using primary = await startModelServer()
      await using second = await startModelServer()
      using home = scratchHome({
        files: configOf({
          model: { default: 'fake-401', provider: 'custom', base_url: primary.url, api_key: '${PRIMARY_KEY}' },
          fallback_providers: [{ provider: 'custom', model: 'second', base_url: second.url }],
        }),
      })
      await turn(newest, home, { PRIMARY_KEY: keys.primary })
      assert.equal(turnOf(await second.requests())?.authorization, `Bearer <${keys.primary.length} chars>`)
    },
  )
})
