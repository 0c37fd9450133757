// Findings: what is wrong in a sidecar, told with its place and its mend.
//
// Promise: a finding never holds the value that it is about when that could be a secret.

import type { Where } from '../core/index.ts'

export type Severity = 'error' | 'warning' | 'note'

export interface Finding {
  /** Id of the rule, as docs/rules.md explains it. */
  readonly rule: string
  readonly severity: Severity
  /** File relative to the sidecar, and the line where known. */
  readonly where: Where
  readonly message: string
  /** One edit or one command. */
  readonly mend: string
}
