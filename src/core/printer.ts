// The one way in which commands speak: a result on stdout, everything else on stderr.
//
// With --json stdout holds exactly one document, the `report`, or one object a line for commands that follow
// something (`event`). -q leaves only errors, -v adds reasons. Colour only on a terminal. Errors are not printed
// here but by the program itself (problem.ts).

import type { Context } from './context.ts'
import type { ExitCode } from './exit-codes.ts'
import type { OutputFlags } from './flags.ts'
import { progressOn, type Progress } from './progress.ts'
import { redactText } from './redact.ts'
import { styleOf, type Style } from './style.ts'

export interface Report {
  /** Such as `timmy.plan/1`. */
  readonly schema: string
  /** A function is asked with --json only. */
  readonly document: object | (() => object)
  readonly text: string
  readonly exit: ExitCode
}

export interface Printer {
  /** The one result: a JSON document or text on stdout, and the exit code. */
  report(report: Report): void
  /** One JSON object a line with --json, else nothing. */
  event(event: object): void
  /** A line on stdout; silent with --json. */
  line(text: string): void
  /** A line on stderr; silent with -q. */
  note(text: string): void
  /** A line on stderr with -v. */
  detail(text: string): void
  progress(label: string, total: number): Progress
  /** Secrets that are never printed from now on, in whatever they stand. */
  hide(secrets: Iterable<string>): void
  /** For text on stdout. */
  readonly style: Style
}

const noProgress: Progress = { step() {}, end() {} }

export function printerOf(context: Context, flags: OutputFlags): Printer {
  const { stdout, stderr } = context.process
  const showText = !flags.json && !flags.quiet
  const hidden = new Set<string>()
  const safe = (text: string): string => (hidden.size === 0 ? text : redactText(text, hidden))
  return {
    report({ schema, document, text, exit }) {
      const documentNow = (): object => (typeof document === 'function' ? document() : document)
      if (flags.json) stdout.write(safe(`${JSON.stringify({ schema, ...documentNow() })}\n`))
      else if (showText && text !== '') stdout.write(safe(endLine(text)))
      context.process.exitCode = exit
    },
    event(event) {
      if (flags.json) stdout.write(safe(`${JSON.stringify(event)}\n`))
    },
    line(text) {
      if (showText) stdout.write(safe(endLine(text)))
    },
    note(text) {
      if (!flags.quiet) stderr.write(safe(endLine(text)))
    },
    detail(text) {
      if (flags.verbose && !flags.quiet) stderr.write(safe(endLine(text)))
    },
    progress: (label, total) => (flags.quiet ? noProgress : progressOn(context, label, total)),
    hide(secrets) {
      for (const secret of secrets) hidden.add(secret)
    },
    style: flags.json ? styleOf({ write() {} }, {}) : styleOf(stdout, context.env),
  }
}

function endLine(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`
}
