// What the rules want to know of the engine. This room may not look into the engine's; whoever calls hands it in.

import type { Json } from '../core/index.ts'

export interface EngineFacts {
  /** Names of the root of config.yaml that the engine knows; undefined: not known, so nothing is said. */
  readonly configRoots?: ReadonlySet<string>
  /** Leaves with their defaults, by dotted name. */
  readonly configDefaults?: ReadonlyMap<string, Json>
  /** The `_config_version` of the engine that the facts are from. */
  readonly configVersion?: number
  /** Why a path of the home is never ours, as the rest of a sentence; undefined when it may be. */
  readonly neverOurs?: (path: string) => string | undefined
  /** Skins that the engine brings. */
  readonly builtInSkins: readonly string[]
  /** Provider names that the engine resolves by itself; undefined: not known. */
  readonly providers?: ReadonlySet<string>
  /** Characters of a whole memory file, delimiters included, unless config.yaml says otherwise. */
  readonly memoryChars: number
  readonly userChars: number
  readonly soulChars: number
}

/** Read in the reference: engine 0.19, sections 3.5, 4.1, 4.2, 4.4. */
export const knownEngineFacts: EngineFacts = {
  builtInSkins: ['default', 'ares', 'mono', 'slate', 'daylight', 'warm-lightmode', 'poseidon', 'sisyphus', 'charizard'],
  memoryChars: 2200,
  userChars: 1375,
  soulChars: 20_000,
}
