// Pieces: what a described home puts into its sidecar, each of which can be left out by itself.

import type { Json, JsonMapping } from '../../core/index.ts'

/** A leaf of config.yaml or channel_aliases.json. */
export interface KeyPiece {
  readonly kind: 'key'
  /** ENTRY text. */
  readonly entry: string
  /** Path inside the sidecar. */
  readonly file: 'config.yaml' | 'channel_aliases.json'
  readonly path: readonly string[]
  readonly value: Json
}

/** A job of the engine: a file of cron/. */
export interface JobPiece {
  readonly kind: 'job'
  readonly entry: string
  readonly file: string
  readonly fields: JsonMapping
}

export interface MemoryPiece {
  readonly kind: 'memory'
  readonly entry: string
  readonly file: string
  readonly text: string
}

/** A file that is taken over byte by byte. */
export interface FilePiece {
  readonly kind: 'file'
  readonly entry: string
  readonly file: string
  readonly content: Buffer
  readonly isProgram: boolean
  /** What goes out together: a skill, a hook or a plugin is whole or not at all. */
  readonly unit: string
}

export type Piece = KeyPiece | JobPiece | MemoryPiece | FilePiece

/** Something of the home that the sidecar does not take over: it stays as it is there. */
export interface LeftOut {
  readonly entry: string
  readonly why: string
  /** How to take it over after all. */
  readonly mend?: string
  readonly isSecret?: true
}

export interface Described {
  readonly pieces: readonly Piece[]
  readonly leftOut: readonly LeftOut[]
}
