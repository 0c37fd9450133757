// Schedules as the engine takes them: five fields of cron, `every 2h`, `30m` (once), an ISO time (once).
//
// Loads croner; import it lazily.

import { Cron } from 'croner'

/** Why the engine would not take a schedule, as the rest of a sentence; undefined when it would. */
export function scheduleFault(schedule: string): string | undefined {
  const text = schedule.trim()
  if (/^every\s+\d+\s*(?:m|min|mins|minutes?|h|hrs?|hours?|d|days?)$/i.test(text)) return zeroFault(text)
  if (/^\d+\s*(?:m|min|mins|minutes?|h|hrs?|hours?|d|days?)$/i.test(text)) return zeroFault(text)
  if (/^\d{4}-\d{2}-\d{2}/.test(text)) return timeFault(text)
  if (text.split(/\s+/).length === 5) return cronFault(text)
  return 'is neither five fields of cron, "every 2h", "30m", nor an ISO time'
}

function zeroFault(text: string): string | undefined {
  return /\b0+\s*[a-z]/i.test(text) ? 'has an interval of zero' : undefined
}

function timeFault(text: string): string | undefined {
  const isWellFormed = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/.test(text)
  return isWellFormed && !Number.isNaN(Date.parse(text.replace(' ', 'T'))) ? undefined : 'is no ISO time'
}

function cronFault(text: string): string | undefined {
  if (!/^[\d\s*,/a-z-]+$/i.test(text)) return 'holds a sign that the engine does not know in cron fields'
  try {
    const next = new Cron(text, { paused: true, mode: '5-part' }).nextRun()
    return next === null ? 'never comes' : undefined
  } catch {
    return 'is not five fields of cron'
  }
}
