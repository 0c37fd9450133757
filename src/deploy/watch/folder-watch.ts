// Watched folders: file events as hints that something of ours may have moved, and which names were seen.
//
// Events can be lost, doubled or late, so nothing is concluded from their absence. Survives folders that go and come
// back: `sync` is called after every look and watches what is there now. Bounded: only so many names are remembered.

import { watch, type FSWatcher } from 'node:fs'
import type { Disk } from '../../core/index.ts'

export interface SeenName {
  /** Milliseconds since the epoch. */
  readonly at: number
  /** Absolute folder. */
  readonly folder: string
  readonly name: string
}

export interface FolderWatchOptions {
  readonly disk: Disk
  readonly now: () => Date
  /** Called for an event on a name that matters. */
  readonly onHint: () => void
}

const mostSeen = 256
/** Names older than this explain nothing any more. */
const seenForMs = 15_000

export type FolderWatch = ReturnType<typeof folderWatch>

export function folderWatch({ disk, now, onHint }: FolderWatchOptions) {
  const watched = new Map<string, { watcher: FSWatcher; inode: bigint; names: ReadonlySet<string> }>()
  let seen: SeenName[] = []

  function onEvent(folder: string, name: string | null): void {
    const at = now().getTime()
    if (name !== null) seen = [...seen.filter((one) => at - one.at < seenForMs), { at, folder, name }].slice(-mostSeen)
    const of = watched.get(folder)
    const isFolderItself = name !== null && folder.endsWith(`/${name}`)
    if (name === null || isFolderItself || of?.names.has(name) === true) onHint()
  }

  function close(folder: string): void {
    watched.get(folder)?.watcher.close()
    watched.delete(folder)
  }

  return {
    /** Watches exactly these folders, for these names in each; gives the reason when the system allows no more. */
    sync(wanted: ReadonlyMap<string, ReadonlySet<string>>): string | undefined {
      let fault: string | undefined
      for (const folder of watched.keys()) if (!wanted.has(folder)) close(folder)
      for (const [folder, names] of wanted) {
        const inode = disk.stat(folder)?.inode
        const known = watched.get(folder)
        if (known && known.inode === inode) {
          watched.set(folder, { ...known, names })
          continue
        }
        close(folder)
        if (inode === undefined) continue
        try {
          const watcher = watch(folder, { persistent: true }, (_kind, name) => onEvent(folder, name))
          watcher.on('error', () => {
            close(folder)
            onHint()
          })
          watched.set(folder, { watcher, inode, names })
        } catch (cause) {
          fault = cause instanceof Error ? cause.message : String(cause)
        }
      }
      return fault
    },
    /** Names seen in a folder since an instant. */
    seenIn: (folder: string, sinceMs: number): string[] =>
      seen.filter((one) => one.folder === folder && one.at >= sinceMs).map(({ name }) => name),
    [Symbol.dispose]() {
      for (const folder of watched.keys()) close(folder)
    },
  }
}
