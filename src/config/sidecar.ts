// A sidecar as it was read: its manifest, its fleet, its files, and everything that is wrong with them.

import type { Sight } from '../core/index.ts'
import type { Finding } from './finding.ts'
import type { Target } from './overlay.ts'
import type { Reading } from './reading.ts'
import type { Fleet } from './schema/fleet.ts'
import type { Manifest } from './schema/manifest.ts'

/** What a file of a sidecar is, by its path. */
export type SidecarFileKind =
  | 'manifest'
  | 'fleet'
  | 'soul'
  | 'config'
  | 'defaults'
  | 'portfolios'
  | 'aliases'
  | 'memory'
  | 'skin'
  | 'playbook'
  | 'cron'
  | 'file'
  | 'kept'

export interface SidecarFile {
  /** Inside the sidecar, with `/`. */
  readonly path: string
  readonly absolute: string
  /** Path with the layer's prefix removed. */
  readonly inLayer: string
  readonly layer: string
  /** `file` is deployed as it is; `kept` stays here (tasks, training, docs). */
  readonly kind: SidecarFileKind
  readonly size: number
  readonly digest: string
  readonly isExecutable: boolean
}

export interface Sidecar {
  readonly folder: string
  readonly manifest: Manifest
  readonly fleet: Fleet | undefined
  /** Targets of this host. */
  readonly targets: readonly Target[]
  readonly files: readonly SidecarFile[]
  /** What the settings files and memories hold, by path inside the sidecar. */
  readonly readings: ReadonlyMap<string, Reading>
  /** Of every file, sorted by file and line. */
  readonly findings: readonly Finding[]
  /** Everything it was read from: each folder and file, as it was before it was listed or read. */
  readonly seen: readonly Sight[]
  /** False: a tool was missing that would have judged more, so another run may say something else. */
  readonly isFinal: boolean
}
