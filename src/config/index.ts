// The door of the room: what a sidecar says.
//
// Nothing exported here loads zod, yaml or a scanner by itself: they come in when a file is judged for the first time.

export type { Finding, Severity } from './finding.ts'
export type { Leaf, MemoryEntries, Overlay, OverlayFile, RemovedKey, Source, Sourced, Target } from './overlay.ts'
export type { CronJob } from './schema/cron-job.ts'
export type { Fleet } from './schema/fleet.ts'
export type { Manifest, OwnRule } from './schema/manifest.ts'
export type { Playbook } from './schema/playbook.ts'
export type { Endpoint, Model, Portfolio, Portfolios, Slot } from './schema/portfolios.ts'
export type { Sidecar, SidecarFile, SidecarFileKind } from './sidecar.ts'
export { findSidecar, placesOf, type Places } from './places.ts'
