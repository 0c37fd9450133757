// Entries: the things that we may own in a target, and what we want of each.
//
// ENTRY is the text by which people and scripts name one (docs/cli.md): `skins/timmy.yaml`, `timmy:SOUL.md`,
// `config.yaml#model.default`, `cron/jobs.json@daily-report`, `memories/MEMORY.md@3f2a`.
// Values only; nothing here reads or writes.

import type { Json } from '../core/index.ts'
import type { Part } from '../hermes/index.ts'

/** The two roots of a target: the Hermes home and the workspace (`~/.timmy`). */
export type Root = 'home' | 'workspace'

export type Policy = 'file' | 'keys' | 'records' | 'seed'

/** How a key or record is wanted: always ours, only where absent, or absent. */
export type Mode = 'enforce' | 'default' | 'remove'

/** How a list is owned: as one value, by membership, or by an id field of its items. */
export type ListRule = 'atomic' | 'union' | { readonly by: string }

/** What an entry holds: the bytes of a file, or a plain value inside a document. */
export type EntryContent =
  | { readonly kind: 'bytes'; readonly digest: string; readonly size: number; readonly from: BytesFrom }
  | { readonly kind: 'value'; readonly digest: string; readonly value: Json }

/** Where the bytes of a file come from: a file of the sidecar (absolute path), text that we compiled, or our record. */
export type BytesFrom = { readonly file: string } | { readonly text: string } | { readonly recorded: true }

/** Where in the sidecar a desired entry was declared. */
export interface Source {
  /** Path inside the sidecar. */
  readonly file: string
  readonly line?: number
  /** `base`, `hosts/<host>` or `agents/<agent>`. */
  readonly layer: string
}

export interface DesiredEntry {
  /** ENTRY text; unique within a target. */
  readonly entry: string
  readonly root: Root
  /** Relative to the root, with `/`. */
  readonly path: string
  /** Undefined: the whole file. */
  readonly part?: Part
  readonly policy: Policy
  readonly mode: Mode
  readonly list: ListRule
  /** Written over drift without being asked. */
  readonly heal: boolean
  /** Put back for whoever had it before us: written, and no longer ours. */
  readonly isLetGo?: boolean
  /** Undefined in mode `remove`. */
  readonly content?: EntryContent
  /** Permission bits of a file that we create or own whole. */
  readonly fileMode: number
  readonly source: Source
}
