// A sidecar opened by a program: the same plan and the same transaction as the commands, without streams.
//
//   using sidecar = await openSidecar({ sidecar: './my-sidecar', writes: true })
//   for (const target of sidecar.targets) if (target.conflicts.length === 0) await target.deploy()

import { TimmyError, realDisk } from '../core/index.ts'
import { deployPlanned, type Deployment } from './deployment.ts'
import { openDesk, type Desk, type DeskTarget } from './desk.ts'
import { actionsOf, conflictsOf, driftOf, type Change, type Fault } from './plan.ts'
import { settle } from './settle.ts'

export interface OpenSidecarOptions {
  /** The sidecar's folder; without it, found as the commands find it. */
  readonly sidecar?: string
  /** One target by its name; without it all of this host. */
  readonly target?: string
  /** Take the locks: `deploy` will be called. */
  readonly writes: boolean
  /** Write ours over drift. */
  readonly heals?: boolean
  /** ENTRY texts or globs of conflicts to settle with ours. */
  readonly takeOurs?: readonly string[]
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly signal?: AbortSignal
}

export interface SidecarTarget {
  readonly name: string
  readonly home: string
  /** What a deploy would write. */
  readonly changes: readonly Change[]
  readonly conflicts: readonly Change[]
  readonly drift: readonly Change[]
  /** While there is one nothing can be deployed. */
  readonly faults: readonly Fault[]
  /** Applies, asks the engine, and puts back what failed. Restarts are named, never performed, unless told. */
  deploy(options?: { readonly restarts?: 'never' | 'needed' | 'say' }): Promise<Deployment>
}

export interface OpenSidecar {
  readonly folder: string
  readonly commit?: string
  readonly targets: readonly SidecarTarget[]
  [Symbol.dispose](): void
}

/** Throws `TimmyError` with the codes of docs/errors.md: SIDECAR_MISSING, SIDECAR_INVALID, LOCKED, FENCED and more. */
export async function openSidecar(options: OpenSidecarOptions): Promise<OpenSidecar> {
  const world = {
    cwd: options.cwd ?? process.cwd(),
    env: options.env ?? process.env,
    disk: realDisk,
    now: () => new Date(),
  }
  const { sidecar, target } = options
  const desk = await openDesk(
    world,
    { ...(sidecar !== undefined && { sidecar }), ...(target !== undefined && { target }) },
    {
      writes: options.writes,
      decisions: { healsAll: options.heals ?? false, takeOurs: options.takeOurs ?? [] },
      ...(options.writes && { recover: (open) => finishInterrupted(open, world.now) }),
    },
  )
  return {
    folder: desk.folder,
    ...(desk.commit !== undefined && { commit: desk.commit }),
    targets: desk.targets.map((each) => targetOf(desk, each, world, options)),
    [Symbol.dispose]: () => desk[Symbol.dispose](),
  }
}

type World = Parameters<typeof openDesk>[0]

function targetOf(
  desk: Desk,
  { open, planned, desired }: DeskTarget,
  world: World,
  options: OpenSidecarOptions,
): SidecarTarget {
  return {
    name: open.target.name,
    home: open.roots.home,
    changes: actionsOf(planned.plan),
    conflicts: conflictsOf(planned.plan),
    drift: driftOf(planned.plan),
    faults: planned.plan.faults,
    async deploy({ restarts = 'say' } = {}) {
      refuseFaults(planned.plan.faults)
      return deployPlanned({
        ...world,
        open,
        planned,
        desired,
        engine: desk.engine,
        kind: 'deploy',
        isDirty: desk.isDirty,
        ...(desk.commit !== undefined && { commit: desk.commit }),
        restarts,
        keep: desk.keep,
        signal: options.signal ?? new AbortController().signal,
      })
    },
  }
}

function refuseFaults([fault]: readonly Fault[]): void {
  if (!fault) return
  throw new TimmyError('HOME_UNUSABLE', fault.sentence, { hint: fault.mend })
}

async function finishInterrupted(open: DeskTarget['open'], now: () => Date): Promise<void> {
  const interrupted = open.record.openGeneration()
  if (!interrupted) return
  await settle({
    disk: realDisk,
    roots: open.roots,
    stateFolder: open.folder,
    record: open.record,
    generation: interrupted.id,
    direction: 'forward',
    now,
  })
}
