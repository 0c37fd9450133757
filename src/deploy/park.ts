// `timmy park`: one difference is left alone until either side moves or its date comes.
//
// A ticket holds the digests of both sides as the plan compares them, so it ends by itself. It changes our record
// only, neither the home nor the sidecar.

import {
  shellWord,
  TimmyError,
  exitCodes,
  printable,
  printerOf,
  table,
  type Context,
  type OutputFlags,
  type Printer,
  type SidecarFlag,
} from '../core/index.ts'
import type { TargetFlag } from './deploy.ts'
import { openDesk } from './desk.ts'
import { entryMatches } from './entry-name.ts'
import { isConflict, isDrift } from './decision.ts'
import { openTargets } from './open-targets.ts'
import type { Change } from './plan.ts'
import type { ParkedEntry } from './record.ts'

export interface ParkFlags extends OutputFlags, SidecarFlag, TargetFlag {
  readonly until?: string
  readonly why?: string
  readonly list: boolean
  readonly end?: string
}

interface Ticket extends ParkedEntry {
  readonly target: string
}

export async function park(this: Context, flags: ParkFlags, ...entries: string[]): Promise<void> {
  refuseMixedUp(flags, entries)
  const printer = printerOf(this, flags)
  if (flags.list) return listParked(this, flags, printer)
  if (flags.end !== undefined) return endParking(this, flags, flags.end, printer)
  const until = instantOf(flags.until ?? '', this.now())
  const tickets = await parkEntries(this, flags, entries, until)
  report(printer, 'parked', tickets, `parked until ${dayOf(until)}: ${tickets.map(({ entry }) => entry).join(', ')}`)
}

async function parkEntries(
  context: Context,
  flags: ParkFlags,
  entries: readonly string[],
  until: number,
): Promise<Ticket[]> {
  using desk = await openDesk(context, flags, { writes: false })
  const tickets: Ticket[] = []
  for (const pattern of entries) {
    const found = desk.targets.flatMap(({ open, planned }) =>
      planned.plan.changes
        .filter((change) => entryMatches(pattern, change.entry) && canBeParked(change))
        .map((change) => ({
          record: open.record,
          ticket: ticketFor(open.target.name, change, until, flags.why ?? ''),
        })),
    )
    if (found.length === 0) throw nothingToPark(pattern)
    for (const { record, ticket } of found) record.park(ticket)
    tickets.push(...found.map(({ ticket }) => ticket))
  }
  return tickets
}

/** Differences that somebody made. What only the sidecar wants anew is changed there; a mode has no two sides to keep. */
function canBeParked({ class: entryClass, desired, liveDigest }: Change): boolean {
  const isModeOnly = desired?.content?.kind === 'bytes' && desired.content.digest === liveDigest
  return !isModeOnly && (isConflict(entryClass) || isDrift(entryClass))
}

function ticketFor(target: string, { entry, desired, liveDigest }: Change, until: number, why: string): Ticket {
  return { target, entry, desired: desired?.content?.digest ?? null, live: liveDigest ?? null, until, why }
}

async function listParked(context: Context, flags: ParkFlags, printer: Printer): Promise<void> {
  using opened = await openTargets(context, flags, false)
  const tickets = opened.targets.flatMap(({ target, record }) =>
    [...record.parked().values()].map((parked) => ({ ...parked, target: target.name })),
  )
  const now = context.now().getTime()
  const rows = tickets.map(({ target, entry, until, why }) => [
    target,
    entry,
    until <= now ? `ended ${dayOf(until)}` : `until ${dayOf(until)}`,
    printable(why),
  ])
  report(printer, 'parked', tickets, rows.length === 0 ? 'nothing is parked' : table(rows))
}

async function endParking(context: Context, flags: ParkFlags, pattern: string, printer: Printer): Promise<void> {
  using opened = await openTargets(context, flags, false)
  const ended: Ticket[] = []
  for (const { target, record } of opened.targets) {
    const found = [...record.parked().values()].filter(({ entry }) => entryMatches(pattern, entry))
    for (const parked of found) record.unpark(parked.entry)
    ended.push(...found.map((parked) => ({ ...parked, target: target.name })))
  }
  if (ended.length === 0) {
    throw new TimmyError('ENTRY_UNKNOWN', `nothing parked matches ${printable(pattern)}`, { hint: 'timmy park --list' })
  }
  report(printer, 'ended', ended, `no longer parked: ${ended.map(({ entry }) => entry).join(', ')}`)
}

function report(printer: Printer, what: 'parked' | 'ended', tickets: readonly Ticket[], text: string): void {
  const shown = tickets.map(({ target, entry, until, why }) => ({
    target,
    entry,
    until: new Date(until).toISOString(),
    why,
  }))
  printer.report({ schema: 'timmy.park/1', document: { [what]: shown }, text, exit: exitCodes.done })
}

function refuseMixedUp({ until, why, list, end }: ParkFlags, entries: readonly string[]): void {
  const hint = `timmy park ${shellWord(entries[0] ?? 'skins/timmy.yaml')} --until 2027-01-31 --why "load test"`
  const isAsking = list || end !== undefined
  if (list && end !== undefined)
    throw new TimmyError('USAGE', '--list and --end do not go together', { hint: 'timmy park --list' })
  if (isAsking && (entries.length > 0 || until !== undefined || why !== undefined)) {
    throw new TimmyError('USAGE', '--list and --end take no further words', { hint: 'timmy park --list' })
  }
  if (isAsking) return
  if (entries.length === 0) throw new TimmyError('USAGE', 'park needs the entry that it is about', { hint })
  if (until === undefined) throw new TimmyError('USAGE', 'park needs --until, a date at which it ends', { hint })
  if (why === undefined || why.trim() === '')
    throw new TimmyError('USAGE', 'park needs --why, a reason to read later', { hint })
}

/** Midnight UTC of a date, or an instant with its offset; must lie ahead. */
function instantOf(text: string, now: Date): number {
  const hint = 'write it as 2027-01-31'
  const isDate = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2}))?$/.test(text)
  const day = new Date(`${text.slice(0, 10)}T00:00:00Z`)
  const isOnCalendar = !Number.isNaN(day.getTime()) && dayOf(day.getTime()) === text.slice(0, 10)
  const instant = Date.parse(text)
  if (!isDate || !isOnCalendar || Number.isNaN(instant))
    throw new TimmyError('USAGE', `${JSON.stringify(text)} is no date`, { hint })
  if (instant <= now.getTime()) throw new TimmyError('USAGE', `${text} is past; parking ends in the future`, { hint })
  return instant
}

const dayOf = (instant: number): string => new Date(instant).toISOString().slice(0, 10)

function nothingToPark(pattern: string): TimmyError {
  return new TimmyError('ENTRY_UNKNOWN', `no difference that could be parked matches ${printable(pattern)}`, {
    hint: 'timmy drift',
  })
}
