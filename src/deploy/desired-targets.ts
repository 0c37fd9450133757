// What the sidecar wants of each target of this host: read, judged, layered and compiled.

import { judgeSidecar, overlayOf, readSidecar, type Finding, type Target, type World } from '../config/index.ts'
import type { Engine } from '../hermes/index.ts'
import { desiredOf } from './desired.ts'
import type { DesiredEntry } from './entry.ts'

export interface DesiredTargets {
  readonly targets: readonly { readonly target: Target; readonly entries: readonly DesiredEntry[] }[]
  readonly findings: readonly Finding[]
  readonly keep: { readonly generations: number; readonly verified: number }
}
