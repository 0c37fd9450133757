// Flags that mean the same in every command: spread into a command's `flags` (and `aliases`).

import type { FlagParametersForType } from '@stricli/core'
import type { Context } from './context.ts'

export interface OutputFlags {
  readonly json: boolean
  readonly quiet: boolean
  readonly verbose: boolean
}

export interface SidecarFlag {
  readonly sidecar?: string
}

export interface ConfirmFlags {
  readonly yes: boolean
  readonly dryRun: boolean
}

export const outputFlags: FlagParametersForType<OutputFlags, Context> = {
  json: { kind: 'boolean', default: false, withNegated: false, brief: 'Print one JSON document' },
  quiet: { kind: 'boolean', default: false, withNegated: false, brief: 'Print errors only' },
  verbose: { kind: 'boolean', default: false, withNegated: false, brief: 'Add reasons' },
}

/** The letters of `outputFlags`. */
export const outputAliases = { q: 'quiet', v: 'verbose' } as const

export const sidecarFlag: FlagParametersForType<SidecarFlag, Context> = {
  sidecar: { kind: 'parsed', parse: String, optional: true, placeholder: 'DIR', brief: 'The sidecar to read' },
}

export const confirmFlags: FlagParametersForType<ConfirmFlags, Context> = {
  yes: { kind: 'boolean', default: false, withNegated: false, brief: 'Do not ask' },
  dryRun: { kind: 'boolean', default: false, withNegated: false, brief: 'Stop before the first write' },
}

/** The letter of `confirmFlags`. */
export const confirmAliases = { y: 'yes' } as const
