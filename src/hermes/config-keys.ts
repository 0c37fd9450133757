// The keys of config.yaml that the engine knows, with their defaults: data taken from one release.
//
// Good for warnings only: what an engine really makes of a key, the engine itself is asked (ask.ts).

import type { Json } from '../core/index.ts'
import data from './config-keys-0.19.json' with { type: 'json' }

export interface ConfigKeys {
  /** Names at the root, with and without defaults. */
  readonly roots: ReadonlySet<string>
  /** Dotted names of the leaves. */
  readonly keys: ReadonlySet<string>
  /** Of those that have one, the default. */
  readonly defaults: ReadonlyMap<string, Json>
  /** Undefined for another release than that of the data. */
  readonly configVersion?: number
}

/** For a version of the engine, or for nobody knows which; undefined for a newer one, which may know more keys. */
export function configKeysOf(version: string | undefined): ConfigKeys | undefined {
  const [, minor] = /^0\.(\d+)(?:\.|$)/.exec(version ?? data.engine) ?? []
  const [, ours] = /^0\.(\d+)/.exec(data.engine) ?? []
  if (minor === undefined || Number(minor) > Number(ours)) return undefined
  return {
    roots: new Set(data.roots),
    keys: new Set([...Object.keys(data.defaults), ...data.keys]),
    defaults: new Map<string, Json>(Object.entries(data.defaults)),
    ...(version !== undefined && minor === ours ? { configVersion: data.configVersion } : {}),
  }
}
