// Drafts: what compiling one subject yields, before ownership, names and order are settled (desired.ts).

import { digestOf, type Json, type JsonMapping } from '../../core/index.ts'
import type { Finding, OverlayFile, Source } from '../../config/index.ts'
import type { Part } from '../../hermes/index.ts'
import type { EntryContent, Mode, Root } from '../entry.ts'

/** One desired thing with its place and its origin: bytes of a file, or the value of a part. */
export interface Draft {
  readonly root: Root
  readonly path: string
  readonly part?: Part
  readonly mode: Mode
  /** Neither this nor `value` in mode `remove`. */
  readonly bytes?: Extract<EntryContent, { kind: 'bytes' }>
  readonly value?: Json
  readonly fileMode: number
  readonly source: Source
}

export interface Compiled {
  readonly drafts: readonly Draft[]
  readonly findings: readonly Finding[]
}

/** What is known of the engine that a target runs. */
export interface EngineFacts {
  /** As `hermes --version` says it: 0.19.0. */
  readonly version?: string
  /** The engine's own `_config_version`. */
  readonly configVersion?: number
}

/** Only the owner reads what we write into a home. */
const privateFile = 0o600
const privateProgram = 0o700

/** A key of a settings file of the home. */
export function keyDraft(
  path: string,
  key: readonly string[],
  value: Json,
  source: Source,
  mode: Mode = 'enforce',
): Draft {
  return { root: 'home', path, part: { kind: 'key', path: key }, mode, value, fileMode: privateFile, source }
}

/** A record of a file that holds several: a cron job by the fields that we name, a memory by its text. */
export function recordDraft(
  path: string,
  part: { readonly id: string; readonly name?: string },
  value: JsonMapping | string,
  source: Source,
): Draft {
  return {
    root: 'home',
    path,
    part: { kind: 'record', ...part },
    mode: 'enforce',
    value,
    fileMode: privateFile,
    source,
  }
}

/** A file of the sidecar, byte by byte. */
export function fileDraft(root: Root, path: string, file: OverlayFile, isProgram = file.isExecutable): Draft {
  return {
    root,
    path,
    mode: 'enforce',
    bytes: { kind: 'bytes', digest: file.digest, size: file.size, from: { file: file.absolute } },
    fileMode: isProgram ? privateProgram : privateFile,
    source: file.source,
  }
}

/** A file of the home whose text we compiled. */
export function textDraft(path: string, text: string, source: Source): Draft {
  return {
    root: 'home',
    path,
    mode: 'enforce',
    bytes: { kind: 'bytes', digest: digestOf(text), size: Buffer.byteLength(text), from: { text } },
    fileMode: privateFile,
    source,
  }
}
