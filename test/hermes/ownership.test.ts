// Who owns what in a home, and when a change of it is seen.

import assert from 'node:assert/strict'
import { lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { effectOf, formatOf, isEngineTemporary, ownershipOf } from '../../src/hermes/index.ts'
import { fixtures } from '../engine.ts'

function filesIn(folder: string, below = ''): string[] {
  return readdirSync(join(folder, below)).flatMap((name) => {
    const path = join(below, name)
    return lstatSync(join(folder, path)).isDirectory() ? filesIn(folder, path) : [path]
  })
}

test('every file of a lived-in home has an owner', () => {
  const unknown = filesIn(join(fixtures, 'home-0.19')).filter((path) => !ownershipOf(path))
  assert.deepEqual(unknown, [])
})

test('in a lived-in home exactly these files may be ours', () => {
  const ours = filesIn(join(fixtures, 'home-0.19')).filter((path) =>
    ['file', 'keys', 'records'].includes(ownershipOf(path)?.policy ?? ''),
  )
  assert.deepEqual(ours.toSorted(), [
    'SOUL.md',
    'channel_aliases.json',
    'config.yaml',
    'cron/jobs.json',
    'memories/MEMORY.md',
    'memories/USER.md',
    'scripts/disk-watch.py',
    'skins/timmy.yaml',
  ])
})

const never =
  `.env .env.bak profiles/x/.env auth.json auth.lock auth_tokens.json .anthropic_oauth.json mcp-tokens/a.json
  state.db state.db-wal response_store.db-shm kanban.db cron/executions.db plugins/x/store.sqlite3
  channel_directory.json shell-hooks-allowlist.json shell-hooks-allowlist.json.lock sessions/request_dump_1.json
  pairing/x platforms/x/y backups/x state-snapshots/t/.env checkpoints/a memories/MEMORY.md.lock
  memories/MEMORY.md.bak.17 cron/.jobs.lock gateway.lock bin/tirith skills/.hub/x skills/a/.archive/b
  skills/.usage.json skills/.curator_state skills/.bundled_manifest skills/a/.bundled/x context_length_cache.yaml
  profiles/x/config.yaml local/x fallback-portfolios.yaml`.split(/\s+/)
for (const path of never) test(`${path} is never ours`, () => assert.equal(ownershipOf(path)?.policy, 'never'))

const owned: [path: string, policy: string][] = [
  ['config.yaml', 'keys'],
  ['channel_aliases.json', 'keys'],
  ['cron/jobs.json', 'records'],
  ['memories/USER.md', 'records'],
  ['SOUL.md', 'file'],
  ['skills/ops/deploy-check/SKILL.md', 'file'],
  ['skills/ops/deploy-check/assets/.gitkeep', 'file'],
  ['hooks/report/HOOK.yaml', 'file'],
  ['plugins/x/plugin.yaml', 'file'],
  ['scripts/a.sh', 'file'],
  ['bin/timmy-report', 'file'],
  ['playbooks/x.md', 'file'],
  ['config.yaml.corrupt.20261122.bak', 'read'],
  ['cron/output/a/b.md', 'read'],
  ['gateway_state.json', 'read'],
  ['state/gateway.heartbeat', 'read'],
  ['logs/agent.log', 'read'],
  ['active_profile', 'read'],
]
for (const [path, policy] of owned)
  test(`${path} is owned by ${policy}`, () => assert.equal(ownershipOf(path)?.policy, policy))

test('what no row names is unknown', () => {
  for (const path of [
    'notes.txt',
    'skins/a/b.yaml',
    'hooks/x',
    'configs/config.yaml',
    'SOUL.md.bak',
    'gatewayish/x',
    'plugins/x',
  ]) {
    assert.equal(ownershipOf(path), undefined, path)
  }
})

test('what is owned by key or record has a format, and nothing else has', () => {
  for (const path of [...never, ...owned.map(([known]) => known)]) {
    const isShared = ['keys', 'records'].includes(ownershipOf(path)?.policy ?? '')
    assert.equal(formatOf(path) !== undefined, isShared, path)
  }
})

test("the engine's temporary names are known", () => {
  const names = [
    '.config_k3j.tmp',
    '.jobs_x1.tmp',
    '.mem_a.tmp',
    '.hb_q.tmp',
    '.jobs_half',
    'config.yaml',
    '.env',
    'a.tmp',
    '.usage.json',
  ]
  assert.deepEqual(names.filter(isEngineTemporary), names.slice(0, 5))
})

const effects: [path: string, key: string, when: string][] = [
  ['config.yaml', 'model.default', 'next turn'],
  ['config.yaml', 'fallback_providers', 'next turn'],
  ['config.yaml', 'agent.max_turns', 'next turn'],
  ['config.yaml', 'memory.provider', 'next turn'],
  ['config.yaml', 'platform_toolsets.telegram', 'next turn'],
  ['config.yaml', 'display.skin', 'at once'],
  ['config.yaml', 'platforms.api_server.enabled', 'restart'],
  ['config.yaml', 'telegram.require_mention', 'restart'],
  ['config.yaml', 'mcp_servers.x.url', 'restart'],
  ['config.yaml', 'hooks.on_stop', 'restart'],
  ['config.yaml', 'plugins.enabled', 'restart'],
  ['config.yaml', 'cron.provider', 'restart'],
  ['config.yaml', 'cron.output_retention', 'next turn'],
  ['SOUL.md', '', 'next session'],
  ['memories/MEMORY.md', '', 'next session'],
  ['skills/a/SKILL.md', '', 'next session'],
  ['cron/jobs.json', '', 'next tick'],
  ['hooks/a/HOOK.yaml', '', 'restart'],
  ['plugins/a/plugin.yaml', '', 'restart'],
  ['skins/timmy.yaml', '', 'at once'],
  ['channel_aliases.json', 'telegram.1', 'at once'],
]
for (const [path, key, when] of effects) {
  test(`a change of ${path}${key && `#${key}`} takes effect: ${when}`, () => {
    const effect = effectOf(path, key === '' ? undefined : key.split('.'))
    assert.equal(effect.when, when)
    assert.equal(effect.service, when === 'restart' ? 'gateway' : undefined)
    assert.notEqual(effect.because, '')
  })
}
