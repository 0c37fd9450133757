// The room's door: the engine's contract. Files of the home as documents, the engine itself and its answers.

export { isUnreadable } from './document.ts'
export type { Document, DocumentFormat, KeyPart, Part, PartEdit, RecordPart, Unreadable } from './document.ts'
export { engineCommand, findEngine, runEngine } from './engine.ts'
export type { Engine, EngineCommand, EngineSearch, EngineTarget } from './engine.ts'
export type { Feature, Features } from './features.ts'
export { askEngine } from './ask.ts'
export type {
  Answers,
  AskOptions,
  ChainEntry,
  KeyAnswer,
  KeyQuestion,
  ListedJob,
  MemoryAnswer,
  Questions,
  SoulAnswer,
  ThreatQuestion,
} from './ask.ts'
export { fencesAround } from './fences.ts'
export type { Fence, FenceSearch } from './fences.ts'
export { readGateway } from './gateway.ts'
export type { Gateway, GatewayEvidence, GatewayState } from './gateway.ts'
export { homeOf, isSeededSoul, profileFault, profilesOf, resolveHome, stickyProfile } from './home.ts'
export type { ProcessIdentity } from './processes.ts'
export { restartGateway } from './restart.ts'
export type { RestartOptions, RestartResult } from './restart.ts'
export { formatOf } from './documents/index.ts'
export { effectOf } from './effects.ts'
export type { Effect } from './effects.ts'
export { isEngineTemporary, ownershipOf } from './ownership.ts'
export type { PathOwnership } from './ownership.ts'
export { configKeysOf, type ConfigKeys } from './config-keys.ts'
