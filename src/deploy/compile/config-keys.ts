// Settings: leaves of config.yaml are enforced, leaves of config.defaults.yaml are set where the home has none, keys
// that the manifest marks `remove` are kept absent. A key that a layer took out by null is simply not desired.
//
// `_config_version` and `onboarding.*` are the engine's after the first write: it migrates the one and ticks off the
// other. So they are defaults, and a home without a version gets that of the installed engine.

import type { Leaf, Overlay, Source } from '../../config/index.ts'
import { keyDraft, type Compiled, type Draft, type EngineFacts } from './draft.ts'

const settingsFile = 'config.yaml'
const versionKey = '_config_version'
/** The engine's own `_config_version` by release, for those that we know without asking. */
const configVersions: Readonly<Record<string, number>> = { '0.18': 32, '0.19': 33 }

export function compileConfigKeys({ config, defaults, removed }: Overlay, facts: EngineFacts): Compiled {
  const drafts: Draft[] = [
    ...config.map((leaf) => settingDraft(leaf, leavesToEngine(leaf.path) ? 'default' : 'enforce')),
    ...defaults.map((leaf) => settingDraft(leaf, 'default')),
    ...removed.flatMap(({ path, source, by }) => (by === 'own' ? [removalDraft(path, source)] : [])),
  ]
  return { drafts: [...drafts, ...versionDrafts(drafts, facts)], findings: [] }
}

function settingDraft({ path, value, source }: Leaf, mode: 'enforce' | 'default'): Draft {
  return keyDraft(settingsFile, path, value, source, mode)
}

function removalDraft(path: readonly string[], source: Source): Draft {
  return {
    root: 'home',
    path: settingsFile,
    part: { kind: 'key', path },
    mode: 'remove',
    fileMode: 0o600,
    source,
  }
}

/** Only beside other keys: we ship a version with the file that we write, never a file for its version. */
function versionDrafts(drafts: readonly Draft[], facts: EngineFacts): Draft[] {
  const configVersion = facts.configVersion ?? configVersions[/^\d+\.\d+(?=\.)/.exec(facts.version ?? '')?.[0] ?? '']
  const isNamed = drafts.some(({ part }) => part?.kind === 'key' && part.path[0] === versionKey)
  if (isNamed || drafts.length === 0 || configVersion === undefined) return []
  const source: Source = { file: 'timmy.yaml', layer: 'base' }
  return [keyDraft(settingsFile, [versionKey], configVersion, source, 'default')]
}

function leavesToEngine([root]: readonly string[]): boolean {
  return root === versionKey || root === 'onboarding'
}
