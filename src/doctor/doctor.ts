// `timmy doctor`: runs every check, prints them all, exits 2 when one warns or fails. Changes nothing.

import { placesOf } from '../config/index.ts'
import { exitCodes, printable, printerOf, table, type Context, type OutputFlags, type Style } from '../core/index.ts'
import type { Check, CheckResult, Patient, Verdict } from './check.ts'
import { clockCheck } from './clock.ts'
import { engineCheck } from './engine.ts'
import { homeCheck, sidecarCheck, stateCheck, workspaceCheck } from './folders.ts'
import { flockCheck, gitCheck, nodeCheck, perlCheck, syncCheck } from './programs.ts'

const checks: readonly Check[] = [
  nodeCheck,
  gitCheck,
  flockCheck,
  syncCheck,
  perlCheck,
  engineCheck,
  homeCheck,
  workspaceCheck,
  stateCheck,
  sidecarCheck,
  clockCheck,
]

export async function doctor(this: Context, flags: OutputFlags): Promise<void> {
  const printer = printerOf(this, flags)
  const patient = { context: this, places: placesOf(this) }
  const results = await Promise.all(checks.map((check) => examine(check, patient)))
  this.signal.throwIfAborted() // a program ended by us answers nothing
  const isWell = !results.some(({ verdict }) => verdict === 'warning' || verdict === 'error')
  printer.report({
    schema: 'timmy.doctor/1',
    document: { checks: results },
    text: textOf(results, printer.style, flags.verbose),
    exit: isWell ? exitCodes.done : exitCodes.differences,
  })
}

/** A check that fails itself is a finding too: one broken thing must not hide the others. */
async function examine({ name, look }: Check, patient: Patient): Promise<CheckResult> {
  try {
    return { name, ...(await look(patient)) }
  } catch (cause) {
    patient.context.signal.throwIfAborted()
    return { name, verdict: 'error', sentence: `could not be looked at: ${(cause as Error).message}` }
  }
}

function textOf(results: readonly CheckResult[], style: Style, isVerbose: boolean): string {
  const paint: Record<Verdict, (text: string) => string> = {
    ok: style.green,
    info: style.dim,
    warning: style.yellow,
    error: style.red,
    skipped: style.dim,
  }
  const rows = results.flatMap(({ name, verdict, sentence, mend }) => {
    const isShown = mend !== undefined && (isVerbose || verdict !== 'info')
    return [
      [paint[verdict](verdict), name, printable(sentence)],
      ...(isShown ? [['', '', `→ ${printable(mend)}`]] : []),
    ]
  })
  return table(rows)
}
