// The deployment of one target, from a fit plan to a proven generation.
//
//   apply ──► verify ──► restarts named or performed ──► old generations pruned
//                │ the engine sees something else
//                └──► this generation put back, entry by entry
//
// Promise: what fails is put back, and says so; what cannot be put back is named. A restart that is owed stays on
// record until it has happened, through crashes and through runs that change nothing.

import type { Disk, Progress } from '../core/index.ts'
import { readGateway, restartGateway, startedAt, type Engine } from '../hermes/index.ts'
import { apply, type ApplyOutcome } from './apply.ts'
import type { DesiredEntry } from './entry.ts'
import type { OpenTarget } from './open-target.ts'
import type { TargetPlan } from './plan-target.ts'
import type { Generation, GenerationKind, OwedRestart } from './record.ts'
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
  /** The generation that stands now is one that the engine agreed to. */
  readonly isVerified: boolean
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
  const unproven = unprovenOf(input, outcome)
  const verification = unproven && (await verifyChanged(input, outcome, unproven.entries))
  if (unproven && verification?.state === 'failed') return await undo(input, outcome, unproven.generation, verification)
  if (unproven && verification) closeProven(input, outcome, unproven.generation, verification)
  const restarts = await settleRestarts(input)
  input.open.record.transaction(() => input.open.record.prune(input.keep))
  const isVerified = newestStanding(input)?.state === 'verified'
  const state = outcome.generation === undefined ? 'nothing' : isVerified ? 'verified' : 'applied'
  return { state, isVerified, outcome, restarts, ...(verification && { verification }) }
}

/** A generation whose entries the engine was never asked about: this one, or one that a crash kept from being asked. */
interface Unproven {
  readonly generation: number
  readonly entries: ReadonlySet<string>
}

function unprovenOf(input: DeploymentInput, { generation, applied }: ApplyOutcome): Unproven | undefined {
  if (generation !== undefined) {
    return applied.length === 0 ? undefined : { generation, entries: new Set(applied.map(({ entry }) => entry)) }
  }
  const newest = newestStanding(input)
  const wasAsked = newest?.note !== undefined || newest?.state === 'verified'
  if (!newest || wasAsked || (newest.kind !== 'deploy' && newest.kind !== 'rollback')) return undefined
  return { generation: newest.id, entries: new Set(input.open.record.changesOf(newest.id).map(({ entry }) => entry)) }
}

function newestStanding({ open }: DeploymentInput): Generation | undefined {
  return open.record.generations().find(({ state }) => state === 'applied' || state === 'verified')
}

/** Verified: the engine was asked and agreed on all of it. The note keeps the next deploy from asking once more. */
function closeProven(input: DeploymentInput, { moved }: ApplyOutcome, generation: number, of: Verification): void {
  if (of.state !== 'engine') return // half an answer proves nothing; the next deploy asks again
  const state = moved.length === 0 ? 'verified' : 'applied'
  input.open.record.setGeneration(generation, state, input.now().getTime(), 'the engine was asked')
}

function endedEarly(outcome: ApplyOutcome, { why, cause, settled }: NonNullable<ApplyOutcome['putBack']>): Deployment {
  const undone = settled.kept.length === 0 ? 'undone' : 'partly-undone'
  return {
    state: why === 'interrupted' ? 'interrupted' : undone,
    outcome,
    settled,
    isVerified: false,
    restarts: [],
    cause: refusedWrite(cause, 'what was done was put back'),
  }
}

/** Files that had to be read need not be read again next time. */
function rememberSeen({ open, planned }: DeploymentInput): void {
  if (planned.live.read.length > 0) open.record.transaction(() => open.record.see(planned.live.read))
}

function verifyChanged(
  input: DeploymentInput,
  { moved }: ApplyOutcome,
  changed: ReadonlySet<string>,
): Promise<Verification> {
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
    changed,
    env: input.env,
    signal: input.signal,
  })
}

async function undo(
  input: DeploymentInput,
  outcome: ApplyOutcome,
  generation: number,
  verification: Verification,
): Promise<Deployment> {
  const { roots, folder: stateFolder, record } = input.open
  const { disk, now } = input
  const settled = await settle({ disk, roots, stateFolder, record, generation, direction: 'back', now }).catch(
    (cause: unknown) => {
      throw refusedWrite(
        cause,
        `generation ${generation} failed and is half put back: timmy recover puts back the rest`,
      )
    },
  )
  const state = settled.kept.length === 0 ? 'undone' : 'partly-undone'
  return { state, isVerified: false, outcome, verification, settled, restarts: [] }
}

const restartTimeoutMs = 120_000
/** The start of a process is known to the second. */
const clockCoarsenessMs = 2_000

async function settleRestarts(input: DeploymentInput): Promise<Restarted[]> {
  const { open } = input
  const restarts: Restarted[] = []
  for (const restart of open.record.owed()) {
    const result = await settleRestart(input, restart)
    if (result.done) open.record.settle(restart.service)
    restarts.push({ ...restart, ...result })
  }
  return restarts
}

/** A gateway that does not run reads everything anew when it starts: nothing is owed to it. */
async function settleRestart(
  input: DeploymentInput,
  { generation }: OwedRestart,
): Promise<Pick<Restarted, 'done' | 'why'>> {
  const { open, engine, disk } = input
  const target = { ...open.target, home: open.roots.home }
  const gateway = await readGateway(disk, target.home, input.now())
  if (gateway.state === 'stopped') return { done: true, why: 'it does not run, and reads everything when it starts' }
  const appliedAt = open.record.generations().find(({ id }) => id === generation)?.endedAt
  const began = gateway.process && startedAt(gateway.process)
  if (appliedAt !== undefined && began && began.getTime() > appliedAt + clockCoarsenessMs) {
    return { done: true, why: 'it was started anew since' }
  }
  if (input.restarts !== 'needed') return { done: false }
  if (!engine) return { done: false, why: 'no engine is installed here to restart it' }
  return restartGateway(engine, target, { ...input, timeoutMs: restartTimeoutMs })
}
