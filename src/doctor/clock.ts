// The clock: leases, schedules and parked differences hang on it. A file from the future tells that it was set back.

import { join } from 'node:path'
import type { Disk } from '../core/index.ts'
import { ok, type Check } from './check.ts'

const toleranceMs = 60_000
/** Nobody runs this program before it was written. */
const earliestMs = Date.UTC(2026, 0, 1)

export const clockCheck: Check = {
  name: 'clock',
  look({ context, places }) {
    const nowMs = context.now().getTime()
    const now = context.now().toISOString()
    const mend = 'timedatectl set-ntp true'
    if (nowMs < earliestMs) return { verdict: 'error', sentence: `the clock says ${now}, which is long past`, mend }
    const newest = newestIn(context.disk, [places.homeRoot, join(places.homeRoot, 'cron'), places.state])
    if (newest !== undefined && newest.changedAtMs > nowMs + toleranceMs) {
      const changed = new Date(newest.changedAtMs).toISOString()
      const sentence = `the clock was set back: it says ${now}, and ${newest.path} was changed at ${changed}`
      return { verdict: 'warning', sentence, mend }
    }
    return ok(`the clock says ${now}; no file is from the future`)
  },
}

interface ChangedFile {
  readonly path: string
  readonly changedAtMs: number
}

function newestIn(disk: Disk, folders: readonly string[]): ChangedFile | undefined {
  const files = folders.flatMap((folder) => filesOf(disk, folder))
  return files.reduce<ChangedFile | undefined>(
    (newest, file) => (newest !== undefined && newest.changedAtMs >= file.changedAtMs ? newest : file),
    undefined,
  )
}

function filesOf(disk: Disk, folder: string): ChangedFile[] {
  if (disk.stat(folder)?.kind !== 'folder') return []
  return disk.list(folder).flatMap((name) => {
    const path = join(folder, name)
    const found = disk.stat(path)
    return found?.kind === 'file' ? [{ path, changedAtMs: Number(found.mtimeNs / 1_000_000n) }] : []
  })
}
