// What the rules of a sidecar want to know of the engine: data of this build, no engine is asked.

import { knownEngineFacts, type EngineFacts } from '../config/index.ts'
import type { Engine } from '../hermes/index.ts'

/** Key names are those of the one release that the data is from, so they are not held against another. */
export function engineFactsOf(_engine: Engine | undefined): EngineFacts {
  return knownEngineFacts
}
