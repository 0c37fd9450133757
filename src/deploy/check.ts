// `timmy check`: everything that is wrong with a sidecar, at once, each finding with its place, its rule and its mend.
//
// Reads only. Exit 0 without errors (warnings and notes are none), 2 with.

import { join } from 'node:path'
import { fileVerdicts, findSidecar, placesOf, type Finding, type Severity } from '../config/index.ts'
import {
  exitCodes,
  printable,
  printerOf,
  TimmyError,
  type Context,
  type OutputFlags,
  type SidecarFlag,
  type Style,
} from '../core/index.ts'
import { findEngine, type Engine } from '../hermes/index.ts'
import { scanPrompts } from './check/engine-scan.ts'
import type { Prompt } from './check/prompts.ts'
import { readSnapshot } from './snapshot.ts'
import { wantedOf } from './wanted.ts'

export interface CheckFlags extends OutputFlags, SidecarFlag {}

export async function check(this: Context, flags: CheckFlags): Promise<void> {
  const printer = printerOf(this, flags)
  const folder = findSidecar(this, flags.sidecar)
  const engine = await engineHere(this)
  const of = { folder, engine: engine.found }
  const wanted = await wantedOf(this, { ...of, snapshot: readSnapshot(this, of) })
  const scan = await scanHere(this, wanted.prompts, engine.found)
  const notAsked = engine.fault ?? scan.notAsked
  const findings = inOrder([...wanted.findings, ...scan.findings])
  const summary = { ...countsOf(findings), files: wanted.fileCount }
  if (notAsked !== undefined) printer.note(`timmy: ${notAsked}`)
  printer.report({
    schema: 'timmy.check/1',
    document: {
      sidecar: folder,
      engine: engine.found?.version ?? null,
      ...(notAsked && { notAsked }),
      findings,
      summary,
    },
    text: textOf(findings, summary, flags.verbose, printer.style),
    exit: summary.errors > 0 ? exitCodes.differences : exitCodes.done,
  })
}

/** An engine that does not answer must not keep anybody from seeing what is wrong with the sidecar. */
async function engineHere({ cwd, env, disk, signal }: Context): Promise<{ found: Engine | undefined; fault?: string }> {
  try {
    return { found: await findEngine({ cwd, env, disk, stateFolder: placesOf({ cwd, env }).state, signal }) }
  } catch (cause) {
    if (cause instanceof TimmyError)
      return { found: undefined, fault: `its own scanner was not asked: ${cause.message}` }
    throw cause
  }
}

async function scanHere(
  context: Context,
  prompts: readonly Prompt[],
  engine: Engine | undefined,
): ReturnType<typeof scanPrompts> {
  const { env, disk, signal } = context
  const { homeRoot, state } = placesOf(context)
  const verdicts = fileVerdicts(disk, join(state, 'deploy', 'verdicts.json'), () => context.now())
  const target = { home: homeRoot, homeRoot, profile: 'default' }
  const scan = await scanPrompts(prompts, engine, target, { env, signal, verdicts })
  verdicts.save()
  return scan
}

/** Compiling may trip over what a rule has told already: one line of a file needs one error. */
function inOrder(findings: readonly Finding[]): Finding[] {
  const told = new Set(findings.filter(isOwnError).map(({ where }) => `${where.file}:${where.line ?? 0}`))
  return findings
    .filter(({ rule, where }) => !rule.startsWith('compile-') || !told.has(`${where.file}:${where.line ?? 0}`))
    .toSorted(
      (a, b) =>
        compare(a.where.file, b.where.file) || (a.where.line ?? 0) - (b.where.line ?? 0) || compare(a.rule, b.rule),
    )
}

function isOwnError({ rule, severity }: Finding): boolean {
  return severity === 'error' && !rule.startsWith('compile-')
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

interface Counts {
  readonly errors: number
  readonly warnings: number
  readonly notes: number
}

function countsOf(findings: readonly Finding[]): Counts {
  const count = (wanted: Severity): number => findings.filter(({ severity }) => severity === wanted).length
  return { errors: count('error'), warnings: count('warning'), notes: count('note') }
}

function textOf(
  findings: readonly Finding[],
  counts: Counts & { files: number },
  verbose: boolean,
  style: Style,
): string {
  const shown = findings.filter(({ severity }) => verbose || severity !== 'note')
  const colours: Record<Severity, (text: string) => string> = {
    error: style.red,
    warning: style.yellow,
    note: style.dim,
  }
  const lines = shown.flatMap(({ rule, severity, where, message, mend }) => [
    `${style.bold(printable(where.file) + (where.line === undefined ? '' : `:${where.line}`))} ${colours[severity](severity)} ${printable(message)}`,
    `  ${style.dim(`${rule}: ${printable(mend)}`)}`,
  ])
  return [...lines, summaryOf(counts, verbose)].join('\n')
}

const many = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

function summaryOf({ errors, warnings, notes, files }: Counts & { files: number }, verbose: boolean): string {
  const hidden = notes > 0 && !verbose ? ' (shown with -v)' : ''
  return `${many(files, 'file')}: ${many(errors, 'error')}, ${many(warnings, 'warning')}, ${many(notes, 'note')}${hidden}`
}
