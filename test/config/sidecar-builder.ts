// A small sidecar without a fault, and variations of it: `sidecarOf({ 'fleet.yaml': …, 'SOUL.md': undefined })`.

import { scratchFolder, type ScratchFolder } from '../scratch.ts'
import { readSidecar, type EngineFacts, type Finding, type ReadOptions, type Sidecar } from '../../src/config/index.ts'
import { realDisk } from '../../src/core/index.ts'

/** Files by path; undefined takes one out of the small sidecar. */
export type Files = Readonly<Record<string, string | Uint8Array | undefined>>

export const soundFiles: Readonly<Record<string, string>> = {
  'timmy.yaml': `timmy: 1
name: small
engine: ">=0.18"
targets:
  main: { home: "~/.hermes", profile: default, host: local, agent: timmy }
own:
  - { match: "config.yaml#terminal.*", mode: default }
`,
  'fleet.yaml': `hosts:
  local: {}
  far: {}
agents:
  timmy: { host: local, profile: default, lanes: [govern], portfolio: judgment }
  wolf: { host: local, profile: wolf, lanes: [build], portfolio: builder }
  crow: { host: far, profile: default, lanes: [build], portfolio: builder }
budgets: { fleet: { usdPerDay: 5 }, wolf: { runsPerHour: 3 } }
`,
  'SOUL.md': 'I am small and honest.\n',
  'config.yaml': `display:
  skin: small
agent:
  max_turns: 40
`,
  'config.defaults.yaml': `terminal:
  timeout: 90
`,
  'fallback-portfolios.yaml': `version: 1
defaults: { session_context: 16000 }
endpoints:
  bench: { kind: llamacpp, base_url: "http://127.0.0.1:8080/v1", key_env: BENCH_KEY, locality: host, failure_domain: bench }
  rack: { kind: vllm, base_url: "http://rack.local:8000/v1", key_env: RACK_KEY, locality: lan, failure_domain: rack }
  cloud: { kind: openrouter, base_url: "https://cloud.example/v1", key_env: CLOUD_KEY, locality: cloud, failure_domain: cloud }
models:
  small: { endpoint: bench, served: small, capabilities: [tools], context: 32000 }
  large: { endpoint: rack, served: large, capabilities: [tools], context: 64000 }
  far: { endpoint: cloud, served: vendor/far, capabilities: [tools], context: 128000, price: { input: 1, output: 2 } }
portfolios:
  judgment:
    purpose: decide
    critical: true
    rights: [merge, close]
    require: { capabilities: [tools], min_context: 16000 }
    slots:
      - { model: large }
      - { model: far }
      - { model: large, loses: [merge] }
      - { model: small, loses: [merge, close] }
    end: hold
  builder:
    purpose: build
    slots:
      - { model: small }
      - { model: large }
    end: ask
auxiliary: { compression: builder }
sovereignty: { cloud: last_resort, min_local_slots: 2 }
bans:
  - { provider: badcorp, date: "2026-04-09", owner: keeper, why: policy }
canaries:
  - { name: ok, prompt: Say OK., expect: "^OK", level: 4, portfolio: judgment }
budgets: { roles: { builder: { hard_usd_day: 1 } } }
`,
  'channel_aliases.json': '{ "telegram": { "123": "home" } }\n',
  'memories/MEMORY.md': 'The forge is at forge.local.\n§\nTests come first.\n',
  'skins/small.yaml': 'name: small\ncolors: { accent: "#aabbcc" }\n',
  'playbooks/fix.yaml': `name: fix
description: Fixes one bug.
trigger: { labels: [bug], schedule: "0 8 * * 1-5" }
lanes: [build]
portfolio: judgment
rights: [merge]
steps:
  - Read the issue.
  - { name: Test, do: Write a failing test., check: It fails. }
done: [a merged pull request]
system_prompt: Work in small steps.
`,
  'cron/report.yaml': `name: report
schedule: "0 7 * * *"
prompt: Write the daily report.
script: report
portfolio: builder
`,
  'scripts/report': 'No interpreter is started to judge this one.\n',
  'skills/notes/own/SKILL.md': '---\nname: own\ndescription: notes\n---\n',
  'agents/wolf/config.yaml': 'agent:\n  max_turns: 20\n',
  'README.md': '# small\n',
}

export interface BuiltSidecar extends ScratchFolder {
  read(options?: ReadOptions): Promise<Sidecar>
}

/** The small sidecar with these files instead, in a folder of its own. */
export function sidecarOf(changes: Files = {}): BuiltSidecar {
  const folder = scratchFolder()
  for (const [path, content] of Object.entries({ ...soundFiles, ...changes })) {
    if (content !== undefined) folder.write(path, content, path.startsWith('bin/') ? 0o700 : 0o600)
  }
  const env = { HOME: folder.at('.home'), PATH: process.env['PATH'] }
  return { ...folder, read: (options) => readSidecar(folder.path, { cwd: '/', env, disk: realDisk }, options) }
}

export async function findingsOf(changes: Files, engine?: EngineFacts): Promise<readonly Finding[]> {
  using sidecar = sidecarOf(changes)
  return (await sidecar.read(engine === undefined ? {} : { engine })).findings
}

/** A text of the small sidecar with one part of it replaced. */
export function edited(path: string, from: string, to: string): Files {
  const text = soundFiles[path] ?? ''
  if (!text.includes(from)) throw new Error(`${path} has no ${from}`)
  return { [path]: text.replace(from, to) }
}
