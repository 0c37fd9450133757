// Rules about config.yaml and config.defaults.yaml: what the engine would drop, fold or misread without a word.

import { isMapping, jsonEquals, type Json, type JsonMapping } from '../../core/index.ts'
import { didYouMean, nearestName } from '../nearest.ts'
import { lineAt, type Reading } from '../reading.ts'
import type { Hit, SidecarRule, Whole } from '../rule.ts'
import type { SidecarFile } from '../sidecar.ts'

interface EngineSettings {
  readonly file: SidecarFile
  readonly reading: Reading
  readonly root: JsonMapping
}

function engineSettings({ files, readings }: Whole): EngineSettings[] {
  return files.flatMap((file) => {
    const reading = readings.get(file.path)
    if ((file.kind !== 'config' && file.kind !== 'defaults') || reading === undefined || !isMapping(reading.value))
      return []
    return [{ file, reading, root: reading.value }]
  })
}

/** Scalars at the root that the engine itself has; each release has a few of them. */
const knownRootScalars = new Set([
  '_config_version',
  'timezone',
  'context_file_max_chars',
  'file_read_max_chars',
  'prefill_messages_file',
  'hooks_auto_accept',
  'max_concurrent_sessions',
  'max_live_sessions',
  'mcp_discovery_timeout',
  'model',
  'paste_collapse_threshold',
  'paste_collapse_char_threshold',
  'paste_collapse_threshold_fallback',
  'group_sessions_per_user',
  'thread_sessions_per_user',
  'unauthorized_dm_behavior',
  'require_mention',
  'always_log_local',
  'filter_silence_narration',
  'multiplex_profiles',
  'stt_echo_transcripts',
])

const rootScalar: SidecarRule = {
  id: 'config-root-scalar',
  severity: 'error',
  explains:
    'The gateway exports every scalar at the root of config.yaml into its environment; root-level provider, base_url and context_length are folded into model.',
  example: 'provider: openrouter at the root',
  mend: 'move it under the mapping that it belongs to',
  *check(whole) {
    for (const { file, reading, root } of engineSettings(whole)) {
      for (const [key, value] of Object.entries(root)) {
        const isScalar = typeof value !== 'object'
        if (!isScalar || knownRootScalars.has(key)) continue
        yield {
          file: file.path,
          line: lineAt(reading.lines, [key]),
          message: `${key} is a scalar at the root`,
          ...(/^(?:provider|base_url|context_length)$/.test(key) ? { mend: `move it to model.${key}` } : {}),
        }
      }
    }
  },
}

const fallbackShape: SidecarRule = {
  id: 'config-fallback-shape',
  severity: 'error',
  explains:
    'The engine drops entries without provider or model, empties the whole chain when it is no list, and sends `custom` without base_url to the primary.',
  example: 'fallback_providers: "[{provider: custom}]"',
  mend: 'write a list of mappings with provider, model and base_url',
  *check(whole) {
    for (const { file, reading, root } of engineSettings(whole)) {
      const chain = root['fallback_providers']
      if (chain === undefined || chain === null) continue
      const at = (path: (string | number)[], message: string): Hit => ({
        file: file.path,
        line: lineAt(reading.lines, ['fallback_providers', ...path]),
        message,
      })
      if (!Array.isArray(chain)) {
        yield at([], 'fallback_providers is not a list')
        continue
      }
      for (const [index, entry] of (chain as readonly Json[]).entries()) {
        if (!isMapping(entry)) yield at([index], `fallback_providers[${index}] is not a mapping`)
        else if (!isText(entry['provider']) || !isText(entry['model'])) {
          yield at([index], `fallback_providers[${index}] lacks provider or model`)
        } else if (entry['provider'] === 'custom' && !isText(entry['base_url'])) {
          yield at([index], `fallback_providers[${index}] is custom without a base_url`)
        }
      }
    }
  },
}

const fallbackKey: SidecarRule = {
  id: 'config-fallback-key',
  severity: 'error',
  explains: "A fallback entry without a key of its own is sent the primary's key: a leak to another host.",
  example: 'fallback_providers: [{provider: custom, model: m, base_url: "http://b:1/v1"}]',
  mend: 'give the entry a key_env of its own',
  *check(whole) {
    for (const { file, reading, root } of engineSettings(whole)) {
      const chain = root['fallback_providers']
      if (!Array.isArray(chain)) continue
      for (const [index, entry] of (chain as readonly Json[]).entries()) {
        if (!isMapping(entry) || isText(entry['key_env']) || isText(entry['api_key'])) continue
        yield {
          file: file.path,
          line: lineAt(reading.lines, ['fallback_providers', index]),
          message: `fallback_providers[${index}] names no key of its own`,
        }
      }
    }
  },
}

function isText(value: Json | undefined): boolean {
  return typeof value === 'string' && value.trim() !== ''
}

const versionShape: SidecarRule = {
  id: 'config-version',
  severity: 'error',
  explains:
    'The engine compares `_config_version` as a number: as a text it never migrates again, too high it skips migrations.',
  example: '_config_version: "33"',
  mend: 'write the number that the installed engine uses, or leave the key out',
  *check(whole) {
    for (const { file, reading, root } of engineSettings(whole)) {
      const version = root['_config_version']
      if (version === undefined || version === null) continue
      const line = lineAt(reading.lines, ['_config_version'])
      if (typeof version !== 'number' || !Number.isInteger(version) || version < 1) {
        yield { file: file.path, line, message: '_config_version is not a whole number from 1' }
      } else if (whole.engine.configVersion !== undefined && version > whole.engine.configVersion) {
        yield {
          file: file.path,
          line,
          message: `_config_version is above ${whole.engine.configVersion}, which the engine has`,
        }
      }
    }
  },
}

const unknownKey: SidecarRule = {
  id: 'config-unknown-key',
  severity: 'warning',
  explains: 'The engine takes unknown keys without a word. A name that it does not know is mostly a mistyped one.',
  example: 'displya: {skin: timmy}',
  mend: 'check the name against the engine',
  *check(whole) {
    const { configRoots: roots, configKeys: keys } = whole.engine
    if (roots === undefined) return
    for (const { file, reading, root } of engineSettings(whole)) {
      for (const [key, value] of Object.entries(root)) {
        if (!roots.has(key)) {
          const line = lineAt(reading.lines, [key])
          yield { file: file.path, line, message: `the engine knows no key "${key}"${didYouMean(key, roots)}` }
        } else if (keys !== undefined && isMapping(value)) {
          for (const { path, nearest } of mistypedBelow([key], value, keys)) {
            const message = `the engine knows no key "${path.join('.')}"; did you mean "${nearest}"?`
            yield { file: file.path, line: lineAt(reading.lines, path), message }
          }
        }
      }
    }
  },
}

/** Below the root many mappings are open, so only a name close to a known one is told. */
function* mistypedBelow(
  above: readonly string[],
  mapping: JsonMapping,
  keys: ReadonlySet<string>,
): Generator<{ path: readonly string[]; nearest: string }> {
  const prefix = `${above.join('.')}.`
  const known = new Set(
    [...keys].flatMap((name) => (name.startsWith(prefix) ? [name.slice(prefix.length).split('.')[0] ?? ''] : [])),
  )
  if (known.size === 0) return
  for (const [key, value] of Object.entries(mapping)) {
    const path = [...above, key]
    const nearest = known.has(key)
      ? undefined
      : nearestName(
          key,
          [...known].filter((name) => !Object.hasOwn(mapping, name)),
        )
    if (nearest !== undefined) yield { path, nearest }
    else if (isMapping(value)) yield* mistypedBelow(path, value, keys)
  }
}

const equalsDefault: SidecarRule = {
  id: 'config-equals-default',
  severity: 'note',
  explains: "A leaf that equals the engine's default shadows a later default of the engine.",
  example: 'agent: {max_turns: 90}',
  mend: 'leave it out, unless it is meant to stay so for good',
  *check({ merged, engine }) {
    if (engine.configDefaults === undefined) return
    for (const { path, value, source } of merged.flatMap(({ config }) => config)) {
      const known = engine.configDefaults.get(path.join('.'))
      if (known !== undefined && path[0] !== '_config_version' && jsonEquals(known, value)) {
        yield { file: source.file, line: source.line, message: `${path.join('.')} equals the engine's default` }
      }
    }
  },
}

const nullInBase: SidecarRule = {
  id: 'config-null-in-base',
  severity: 'warning',
  explains:
    'null takes a key of a lower layer out of what is desired. In the base there is no lower layer, so it says nothing.',
  example: 'config.yaml: {terminal: {cwd: null}}',
  mend: 'remove the line; to keep a key absent use `own: [{match: "config.yaml#…", mode: remove}]` in timmy.yaml',
  *check({ merged }) {
    for (const { path, source, by } of merged.flatMap(({ removed }) => removed)) {
      if (by === 'layer' && source.layer === 'base') {
        yield { file: source.file, line: source.line, message: `${path.join('.')} is null in the base` }
      }
    }
  },
}

const skinMissing: SidecarRule = {
  id: 'config-skin-missing',
  severity: 'error',
  explains: 'The engine falls back to its default skin when the one named is not there.',
  example: 'display: {skin: timmi}',
  mend: 'name a skin of skins/, or one that the engine brings',
  *check({ merged, engine, broken }) {
    if (broken.has('skin')) return
    for (const { config, defaults, files } of merged) {
      const skins = files.flatMap(({ path }) => /^skins\/([^/]+)\.yaml$/.exec(path)?.[1] ?? [])
      const known = [...skins, ...engine.builtInSkins]
      for (const { path, value, source } of [...config, ...defaults]) {
        if (path.join('.') !== 'display.skin' || typeof value !== 'string' || known.includes(value)) continue
        yield {
          file: source.file,
          line: source.line,
          message: `there is no skin "${value}"${didYouMean(value, known)}`,
        }
      }
    }
  },
}

export const engineConfigRules: readonly SidecarRule[] = [
  rootScalar,
  fallbackShape,
  fallbackKey,
  versionShape,
  unknownKey,
  equalsDefault,
  nullInBase,
  skinMissing,
]
