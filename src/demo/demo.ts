// `timmy demo`: the whole loop of a deploy in a folder of its own, every step looked at and told in one line.
//
// Promise: nothing outside the folder is touched, and the folder goes in the end, also on Ctrl-C; with --keep it stays,
// and so it does when a step did not hold. Exit 0 only if every step was checked.

import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import {
  TimmyError,
  exitCodes,
  printable,
  printerOf,
  run,
  type Context,
  type OutputFlags,
  type Printer,
} from '../core/index.ts'
import { behindOurBack } from './behind-our-back.ts'
import { engineOf, engineView } from './engine-view.ts'
import { firstContact } from './first-contact.ts'
import { killed } from './killed.ts'
import { stageIn, type RunTimmy, type Stage } from './stage.ts'
import { Unmet, type Step } from './step.ts'
import { givenBack, wayBack } from './way-back.ts'

export interface DemoFlags extends OutputFlags {
  readonly keep?: string
}

interface Told {
  readonly title: string
  readonly ok: boolean
  /** Milliseconds. */
  readonly ms: number
  /** What did not hold, and how. */
  readonly failed?: { readonly what: string; readonly expected: string; readonly actual: string }
}

export async function demo(context: Context, flags: DemoFlags, runTimmy: RunTimmy): Promise<void> {
  const printer = printerOf(context, flags)
  const folder = folderFor(context, flags)
  const beganAt = performance.now()
  let isKept = flags.keep !== undefined
  try {
    const stage = stageIn(folder, context, runTimmy)
    printer.note(`in ${folder}${isKept ? '' : ', which goes in the end'}`)
    await refuseWithoutGit(stage)
    const engine = await engineOf(stage, context.disk)
    const view = engine ? engineView(engine) : []
    const steps = [...firstContact, ...view, ...behindOurBack, ...killed, ...wayBack, ...view, ...givenBack]
    const told = await play(steps, stage, printer)
    const isOk = told.every(({ ok }) => ok)
    isKept ||= !isOk
    const seconds = ((performance.now() - beganAt) / 1000).toFixed(1)
    const summary = isOk
      ? `all ${told.length} steps were checked, in ${seconds} s`
      : `step ${told.length} of ${steps.length} did not hold; its folder stays: ${folder}`
    const engineLine = engine ? [] : ['no hermes is on PATH, so the engine itself was not asked']
    printer.report({
      schema: 'timmy.demo/1',
      document: {
        ok: isOk,
        folder: isKept ? folder : null,
        engine: engine?.version ?? null,
        steps: told,
        seconds: Number(seconds),
      },
      text: [...engineLine, summary, ...(isOk && isKept ? [lookAround(stage)] : [])].join('\n'),
      exit: isOk ? exitCodes.done : exitCodes.differences,
    })
  } finally {
    if (!isKept) rmSync(folder, { recursive: true, force: true })
  }
}

/** Plays the steps until one does not hold: what follows stands on it. */
async function play(steps: readonly Step[], stage: Stage, printer: Printer): Promise<Told[]> {
  const told: Told[] = []
  const { green, red, dim } = printer.style
  for (const step of steps) {
    stage.signal.throwIfAborted()
    const beganAt = performance.now()
    const failed = await outcomeOf(step, stage)
    told.push({
      title: step.title,
      ok: !failed,
      ms: Math.round(performance.now() - beganAt),
      ...(failed && { failed }),
    })
    printer.line(`${failed ? red('✗') : green('✓')} ${step.title}`)
    if (!failed) continue
    printer.line(`  ${failed.what}`)
    printer.line(`  expected ${dim(shown(failed.expected))}`)
    printer.line(`  actual   ${dim(shown(failed.actual))}`)
    break
  }
  return told
}

async function outcomeOf(step: Step, stage: Stage): Promise<Told['failed']> {
  try {
    await step.run(stage)
    return undefined
  } catch (cause) {
    stage.signal.throwIfAborted()
    if (cause instanceof Unmet) return { what: cause.message, expected: cause.expected, actual: cause.actual }
    const message = cause instanceof Error ? cause.message : String(cause)
    return { what: 'the step could not be played', expected: 'it can', actual: message }
  }
}

const shownLength = 600

function shown(text: string): string {
  return printable(text.length > shownLength ? `${text.slice(0, shownLength)} …` : text)
}

/** A new scratch folder, or the empty one that the flag names. */
function folderFor({ cwd, disk }: Context, { keep }: DemoFlags): string {
  if (keep === undefined) return realpathSync(mkdtempSync(join(tmpdir(), 'timmy-demo-')))
  const folder = resolve(cwd, keep)
  const kind = disk.stat(folder)?.kind
  if (kind !== undefined && (kind !== 'folder' || disk.list(folder).length > 0)) {
    throw new TimmyError('DIRECTORY_NOT_EMPTY', `${printable(folder)} is not an empty folder; nothing was done`, {
      hint: `timmy demo --keep ${keep}-2`,
      where: [{ file: folder }],
    })
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return folder
}

/** What the sidecar looks like after each step is shown by git. */
async function refuseWithoutGit({ env, signal }: Stage): Promise<void> {
  const { notFound } = await run(['git', '--version'], { timeoutMs: 10_000, env, signal })
  if (notFound) throw new TimmyError('TOOL_MISSING', 'the demo needs git', { hint: 'apt-get install git' })
}

function lookAround({ folder, env }: Stage): string {
  const names = ['HERMES_HOME', 'TIMMY_HOME', 'TIMMY_STATE_DIR', 'TIMMY_SIDECAR']
  const set = names.map((name) => `${name}=${env[name] ?? ''}`).join(' ')
  return `look around in ${folder}:\n  ${set} timmy generations`
}
