// Traces: of each file that is shared with the engine, what tells its writers apart, from one pass to the next.

import type { Disk } from '../../core/index.ts'
import type { Live } from '../live.ts'

interface Trace {
  readonly digest: string | undefined
  readonly mode: number | undefined
  readonly hasComments: boolean
  /** The engine's time stamp in jobs.json. */
  readonly stamp: string | undefined
}

/** How one file changed between two passes. */
export interface TraceChange {
  readonly modeBefore: number | undefined
  readonly mode: number | undefined
  readonly lostComments: boolean
  readonly isStamped: boolean | undefined
}

export type Traces = ReturnType<typeof openTraces>

export function openTraces() {
  const traces = new Map<string, Trace>()
  return {
    /** Takes in the files of a pass; gives the change of a file by its absolute path. */
    follow(live: Live): Map<string, TraceChange> {
      const changes = new Map<string, TraceChange>()
      for (const { absolute, path, stat, digest, bytes } of live.files.values()) {
        const before = traces.get(absolute)
        const isShared = path === 'config.yaml' || path === 'cron/jobs.json'
        const text = isShared && digest !== before?.digest ? bytes?.toString('utf8') : undefined
        const now: Trace = {
          digest,
          mode: stat?.mode,
          hasComments: text === undefined ? (before?.hasComments ?? false) : /^\s*#|\s#\s/m.test(text),
          stamp: text === undefined ? before?.stamp : /"updated_at"\s*:\s*("[^"]*"|[\d.]+)/.exec(text)?.[1],
        }
        traces.set(absolute, now)
        if (!before || (before.digest === digest && before.mode === now.mode)) continue
        changes.set(absolute, {
          modeBefore: before.mode,
          mode: now.mode,
          lostComments: path === 'config.yaml' && before.hasComments && !now.hasComments && now.digest !== undefined,
          isStamped: path === 'cron/jobs.json' ? before.stamp !== now.stamp : undefined,
        })
      }
      return changes
    },
  }
}

/** Folders to watch and the names in each that matter, for these files; what is not there yet by its nearest parent. */
export function foldersOf(disk: Disk, files: Iterable<string>): Map<string, Set<string>> {
  const folders = new Map<string, Set<string>>()
  const note = (path: string): void => {
    const slash = path.lastIndexOf('/')
    const [folder, name] = [path.slice(0, slash) || '/', path.slice(slash + 1)]
    const names = folders.get(folder)
    if (names) names.add(name)
    else folders.set(folder, new Set([name]))
    const isThere = disk.stat(folder)?.kind === 'folder'
    if (!isThere && folder !== '/') {
      folders.delete(folder)
      note(folder)
    }
  }
  for (const file of files) note(file)
  return folders
}
