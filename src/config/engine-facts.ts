// What the rules want to know of the engine. This room may not look into the engine's; whoever calls hands it in.

import type { Json } from '../core/index.ts'

export interface EngineFacts {
  /** Names of the root of config.yaml that the engine knows; undefined: not known, so nothing is said. */
  readonly configRoots?: ReadonlySet<string>
  /** Dotted names of the leaves that the engine knows. */
  readonly configKeys?: ReadonlySet<string>
  /** Of those that have one, the default. */
  readonly configDefaults?: ReadonlyMap<string, Json>
  /** The `_config_version` of the engine that the facts are from. */
  readonly configVersion?: number
  /** Skins that the engine brings. */
  readonly builtInSkins: readonly string[]
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
