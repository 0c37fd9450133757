// The deployment of one target, from a fit plan to a proven generation.
//
//   apply ──► verify ──► restarts named or performed ──► old generations pruned
//                │ the engine sees something else
//                └──► this generation put back, entry by entry
//
// Promise: what fails is put back, and says so; what cannot be put back is named. A restart that is owed stays on
// record until it has happened, through crashes and through runs that change nothing.

import type { Disk, Progress } from '../core/index.ts'
import { readGateway, restartGateway, type Engine } from '../hermes/index.ts'
import { apply, type ApplyOutcome } from './apply.ts'
import type { DesiredEntry } from './entry.ts'
import type { OpenTarget } from './open-target.ts'
import type { TargetPlan } from './plan-target.ts'
import type { GenerationKind, OwedRestart } from './record.ts'
import { refusedWrite } from './refused-write.ts'
import { settle, type Settled } from './settle.ts'
import { verify, type Verification } from './verify.ts'

export interface DeploymentInput {
  readonly disk: Disk
  readonly open: OpenTarget
  readonly planned: TargetPlan
  readonly desired: readonly DesiredEntry[]
  readonly engine: Engine | undefined
  readonly kind: GenerationKind
  readonly commit?: string
  readonly isDirty: boolean
  readonly backTo?: number
  readonly restarts: 'never' | 'needed' | 'say'
  readonly keep: { readonly generations: number; readonly verified: number }
  readonly env: Readonly<Record<string, string | undefined>>
  readonly now: () => Date
  readonly signal: AbortSignal
  readonly progress?: Progress
}

export interface Restarted extends OwedRestart {
  readonly done: boolean
  readonly why?: string
}

export interface Deployment {
  /** `undone`: it failed and everything was put back. `partly-undone`: not everything could be. */
  readonly state: 'nothing' | 'applied' | 'verified' | 'undone' | 'partly-undone' | 'interrupted'
  readonly outcome: ApplyOutcome
  readonly verification?: Verification
  readonly settled?: Settled
  readonly restarts: readonly Restarted[]
  readonly cause?: unknown
}

export async function deployPlanned(input: DeploymentInput): Promise<Deployment> {
  const outcome = await apply({
    ...input,
    ...input.planned,
    roots: input.open.roots,
    stateFolder: input.open.folder,
    record: input.open.record,
  })
  if (outcome.putBack) return endedEarly(outcome, outcome.putBack)
  rememberSeen(input)
  const verification = outcome.applied.length > 0 ? await verifyApplied(input, outcome) : undefined
  if (verification?.state === 'failed') return await undo(input, outcome, verification)
  if (outcome.generation !== undefined) {
    const isProven = verification?.state === 'engine' && outcome.moved.length === 0
    input.open.record.setGeneration(outcome.generation, isProven ? 'verified' : 'applied', input.now().getTime())
  }
  const restarts = await settleRestarts(input)
  input.open.record.transaction(() => input.open.record.prune(input.keep))
  const state = outcome.generation === undefined ? 'nothing' : verification?.state === 'engine' ? 'verified' : 'applied'
  return { state, outcome, restarts, ...(verification && { verification }) }
}

function endedEarly(outcome: ApplyOutcome, { why, cause, settled }: NonNullable<ApplyOutcome['putBack']>): Deployment {
  const undone = settled.kept.length === 0 ? 'undone' : 'partly-undone'
  return {
    state: why === 'interrupted' ? 'interrupted' : undone,
    outcome,
    settled,
    restarts: [],
    cause: refusedWrite(cause, 'what was done was put back'),
  }
}

/** Files that had to be read need not be read again next time. */
function rememberSeen({ open, planned }: DeploymentInput): void {
  if (planned.live.read.length > 0) open.record.transaction(() => open.record.see(planned.live.read))
}

function verifyApplied(input: DeploymentInput, { applied, moved }: ApplyOutcome): Promise<Verification> {
  const { open, planned, desired } = input
  const notOurs = new Set([
    ...moved.map(({ entry }) => entry),
    ...planned.plan.changes
      .filter((change) => change.action === 'none' && change.class !== 'converged')
      .map(({ entry }) => entry),
  ])
  return verify({
    engine: input.engine,
    target: { ...open.target, home: open.roots.home },
    standing: desired.filter(({ entry }) => !notOurs.has(entry)),
    applied,
    env: input.env,
    signal: input.signal,
  })
}

async function undo(input: DeploymentInput, outcome: ApplyOutcome, verification: Verification): Promise<Deployment> {
  const settled = await settle({
    disk: input.disk,
    roots: input.open.roots,
    stateFolder: input.open.folder,
    record: input.open.record,
    generation: outcome.generation ?? 0,
    direction: 'back',
    now: input.now,
  })
  const state = settled.kept.length === 0 ? 'undone' : 'partly-undone'
  return { state, outcome, verification, settled, restarts: [] }
}

const restartTimeoutMs = 120_000

async function settleRestarts(input: DeploymentInput): Promise<Restarted[]> {
  const { open } = input
  const restarts: Restarted[] = []
  for (const restart of open.record.owed()) {
    const result = await settleRestart(input)
    if (result.done) open.record.settle(restart.service)
    restarts.push({ ...restart, ...result })
  }
  return restarts
}

/** A gateway that does not run reads everything anew when it starts: nothing is owed to it. */
async function settleRestart(input: DeploymentInput): Promise<Pick<Restarted, 'done' | 'why'>> {
  const { open, engine, disk } = input
  const target = { ...open.target, home: open.roots.home }
  const gateway = await readGateway(disk, target.home, input.now())
  if (gateway.state === 'stopped') return { done: true, why: 'it does not run, and reads everything when it starts' }
  if (input.restarts !== 'needed') return { done: false }
  if (!engine) return { done: false, why: 'no engine is installed here to restart it' }
  return restartGateway(engine, target, { ...input, timeoutMs: restartTimeoutMs })
}
