// `timmy drift --watch`: follows the homes of this host and tells each change once, with its likely writer.
//
// File events are hints: a moment after the last one the owned files are looked at. A full pass on a timer, which
// reads the sidecar anew and trusts no remembered digest, is the truth. Nothing is written. What our own deploys do
// is known by digest and not told; while one is in the middle of its work the look waits.

import { setTimeout as sleep } from 'node:timers/promises'
import { TimmyError, printable, printerOf, type Context, type Json, type Printer } from '../core/index.ts'
import { readGateway, type GatewayState } from '../hermes/index.ts'
import { noDecisions } from './decision.ts'
import type { DriftFlags } from './deploy.ts'
import { openDesk } from './desk.ts'
import type { DesiredEntry } from './entry.ts'
import { hideSecretsOf } from './home-env.ts'
import { openPicked, pickTargets } from './open-targets.ts'
import type { OpenTarget } from './open-target.ts'
import { isParked, type Change } from './plan.ts'
import { liveOf } from './plan-report.ts'
import { planTarget, type TargetPlan } from './plan-target.ts'
import type { AppliedEntry } from './record.ts'
import { namesOf, shownValue, withoutSecrets } from './shown-value.ts'
import { folderWatch, type FolderWatch } from './watch/folder-watch.ts'
import { openLedger, type Ledger, type Sighting, type Told } from './watch/ledger.ts'
import { foldersOf, openTraces, type TraceChange, type Traces } from './watch/traces.ts'
import { likelyWriter, type Writer } from './watch/writer.ts'
import type { Target } from '../config/index.ts'

/** Events come in bursts: a look begins this long after the last one, but not later than `latestMs`. */
const debounceMs = 200
const latestMs = 2_000
/** How long a look waits for a deploy that is in the middle of its work. */
const busyMs = 250
const busyTries = 240
/** Evidence older than this is of another change. */
const evidenceMs = 5_000

interface Watch {
  readonly context: Context
  readonly flags: DriftFlags
  readonly printer: Printer
  readonly ledger: Ledger
  readonly traces: Traces
  readonly folders: FolderWatch
  /** What the sidecar wants, from the last full pass. */
  wanted: readonly { readonly target: Target; readonly desired: readonly DesiredEntry[] }[]
  /** Said already, so as not to be said at every pass. */
  lastFault: string | undefined
  isFirst: boolean
}

export async function watchDrift(context: Context, flags: DriftFlags): Promise<void> {
  if (!(flags.interval >= 1)) {
    throw new TimmyError('USAGE', 'the interval is a number of seconds, at least 1', {
      hint: 'timmy drift --watch --interval 300',
    })
  }
  const hints = hintsOf(context.signal)
  using folders = folderWatch({ disk: context.disk, now: () => context.now(), onHint: hints.give })
  const watch: Watch = {
    context,
    flags,
    printer: printerOf(context, flags),
    ledger: openLedger(),
    traces: openTraces(),
    folders,
    wanted: [],
    lastFault: undefined,
    isFirst: true,
  }
  await pass(watch, true)
  watch.printer.note(`watching ${watch.wanted.map(({ target }) => target.home).join(', ')}; Ctrl-C ends it`)
  while (!context.signal.aborted) {
    const isHint = await hints.next(flags.interval * 1_000)
    if (context.signal.aborted) break
    await pass(watch, !isHint)
  }
  context.signal.throwIfAborted()
}

/** Hints put together: `next` is true for one (after the burst), false when the time was up. */
function hintsOf(signal: AbortSignal) {
  let waiting: (() => void) | undefined
  let isPending = false
  const give = (): void => {
    isPending = true
    waiting?.()
  }
  const wait = async (ms: number): Promise<void> => {
    const woken = Promise.withResolvers<void>()
    const wake = (): void => woken.resolve()
    const timer = setTimeout(wake, ms)
    waiting = wake
    signal.addEventListener('abort', wake, { once: true })
    await woken.promise
    clearTimeout(timer)
    signal.removeEventListener('abort', wake)
    waiting = undefined
  }
  return {
    give,
    async next(timeoutMs: number): Promise<boolean> {
      if (!isPending && !signal.aborted) await wait(timeoutMs)
      if (!isPending) return false
      for (let waitedMs = 0; isPending && waitedMs < latestMs && !signal.aborted; waitedMs += debounceMs) {
        isPending = false
        await wait(debounceMs)
      }
      isPending = false
      return true
    },
  }
}

/** One look at everything. A fault (a home that is gone, a sidecar with errors) is said once and the watch goes on. */
async function pass(watch: Watch, isFull: boolean): Promise<void> {
  try {
    if (isFull) await readWanted(watch)
    await look(watch, isFull)
    watch.lastFault = undefined
    watch.isFirst = false
  } catch (cause) {
    watch.context.signal.throwIfAborted()
    if (!(cause instanceof TimmyError) || watch.isFirst) throw cause
    if (watch.lastFault !== cause.message) watch.printer.note(`timmy: ${cause.message}; the watch goes on`)
    watch.lastFault = cause.message
    watchParents(watch)
  }
}

async function readWanted(watch: Watch): Promise<void> {
  using desk = await openDesk(watch.context, watch.flags, { writes: false, recover: async () => {} })
  watch.wanted = desk.targets.map(({ open, desired }) => ({ target: open.target, desired }))
}

async function look(watch: Watch, isFull: boolean): Promise<void> {
  const { context } = watch
  const all = watch.wanted.map(({ target }) => target)
  using opened = openPicked(context, pickTargets(context, all, undefined), false)
  hideSecretsOf(opened.targets, watch.printer, context.disk)
  const sightings: Sighting[] = []
  const changes = new Map<string, TraceChange>()
  const files: string[] = []
  for (const open of opened.targets) {
    const desired = watch.wanted.find(({ target }) => target.home === open.target.home)?.desired ?? []
    const planned = await quietPlan(context, open, desired, isFull)
    if (!planned) continue
    sightings.push(...sightingsOf(open, planned))
    for (const [path, change] of watch.traces.follow(planned.live)) changes.set(path, change)
    files.push(...[...planned.live.files.values()].map(({ absolute }) => absolute))
  }
  const fault = watch.folders.sync(foldersOf(context.disk, files))
  if (fault !== undefined && watch.lastFault !== fault)
    watch.printer.note(`timmy: not all folders can be watched (${fault}); full passes see the rest`)
  for (const told of watch.ledger.observe(sightings, context.now().getTime())) {
    await tell(watch, told, opened.targets, changes, isFull)
  }
}

/** The plan of a target at a moment at which no deploy works on it; undefined when one does not end. */
async function quietPlan(
  context: Context,
  open: OpenTarget,
  desired: readonly DesiredEntry[],
  rereads: boolean,
): Promise<TargetPlan | undefined> {
  const { disk, signal } = context
  for (let attempt = 0; attempt < busyTries; attempt += 1) {
    const before = standOf(open)
    if (before !== undefined) {
      const planned = planTarget({ disk, open, desired, decisions: noDecisions, rereads, now: context.now() })
      if (standOf(open) === before) return planned
    }
    await sleep(busyMs, undefined, { signal }).catch(() => signal.throwIfAborted())
  }
  return undefined
}

/** The newest generation; undefined while one is open. */
function standOf({ record }: OpenTarget): string | undefined {
  const [newest] = record.generations()
  return newest?.state === 'open' ? undefined : `${newest?.id ?? 0} ${newest?.state ?? ''}`
}

function sightingsOf(open: OpenTarget, { plan, live }: TargetPlan): Sighting[] {
  const changes = new Map(plan.changes.map((change) => [change.entry, change]))
  return [...open.record.applied().values()].flatMap((applied) => {
    const file = live.files.get(`${applied.root}\0${applied.path}`)
    if (!file || file.fault) return []
    return [sightingOf(open.target.name, applied, changes.get(applied.entry))]
  })
}

function sightingOf(target: string, applied: AppliedEntry, change: Change | undefined): Sighting {
  const { entry, generation, digest } = applied
  const shownApplied = shownOf(applied.value, digest, applied)
  const of = { target, entry, generation, shownApplied }
  if (!change || isAsApplied(change, applied)) {
    return { ...of, class: change?.class ?? 'clean', live: digest, isOurs: true, isParked: false, shown: shownApplied }
  }
  const found = change.liveDigest ?? null
  const isModeOnly = change.class === 'drift' && found === digest
  return {
    ...of,
    class: change.class,
    live: isModeOnly ? `${found} ${change.reason}` : found,
    isOurs: false,
    isParked: isParked(change),
    shown: shownOf(liveOf(change), isModeOnly ? `${found?.slice(0, 12)}, ${change.reason}` : found, change),
  }
}

/** Classes in which live is what we applied, whatever the sidecar wants by now. */
function isAsApplied({ class: entryClass }: Change, { digest }: AppliedEntry): boolean {
  return ['clean', 'pending', 'removed'].includes(entryClass) || (entryClass === 'gone' && digest === null)
}

/** A value as it may be shown; of a file its digest. */
function shownOf(value: Json | undefined, digest: string | null, of: Pick<Change, 'part'>): Json {
  if (value !== undefined) return withoutSecrets(value, namesOf(of))
  return digest === null ? null : `sha256 ${digest.slice(0, 12)}`
}

async function tell(
  watch: Watch,
  told: Told,
  targets: readonly OpenTarget[],
  changes: ReadonlyMap<string, TraceChange>,
  isFull: boolean,
): Promise<void> {
  const { context, printer } = watch
  const { target, entry } = told.sighting
  const open = targets.find((one) => one.target.name === target)
  const writer: Writer =
    told.isOld || !open
      ? { likely: 'unknown', because: 'it was so when the watch began' }
      : await writerOf(watch, told, open, changes, isFull)
  const at = context.now().toISOString()
  const { kind, from, to, reversals } = told
  printer.event({
    schema: 'timmy.drift-event/1',
    kind,
    at,
    target,
    entry,
    class: told.sighting.class,
    from,
    to,
    writer,
    ...(reversals !== undefined && { reversals }),
  })
  const what =
    kind === 'tug-of-war'
      ? `tug of war: reversed ${reversals} times within an hour`
      : `${told.sighting.class}: ${shownValue(from)}  →  ${to === null ? '(absent)' : shownValue(to)}`
  printer.line(`${at} ${target} ${printable(entry)} ${what}; ${writer.likely}, ${printable(writer.because)}`)
}

async function writerOf(
  { context, folders }: Watch,
  { sighting }: Told,
  open: OpenTarget,
  changes: ReadonlyMap<string, TraceChange>,
  isFull: boolean,
): Promise<Writer> {
  const applied = open.record.applied().get(sighting.entry)
  if (!applied) return { likely: 'unknown', because: 'our record of it changed' }
  const absolute = `${open.roots[applied.root]}/${applied.path}`
  const names = folders.seenIn(absolute.slice(0, absolute.lastIndexOf('/')), context.now().getTime() - evidenceMs)
  const change = changes.get(absolute)
  return likelyWriter({
    path: applied.root === 'home' ? applied.path : `workspace/${applied.path}`,
    names: isFull && names.length === 0 ? undefined : names,
    modeBefore: change?.modeBefore,
    mode: change?.mode,
    lostComments: change?.lostComments ?? false,
    isStamped: change?.isStamped,
    gateway: await gatewayOf(context, open),
  })
}

async function gatewayOf(context: Context, { roots }: OpenTarget): Promise<GatewayState> {
  return (await readGateway(context.disk, roots.home, context.now())).state
}

/** While a home is gone its parent tells when it comes back. */
function watchParents({ context, folders, wanted }: Watch): void {
  folders.sync(
    foldersOf(
      context.disk,
      wanted.map(({ target }) => target.home),
    ),
  )
}
