// A document: a file of the home that holds several entries, each with an owner of its own.
//
// Four formats speak this one interface: config.yaml by key, JSON files by key, cron jobs by record, memories by
// record. A document is read once into values and edited into new bytes; nothing here touches the disk.
//
// Promise: `edit` changes exactly the parts named and leaves every other byte as it was. What cannot be read is
// told as `Unreadable`, never guessed at and never overwritten.

import type { Json } from '../core/index.ts'

/** One thing inside a document: a leaf by its key path, or a record by its id. */
export type Part = KeyPart | RecordPart

export interface KeyPart {
  readonly kind: 'key'
  readonly path: readonly string[]
}

export interface RecordPart {
  readonly kind: 'record'
  /** Cron jobs: the job's id. Memories: SHA-256 (hex) of the entry's text. */
  readonly id: string
  /** Cron jobs: the name, by which a job with another id is found at first contact. */
  readonly name?: string
}

export interface PartEdit {
  readonly part: Part
  /** The value to have; undefined takes the part out. A record's fields that are not named stay as they are. */
  readonly value: Json | undefined
}

export interface Document {
  /** The live value of a part; undefined when it is absent. */
  get(part: Part): Json | undefined
  /** Every part there is, in file order: leaves (scalars, lists, empty mappings) or records. */
  parts(): Part[]
  /** The file's bytes with exactly these parts changed. Without a file before: a new one. */
  edit(edits: readonly PartEdit[]): Buffer
}

/** Why a file cannot be read as its format, as a sentence, with the line where known. */
export interface Unreadable {
  readonly unreadable: string
  readonly line?: number
}

export interface DocumentFormat {
  /** `undefined` stands for a missing file; that, and an empty one, give a document without parts. */
  open(bytes: Buffer | undefined): Document | Unreadable
  /** The engine's own lock for this file, relative to the home; undefined where the engine has none. */
  lockOf(path: string): string | undefined
}

export function isUnreadable(opened: Document | Unreadable): opened is Unreadable {
  return 'unreadable' in opened
}
