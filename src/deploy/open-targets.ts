// The targets of this host that a command works on, opened without judging the sidecar.
//
// A broken sidecar must not stand between a person and the way back: recover, rollback and generations need the
// target's record, not what the sidecar wants.

import { findSidecar, placesOf, readTargets, type Target } from '../config/index.ts'
import { TimmyError, printable, type Context, type SidecarFlag } from '../core/index.ts'
import { openTarget, type OpenTarget } from './open-target.ts'

export interface TargetFlags extends SidecarFlag {
  /** Name or alias of one target; all of this host without it. */
  readonly target?: string
}

export interface OpenTargets {
  readonly targets: readonly OpenTarget[]
  readonly skipped: readonly Skipped[]
  [Symbol.dispose](): void
}

/** A target of this host that was left out, and why. */
export interface Skipped {
  readonly target: string
  readonly why: string
}

/** Opens every target asked for; `writes` takes their locks. */
export async function openTargets(context: Context, flags: TargetFlags, writes: boolean): Promise<OpenTargets> {
  const folder = findSidecar(context, flags.sidecar)
  const all = await readTargets(folder, context)
  return openPicked(context, pickTargets(context, all, flags.target), writes)
}

export interface Picked {
  readonly targets: readonly Target[]
  readonly skipped: readonly Skipped[]
}

/** The one named, or all whose home is there: an agent's profile that was never created is no fault of a deploy. */
export function pickTargets(context: Pick<Context, 'disk'>, all: readonly Target[], name: string | undefined): Picked {
  if (name !== undefined) {
    const found = all.find((target) => target.name === name || target.aliases.includes(name))
    if (found) return { targets: [found], skipped: [] }
    const known = all.map((target) => target.name).join(', ') || 'none'
    throw new TimmyError('TARGET_UNKNOWN', `no target of this host is called ${printable(name)}; there are: ${known}`, {
      hint: 'timmy plan',
    })
  }
  const isThere = (target: Target): boolean =>
    target.profile === 'default' || context.disk.stat(target.home) !== undefined
  return {
    targets: all.filter(isThere),
    skipped: all
      .filter((target) => !isThere(target))
      .map(({ name: target, profile }) => ({
        target,
        why: `its profile does not exist yet: hermes profile create ${profile}`,
      })),
  }
}

export function openPicked(
  context: Pick<Context, 'cwd' | 'env' | 'disk' | 'now'>,
  { targets, skipped }: Picked,
  writes: boolean,
): OpenTargets {
  using opening = new DisposableStack()
  const { disk } = context
  const stateFolder = placesOf(context).state
  const opened = targets.map((target) =>
    opening.use(openTarget(target, { disk, stateFolder, now: context.now(), writes })),
  )
  const held = opening.move()
  return { targets: opened, skipped, [Symbol.dispose]: () => held.dispose() }
}
