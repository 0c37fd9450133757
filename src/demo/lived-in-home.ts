// A Hermes home as weeks of use leave it: settings with comments, an identity, a skin, learned memories, jobs with the
// state of their runs, chats, logs, locks. In the shape that engine 0.19 writes; made from the texts below.

import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Json, JsonMapping } from '../core/index.ts'

export const learnedMemory = 'The laser printer in the hall answers only after it was pinged twice.'
export const ownersSoul = `# Keeper

You keep this house's machines. You are brief, and you ask before you buy.
`

const configText = `# Settings of this machine: by hand, by \`hermes config set\`, by the engine's own migrations.

model:
  default: qwen3-14b             # answered best last spring
  provider: custom
  base_url: http://127.0.0.1:8080/v1
  context_length: 131072

fallback_providers:
  - provider: custom
    model: qwen3-8b
    base_url: http://127.0.0.1:8081/v1
    key_env: BACKUP_MODEL_KEY

agent:
  max_turns: 45                  # longer runs lose the thread
  verify_on_stop: false

approvals:
  mode: manual
  timeout: 5                     # seconds

display:
  skin: timmy
  tool_progress: all

security:
  tirith_enabled: false
  allow_lazy_installs: false

sessions:
  retention_days: 120

stt:
  enabled: true

# Written by the engine.
_config_version: 33
`

const skinText = `name: timmy
description: The owner's own evening colours
colors:
  banner_title: "#d4a017"
  prompt: "#8fbc8f"
branding:
  agent_name: Timmy
  welcome: "Good evening."
`

const channelDirectory: Json = {
  updated_at: '2026-05-01T07:00:05.509198',
  platforms: { telegram: [{ id: '-1000000000009', name: 'house', type: 'group', thread_id: null }] },
}

/** Jobs that the owner made by `hermes cron create`. One has the name of a job of the sidecar. */
const jobs: readonly JsonMapping[] = [
  job('acd716a77b34', 'drift-watch', 'Look whether the house still is as it should be.', 120),
  job('fb29c94ebbc3', 'water-the-plants', 'Remind the owner of the plants.', 1440),
]

export function job(id: string, name: string, prompt: string, minutes: number): JsonMapping {
  const schedule = { kind: 'interval', minutes, display: `every ${minutes}m` }
  return {
    id,
    name,
    prompt,
    skills: [],
    skill: null,
    model: null,
    provider: null,
    provider_snapshot: 'custom',
    model_snapshot: 'qwen3-14b',
    base_url: null,
    script: null,
    no_agent: false,
    context_from: null,
    schedule,
    schedule_display: schedule.display,
    repeat: { times: null, completed: 7 },
    enabled: true,
    state: 'scheduled',
    paused_at: null,
    paused_reason: null,
    created_at: '2026-04-02T08:00:00.000000+00:00',
    next_run_at: '2026-05-01T09:00:00.000000+00:00',
    last_run_at: '2026-05-01T07:00:00.000000+00:00',
    last_status: 'ok',
    last_error: null,
    last_delivery_error: null,
    deliver: 'local',
    origin: null,
    enabled_toolsets: null,
    workdir: null,
  }
}

export function layOutHome(home: string): void {
  mkdirSync(home, { mode: 0o700 })
  const write = (path: string, text: string, mode = 0o600): void => {
    mkdirSync(dirname(join(home, path)), { recursive: true, mode: 0o700 })
    writeFileSync(join(home, path), text, { mode })
    chmodSync(join(home, path), mode)
  }
  write('config.yaml', configText)
  write('SOUL.md', ownersSoul, 0o644)
  write('skins/timmy.yaml', skinText, 0o644)
  write('memories/MEMORY.md', learnedMemory)
  write('memories/MEMORY.md.lock', '')
  write('cron/jobs.json', JSON.stringify({ jobs, updated_at: '2026-05-01T07:00:09.000000+00:00' }, null, 2))
  write('cron/.jobs.lock', '')
  write('cron/ticker_heartbeat', '1777618800.5')
  write('cron/output/acd716a77b34/2026-05-01_07-00-00.md', '# drift-watch\n\nAll is well.\n')
  write('channel_directory.json', JSON.stringify(channelDirectory, null, 2))
  write('.env', envText())
  write('logs/agent.log', '2026-05-01 07:00:00 INFO cron: job acd716a77b34 ended ok\n', 0o644)
  write('gateway-starts.log', '1777618800.338402\n', 0o644)
  write('auth.lock', '')
  write('skills/.usage.json', '{}')
  write('context_length_cache.yaml', 'context_lengths:\n  qwen3-14b@http://127.0.0.1:8080/v1: 131072\n', 0o644)
}

/** Keys of the models in the sidecar's portfolios; made up now, so that none is written in the program. */
function envText(): string {
  const names = ['BACKUP_MODEL', 'HEARTH_API', 'ANVIL_API', 'EMBER_API', 'HARBOR_API', 'LOOPBACK_API']
  return names.map((name) => `${name}_KEY=${randomBytes(12).toString('hex')}\n`).join('')
}
