// What a rule is, and how what it hits becomes a finding.
//
// A rule explains itself: docs/rules.md is generated from these fields. `check` is pure unless its kind says otherwise.

import { redactText } from '../core/index.ts'
import type { EngineFacts } from './engine-facts.ts'
import type { Finding, Severity } from './finding.ts'
import type { MergedLayers } from './overlay.ts'
import type { Reading } from './reading.ts'
import type { Fleet } from './schema/fleet.ts'
import type { Manifest } from './schema/manifest.ts'
import type { SidecarFile, SidecarFileKind } from './sidecar.ts'

export interface Rule {
  readonly id: string
  readonly severity: Severity
  /** What is asked and why, in a sentence or two. */
  readonly explains: string
  /** The least text that breaks it. */
  readonly example: string
  /** The one edit that mends it; a hit may know a closer one. */
  readonly mend: string
}

/** One place that breaks a rule. */
export interface Hit {
  readonly file: string
  readonly line?: number | undefined
  readonly message: string
  readonly mend?: string
}

/** One file with its content, read once for all rules that look at one file alone. */
export interface FileContent extends SidecarFile {
  readonly bytes: Buffer
  /** Undefined for a binary file. */
  readonly text: string | undefined
  /** Of settings files and memories that could be read. */
  readonly reading: Reading | undefined
}

/** A rule over one file alone: its verdict holds as long as the content is the same. */
export interface FileRule extends Rule {
  /** May be asked of every file; yields nothing for files that are none of its business. */
  check(file: FileContent): Iterable<Hit> | Promise<Iterable<Hit>>
}

/** Everything there is, for rules that look from one file to another. */
export interface Whole {
  readonly folder: string
  readonly manifest: Manifest
  readonly fleet: Fleet | undefined
  /** For their names and kinds: what is in a plain file is for rules over one file (reread-file.ts counts on it). */
  readonly files: readonly SidecarFile[]
  readonly readings: ReadonlyMap<string, Reading>
  /** Each combination of layers that some host or agent gets, merged. */
  readonly merged: readonly MergedLayers[]
  readonly engine: EngineFacts
  /** Kinds with a file that could not be read: what refers to them is not judged. */
  readonly broken: ReadonlySet<SidecarFileKind>
}

export interface SidecarRule extends Rule {
  check(whole: Whole): Iterable<Hit>
}

export function findingOf(rule: Rule, hit: Hit): Finding {
  return {
    rule: rule.id,
    severity: rule.severity,
    where: hit.line === undefined ? { file: hit.file } : { file: hit.file, line: hit.line },
    message: withoutSecrets(hit.message),
    mend: withoutSecrets(hit.mend ?? rule.mend),
  }
}

// Messages quote names, and a name may be a secret in the wrong place.
function withoutSecrets(text: string): string {
  return redactText(text).replaceAll(/[A-Za-z0-9+=]{20,}/g, (word) => (/\d.*\d/.test(word) ? '…' : word))
}
