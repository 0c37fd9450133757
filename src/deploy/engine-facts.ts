// What the rules of a sidecar want to know of the engine: data of this build, no engine is asked.

import { knownEngineFacts, type EngineFacts } from '../config/index.ts'
import { configKeysOf, type Engine } from '../hermes/index.ts'

/** Without an engine the newest keys that we know are held against the sidecar; against a newer one, none. */
export function engineFactsOf(engine: Engine | undefined): EngineFacts {
  const keys = configKeysOf(engine?.version)
  if (keys === undefined) return knownEngineFacts
  return {
    ...knownEngineFacts,
    configRoots: keys.roots,
    configKeys: keys.keys,
    configDefaults: keys.defaults,
    ...(keys.configVersion !== undefined && { configVersion: keys.configVersion }),
  }
}
