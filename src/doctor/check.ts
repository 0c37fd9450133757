// The shape of every check: a name, a verdict, one sentence, and where something is amiss one command that mends it.

import type { Context } from '../core/index.ts'
import type { Places } from '../config/index.ts'

export type Verdict = 'ok' | 'info' | 'warning' | 'error' | 'skipped'

export interface Finding {
  readonly verdict: Verdict
  readonly sentence: string
  /** One command or one edit. */
  readonly mend?: string
}

export interface CheckResult extends Finding {
  readonly name: string
}

/** What a check may look at; it changes nothing. */
export interface Patient {
  readonly context: Context
  readonly places: Places
}

export interface Check {
  readonly name: string
  readonly look: (patient: Patient) => Finding | Promise<Finding>
}

export function ok(sentence: string): Finding {
  return { verdict: 'ok', sentence }
}
