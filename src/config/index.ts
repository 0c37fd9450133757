// The door of the room: what a sidecar says.
//
// Nothing exported here loads zod, yaml or a scanner by itself: they come in when a file is judged for the first time.

export { knownEngineFacts, type EngineFacts } from './engine-facts.ts'
export type { Finding, Severity } from './finding.ts'
export { generatedFiles, type RuleChapter } from './generated.ts'
export { memoryDelimiter } from './memory-text.ts'
export { overlayOf } from './merge.ts'
export type {
  Leaf,
  MemoryEntries,
  MergedLayers,
  Overlay,
  OverlayFile,
  RemovedKey,
  Source,
  Sourced,
  Target,
} from './overlay.ts'
export { absolute, findSidecar, manifestFile, placesOf, sidecarRecord, type Places, type World } from './places.ts'
export { readSidecar, readTargets, type ReadOptions } from './read-sidecar.ts'
export { rereadPlainFile, type PlainFile } from './reread-file.ts'
export { findingOf, type Rule } from './rule.ts'
export { ruleBook } from './rules/index.ts'
export type { CronJob } from './schema/cron-job.ts'
export type { Fleet } from './schema/fleet.ts'
export type { Manifest, OwnRule } from './schema/manifest.ts'
export type { Playbook } from './schema/playbook.ts'
export type { Endpoint, Model, Portfolio, Portfolios, Slot } from './schema/portfolios.ts'
export type { Sidecar, SidecarFile, SidecarFileKind } from './sidecar.ts'
export { targetsOf } from './targets.ts'
export { holdsOnly } from './walk.ts'
export { fileVerdicts, noVerdicts, type Verdict, type VerdictStore } from './verdicts.ts'
