// What a deployment did, for people and for programs. Secrets never appear (shown-value.ts).

import {
  TimmyError,
  exitCodes,
  printable,
  type Context,
  type ExitCode,
  type Printer,
  type Style,
} from '../core/index.ts'
import type { Deployment } from './deployment.ts'
import { conflictsOf, driftOf, type Plan } from './plan.ts'
import { changeDocument } from './plan-report.ts'

export interface NamedDeployment {
  readonly name: string
  readonly home: string
  readonly planned: Plan
  readonly deployment: Deployment
}

/** After a wish to stop: what was done and what was kept is told on stderr, then the command ends as interrupted. */
export function tellIfInterrupted(context: Context, done: readonly NamedDeployment[], printer: Printer): void {
  if (!context.signal.aborted) return
  printer.note(deploymentText(done, printer.style))
  context.signal.throwIfAborted()
}

/** The worst of all targets: 7, 6, 5, 3, 0. */
export function exitOfDeployments(done: readonly NamedDeployment[]): ExitCode {
  const codes = done.map(({ deployment, planned }) => exitOf(deployment, planned))
  const worstFirst: readonly ExitCode[] = [exitCodes.partlyUndone, exitCodes.undone, exitCodes.busy, exitCodes.conflict]
  return worstFirst.find((code) => codes.includes(code)) ?? exitCodes.done
}

function exitOf({ state, outcome, cause }: Deployment, planned: Plan): ExitCode {
  if (state === 'partly-undone') return exitCodes.partlyUndone
  if (state === 'undone') return isLocked(cause) ? exitCodes.busy : exitCodes.undone
  return outcome.moved.length > 0 || conflictsOf(planned).length > 0 ? exitCodes.conflict : exitCodes.done
}

/** The engine kept a lock of its own: nothing failed, it only has to be tried again. */
const isLocked = (cause: unknown): boolean => cause instanceof TimmyError && cause.code === 'LOCKED'

export function deploymentDocument(done: readonly NamedDeployment[]): object {
  const [first] = done
  return {
    generation: first?.deployment.outcome.generation ?? null,
    verified: done.every(({ deployment: { isVerified } }) => isVerified),
    targets: done.map(({ name, home, deployment }) => ({
      target: name,
      home,
      state: deployment.state,
      generation: deployment.outcome.generation ?? null,
      verification: deployment.verification ?? null,
      putBack: deployment.settled ?? null,
      why: whyOf(deployment) ?? null,
      notAtomic: deployment.outcome.notAtomic,
    })),
    applied: done.flatMap(({ name, deployment: { outcome } }) =>
      outcome.applied.map((change) => changeDocument(name, change)),
    ),
    moved: done.flatMap(({ name, deployment: { outcome } }) =>
      outcome.moved.map((moved) => ({ target: name, ...moved })),
    ),
    drift: done.flatMap(({ name, planned }) => driftOf(planned).map(({ entry }) => ({ target: name, entry }))),
    conflicts: done.flatMap(({ name, planned }) => conflictsOf(planned).map(({ entry }) => ({ target: name, entry }))),
    restarts: done.flatMap(({ name, deployment: { restarts } }) =>
      restarts.map(({ service, because, done: isDone, why }) => ({
        target: name,
        what: service,
        because,
        done: isDone,
        why: why ?? null,
      })),
    ),
  }
}

export function deploymentText(done: readonly NamedDeployment[], style: Style): string {
  return done.map((one) => targetText(one, style)).join('\n')
}

function targetText({ name, planned, deployment }: NamedDeployment, style: Style): string {
  const { outcome, verification, settled, restarts } = deployment
  const lines = [`${style.bold(name)}: ${headline(deployment, style)}`]
  const why = whyOf(deployment)
  if (why !== undefined) lines.push(`  ${style.red('!')} ${printable(why)}`)
  for (const { entry, sentence, isOurs } of verification?.disagreements ?? []) {
    lines.push(`  ${isOurs ? style.red('!') : style.yellow('!')} ${entry}: ${printable(sentence)}`)
  }
  for (const sentence of verification?.unknown ?? []) lines.push(style.dim(`  not asked: ${printable(sentence)}`))
  for (const entry of settled?.kept ?? [])
    lines.push(`  ${style.red('kept')} ${entry}: edited by somebody else since; look at it`)
  for (const { entry, why: reason } of outcome.moved)
    lines.push(`  ${style.yellow('moved')} ${entry}: ${printable(reason)}`)
  for (const file of outcome.notAtomic) lines.push(`  ${printable(file)} is a mount of its own: rewritten in place`)
  const drift = driftOf(planned)
  if (drift.length > 0) lines.push(`  ${drift.length} drifted, kept: timmy drift`)
  const conflicts = conflictsOf(planned)
  if (conflicts.length > 0) lines.push(`  ${conflicts.length} in conflict, kept: timmy plan`)
  for (const { service, because, done: isDone, why: reason } of restarts) {
    const state = isDone ? style.green('restart settled') : style.yellow('restart owed')
    const next = isDone ? '' : '; next: timmy deploy --restart needed'
    lines.push(`  ${state}: ${service}, because of ${because}${reason === undefined ? '' : ` (${reason})`}${next}`)
  }
  return lines.join('\n')
}

function headline({ state, outcome, settled }: Deployment, style: Style): string {
  const count = outcome.applied.length
  const done = count === 0 ? 'nothing to write, recorded' : `${count} applied`
  const generation = `generation ${outcome.generation ?? '-'}`
  switch (state) {
    case 'nothing':
      return 'nothing to do'
    case 'verified':
      return style.green(`${generation}, ${done}, and the engine sees it`)
    case 'applied':
      return style.green(`${generation}, ${done}`)
    case 'undone':
      return style.red(`${generation} failed and was put back`)
    case 'partly-undone':
      return style.red(
        `${generation} failed; ${settled?.kept.length ?? 0} entries could not be put back: timmy plan shows them`,
      )
    case 'interrupted':
      return style.yellow(`${generation} was interrupted and put back`)
  }
}

function whyOf({ cause }: Deployment): string | undefined {
  if (cause instanceof TimmyError) return cause.message
  return cause instanceof Error ? `it failed: ${cause.message}` : undefined
}
