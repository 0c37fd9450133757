// The public module `timmy-config/deploy`, and the door of the room.

export { TimmyError } from '../core/index.ts'
export { openSidecar, type OpenSidecar, type OpenSidecarOptions, type SidecarTarget } from './open-sidecar.ts'
export type { EntryClass } from './class.ts'
export type { Action } from './decision.ts'
export type { Deployment, Restarted } from './deployment.ts'
export type { DesiredEntry, Policy, Root, Source } from './entry.ts'
export type { Change, Fault } from './plan.ts'
export type { Settled } from './settle.ts'
export type { Disagreement, Verification } from './verify.ts'
