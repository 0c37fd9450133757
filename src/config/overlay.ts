// What a sidecar wants of one target, after its layers were merged; every value remembers the line that won.
//
// Values only. Layers are merged by layers.ts and gathered by merge.ts; compiling into what the engine reads is deploy's.

import type { Json } from '../core/index.ts'
import type { CronJob } from './schema/cron-job.ts'
import type { OwnRule } from './schema/manifest.ts'
import type { Playbook } from './schema/playbook.ts'
import type { Portfolios } from './schema/portfolios.ts'

/** Where in the sidecar something was declared. */
export interface Source {
  /** Path inside the sidecar. */
  readonly file: string
  readonly line?: number
  /** `base`, `hosts/<host>` or `agents/<agent>`. */
  readonly layer: string
}

/** One Hermes home, a profile on a host, that the sidecar is deployed to. */
export interface Target {
  readonly name: string
  /** Other names of the same home: an agent that lives there, a second target of the manifest. */
  readonly aliases: readonly string[]
  /** Absolute, profile resolved: <root>/profiles/<p>. */
  readonly home: string
  /** Absolute: the home of the default profile. */
  readonly homeRoot: string
  readonly profile: string
  readonly host: string
  readonly agent?: string
  /** The workspace, `~/.timmy`. */
  readonly workspace: string
  /** Only the default profile writes the workspace's SOUL.md. */
  readonly deploysWorkspace: boolean
}

/** A scalar, a list or an empty mapping of a settings file. */
export interface Leaf {
  readonly path: readonly string[]
  readonly value: Json
  readonly source: Source
}

/** A key that is wanted absent from the desired state. */
export interface RemovedKey {
  readonly path: readonly string[]
  readonly source: Source
  /**
   * `layer`: a layer said null, so no lower layer's value is desired; what is live is let go as any dropped entry.
   * `own`: the manifest marks it `remove`, so it is to be absent from the home.
   */
  readonly by: 'layer' | 'own'
}

/** A file of the sidecar that goes into the home as it is. */
export interface OverlayFile {
  /** As in the sidecar, layer prefix removed: skins/timmy.yaml. */
  readonly path: string
  readonly absolute: string
  readonly size: number
  /** SHA-256 of the content, in hex. */
  readonly digest: string
  readonly isExecutable: boolean
  readonly source: Source
}

/** A file of the sidecar that holds one value. */
export interface Sourced<T> {
  readonly value: T
  readonly source: Source
  readonly file: OverlayFile
  /** Where a part of the value was declared: the nearest line known. */
  readonly sourceOf: (path: readonly (string | number)[]) => Source
}

export interface MemoryEntries {
  readonly file: 'MEMORY.md' | 'USER.md'
  readonly entries: readonly { readonly text: string; readonly source: Source }[]
}

/** What one combination of layers says, whoever it is for. */
export interface MergedLayers {
  /** Lowest first: base, hosts/<host>, agents/<agent>. */
  readonly layers: readonly string[]
  /** The manifest's rules of ownership, in order, each with its line. */
  readonly own: readonly { readonly rule: OwnRule; readonly source: Source }[]
  /** Leaves of config.yaml, layers merged. */
  readonly config: readonly Leaf[]
  /** Leaves of config.defaults.yaml, layers merged. */
  readonly defaults: readonly Leaf[]
  /** Keys of config.yaml. */
  readonly removed: readonly RemovedKey[]
  /** Leaves of channel_aliases.json: platform, chat id. */
  readonly aliases: readonly Leaf[]
  /** Merged by key; `file` and `source` are those of the highest layer that has the file. */
  readonly portfolios?: Sourced<Portfolios>
  /** `file` is the playbook itself, which is deployed to playbooks/ too. */
  readonly playbooks: readonly Sourced<Playbook>[]
  readonly cronJobs: readonly Sourced<CronJob>[]
  readonly memories: readonly MemoryEntries[]
  readonly soul?: OverlayFile
  /** skins, scripts, bin, skills, hooks, plugins, and what the manifest's own rules claim; no playbooks (they are above). */
  readonly files: readonly OverlayFile[]
}

/** What the sidecar wants of one target. */
export interface Overlay extends MergedLayers {
  /** The sidecar's name: manifest.name. */
  readonly name: string
  readonly target: Target
  /** The role of the target's agent: fleet.yaml agents.<agent>.portfolio, with its line. */
  readonly role?: { readonly name: string; readonly source: Source }
}
