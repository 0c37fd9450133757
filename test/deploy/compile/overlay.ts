// Overlays for tests, from the few parts that a test is about.

import { digestOf } from '../../../src/core/index.ts'
import type {
  CronJob,
  Leaf,
  Overlay,
  OverlayFile,
  OwnRule,
  Playbook,
  Portfolios,
  Source,
  Sourced,
} from '../../../src/config/index.ts'
import { desiredOf, type EngineFacts } from '../../../src/deploy/desired.ts'
import type { DesiredEntry } from '../../../src/deploy/entry.ts'

export interface Parts {
  readonly config?: Readonly<Record<string, Leaf['value']>>
  readonly defaults?: Readonly<Record<string, Leaf['value']>>
  readonly aliases?: Readonly<Record<string, Leaf['value']>>
  readonly removed?: Overlay['removed']
  readonly own?: readonly OwnRule[]
  readonly portfolios?: Portfolios
  readonly role?: string
  readonly cronJobs?: readonly CronJob[]
  readonly playbooks?: readonly Playbook[]
  readonly memory?: readonly string[]
  readonly files?: readonly (string | { path: string; isExecutable: boolean })[]
  readonly soul?: boolean
  readonly profile?: string
}

/** Keys of settings are dotted; their lines are counted from one in the order given. */
function overlayOf(parts: Parts): Overlay {
  const profile = parts.profile ?? 'default'
  return {
    name: 'example',
    target: {
      name: 'local',
      aliases: [],
      home: '/home/timmy/.hermes',
      homeRoot: '/home/timmy/.hermes',
      profile,
      host: 'local',
      agent: 'timmy',
      workspace: '/home/timmy/.timmy',
      deploysWorkspace: profile === 'default',
    },
    layers: ['base', 'hosts/local', 'agents/timmy'],
    own: (parts.own ?? []).map((rule, index) => ({ rule, source: at('timmy.yaml', index + 1) })),
    ...(parts.role !== undefined && { role: { name: parts.role, source: at('fleet.yaml', 7) } }),
    config: leaves('config.yaml', parts.config),
    defaults: leaves('config.defaults.yaml', parts.defaults),
    removed: parts.removed ?? [],
    aliases: leaves('channel_aliases.json', parts.aliases),
    ...(parts.portfolios && { portfolios: sourced('fallback-portfolios.yaml', parts.portfolios) }),
    playbooks: (parts.playbooks ?? []).map((value) => sourced(`playbooks/${value.name}.yaml`, value)),
    cronJobs: (parts.cronJobs ?? []).map((value) => sourced(`cron/${value.name}.yaml`, value)),
    memories: parts.memory
      ? [
          {
            file: 'MEMORY.md',
            entries: parts.memory.map((text, index) => ({ text, source: at('memories/MEMORY.md', 1 + index * 2) })),
          },
        ]
      : [],
    ...(parts.soul === true && { soul: overlayFile('SOUL.md') }),
    files: (parts.files ?? []).map((file) =>
      typeof file === 'string' ? overlayFile(file) : overlayFile(file.path, file.isExecutable),
    ),
  }
}

export interface Wanted {
  readonly entries: readonly DesiredEntry[]
  /** Rule and place of each finding. */
  readonly faults: readonly string[]
  readonly messages: readonly string[]
  names(): string[]
  entry(name: string): DesiredEntry
  /** The value of a key or record. */
  value(name: string): unknown
  text(name: string): string
}

export function wantedOf(parts: Parts | Overlay, facts: EngineFacts = { configVersion: 33 }): Wanted {
  const { entries, findings } = desiredOf('target' in parts ? parts : overlayOf(parts), facts)
  const entry = (name: string): DesiredEntry => {
    const found = entries.find((one) => one.entry === name)
    if (!found) throw new Error(`no entry ${name} among ${entries.map((one) => one.entry).join(' ')}`)
    return found
  }
  return {
    entries,
    faults: findings.map(({ rule, where }) => `${rule} ${where.file}:${where.line ?? '-'}`),
    messages: findings.map(({ message }) => message),
    names: () => entries.map((one) => one.entry),
    entry,
    value(name) {
      const { content } = entry(name)
      return content?.kind === 'value' ? content.value : undefined
    },
    text(name) {
      const { content } = entry(name)
      if (content?.kind !== 'bytes' || !('text' in content.from)) throw new Error(`${name} is no compiled text`)
      return content.from.text
    },
  }
}

/** config.yaml as the engine would find it: JSON is YAML too. */
export function configOf({ entries }: Wanted): string {
  const root: Record<string, unknown> = {}
  for (const { path, part, content } of entries) {
    if (path !== 'config.yaml' || part?.kind !== 'key' || content?.kind !== 'value') continue
    let mapping = root
    for (const key of part.path.slice(0, -1)) mapping = (mapping[key] ??= {}) as Record<string, unknown>
    mapping[part.path.at(-1) ?? ''] = content.value
  }
  return `${JSON.stringify(root, null, 2)}\n`
}

/** Two machines and a paid service; the second machine serves what the first does. */
export function examplePortfolios(urls: { near?: string; far?: string } = {}): Portfolios {
  return {
    version: 1,
    endpoints: {
      near: {
        kind: 'llamacpp',
        base_url: urls.near ?? 'http://127.0.0.1:8080/v1/',
        key_env: 'NEAR_KEY',
        locality: 'host',
        failure_domain: 'near',
      },
      far: {
        kind: 'ollama',
        base_url: urls.far ?? 'http://far.example.invalid:11434/v1',
        key_env: 'FAR_KEY',
        locality: 'lan',
        failure_domain: 'far',
      },
      paid: {
        kind: 'openai',
        base_url: 'https://paid.example.invalid/v1',
        key_env: 'PAID_KEY',
        locality: 'cloud',
        failure_domain: 'paid',
      },
    },
    models: {
      big: { endpoint: 'near', served: 'fake-401', context: 131072 },
      twin: { endpoint: 'far', served: 'big.v1:70b', context: 65536 },
      bought: { endpoint: 'paid', served: 'big-large' },
    },
    portfolios: {
      judgment: {
        purpose: 'Decides.',
        rights: ['merge', 'label'],
        slots: [{ model: 'big' }, { model: 'twin', loses: ['merge'] }, { model: 'bought' }],
      },
      bulk: { purpose: 'Small errands.', slots: [{ model: 'twin' }, { model: 'big' }] },
      lone: { purpose: 'One slot.', slots: [{ model: 'bought' }] },
    },
    auxiliary: { compression: 'bulk', title: 'bulk', kanban: 'bulk', delegation: 'bulk', cron: 'bulk' },
  }
}

export const at = (file: string, line: number): Source => ({ file, line, layer: 'base' })

function leaves(file: string, values: Parts['config'] = {}): Leaf[] {
  return Object.entries(values).map(([key, value], index) => ({
    path: key.split('.'),
    value,
    source: at(file, index + 1),
  }))
}

function sourced<T>(file: string, value: T): Sourced<T> {
  const lines = new Map<string, number>()
  return {
    value,
    source: at(file, 1),
    file: overlayFile(file),
    sourceOf: (path) => {
      const key = path.join('.')
      if (!lines.has(key)) lines.set(key, lines.size + 10)
      return at(file, lines.get(key) ?? 0)
    },
  }
}

function overlayFile(path: string, isExecutable = false): OverlayFile {
  const source = { file: path, layer: 'base' }
  return { path, absolute: `/sidecar/${path}`, size: path.length, digest: digestOf(path), isExecutable, source }
}
