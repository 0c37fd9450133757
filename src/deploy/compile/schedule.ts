// Schedules: the text of a cron/*.yaml as the mapping that the engine's own parser makes of it
// (cron/jobs.py parse_schedule, the same in 0.18.0, 0.18.2 and 0.19.0; compared with it in a test).
//
// Promise: the same text gives the same mapping on every machine and at every time. Two texts of the engine cannot
// keep that: a one-shot by duration counts from now, and a time without an offset depends on the machine's zone.
// Whether five fields make sense is judged by config's lint.

import type { JsonMapping } from '../../core/index.ts'

export type Schedule = JsonMapping & { readonly display: string }

/** Why a text cannot be compiled. */
export type ScheduleFault = 'relative' | 'unread'

export function scheduleOf(text: string): Schedule | ScheduleFault {
  const schedule = text.trim()
  if (/^every /i.test(schedule)) {
    const minutes = minutesOf(schedule.slice('every '.length))
    return minutes === undefined ? 'unread' : { kind: 'interval', minutes, display: `every ${minutes}m` }
  }
  if (/^(?:[\d*,/-]+\s+){4}[\d*,/-]+$/.test(schedule)) {
    return { kind: 'cron', expr: schedule, display: schedule }
  }
  if (schedule.includes('T') || /^\d{4}-\d{2}-\d{2}/.test(schedule)) return onceAt(schedule)
  return minutesOf(schedule) === undefined ? 'unread' : 'relative'
}

const minutesPerUnit: Readonly<Record<string, number>> = { m: 1, h: 60, d: 1440 }

function minutesOf(duration: string): number | undefined {
  const [, count, unit] =
    /^(\d+)\s*(m|min|mins|minute|minutes|h|hr|hrs|hour|hours|d|day|days)$/.exec(duration.trim().toLowerCase()) ?? []
  const perUnit = minutesPerUnit[unit?.[0] ?? '']
  return count === undefined || perUnit === undefined ? undefined : Number(count) * perUnit
}

/** Python's isoformat of an ISO time, and the wall clock of its own offset to show. */
function onceAt(text: string): Schedule | ScheduleFault {
  const [, date, time, seconds = '00', fraction = '', offset] =
    /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::(\d{2})(?:\.(\d{3}|\d{6}))?)?(Z|[+-]\d{2}:\d{2})?)?$/.exec(text) ?? []
  if (date === undefined || !isCalendarDate(date, time ?? '00:00', seconds)) return 'unread'
  if (time === undefined || offset === undefined) return 'relative'
  const micros = fraction === '' || /^0+$/.test(fraction) ? '' : `.${fraction.padEnd(6, '0')}`
  const zone = offset === 'Z' ? '+00:00' : offset
  return { kind: 'once', run_at: `${date}T${time}:${seconds}${micros}${zone}`, display: `once at ${date} ${time}` }
}

function isCalendarDate(date: string, time: string, seconds: string): boolean {
  const at = new Date(`${date}T${time}:${seconds}Z`)
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(`${date}T${time}`)
}
