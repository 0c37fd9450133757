// Origins: which kind of thing in the sidecar an entry comes from, and so where a person would edit it.

import type { Part } from '../hermes/index.ts'
import type { Source } from './entry.ts'

export type Origin =
  /** A file of the sidecar, byte by byte. */
  | 'file'
  /** A leaf of config.yaml, of config.defaults.yaml, of channel_aliases.json. */
  | 'key'
  | 'default'
  | 'alias'
  /** A cron/*.yaml; a paragraph of a memories file. */
  | 'cron'
  | 'memory'
  /** A rule of the manifest. */
  | 'manifest'
  /** Portfolios, or a playbook as a skill: nothing there is the entry as it is. */
  | 'compiled'

export function originOf({ path, part, source }: { path: string; part?: Part; source: Source }): Origin {
  const file = inLayer(source)
  if (!part) return file.startsWith('playbooks/') && path.startsWith('skills/') ? 'compiled' : 'file'
  if (file === 'timmy.yaml') return 'manifest'
  if (part.kind === 'record') return path === 'cron/jobs.json' ? 'cron' : 'memory'
  if (path === 'channel_aliases.json') return 'alias'
  if (file === 'config.yaml') return 'key'
  return file === 'config.defaults.yaml' ? 'default' : 'compiled'
}

/** A path of the sidecar without its layer. */
export function inLayer({ file, layer }: Source): string {
  return layer === 'base' ? file : file.slice(layer.length + 1)
}
