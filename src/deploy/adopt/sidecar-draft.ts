// A draft of the sidecar: its files as they will be, edited in memory one after the other, written at the end.
//
// Promise: only paths inside the sidecar and through real folders; a file keeps its mode; `write` can be undone by
// `restore` as long as nobody else wrote meanwhile. Nothing is ever committed.

import { dirname } from 'node:path'
import { TimmyError, atomicWrite, ensureFolder, pathFault, safeJoin, type Disk } from '../../core/index.ts'

export interface DraftFile {
  /** Inside the sidecar. */
  readonly path: string
  /** Undefined: it goes. */
  readonly content: Buffer | undefined
  readonly mode: number
}

const plainMode = 0o644
const programMode = 0o755

export type SidecarDraft = ReturnType<typeof sidecarDraft>

export function sidecarDraft(disk: Disk, folder: string) {
  const before = new Map<string, { content: Buffer; mode: number } | undefined>()
  const after = new Map<string, { content: Buffer; mode: number } | undefined>()

  function look(path: string): { content: Buffer; mode: number } | undefined {
    if (after.has(path)) return after.get(path)
    const absolute = safeJoin(folder, path)
    const fault = pathFault(disk, folder, path)
    if (fault !== undefined) {
      throw new TimmyError('PATH_REFUSED', `${fault}; the sidecar is not written through it`, { hint: 'timmy check' })
    }
    const stat = disk.stat(absolute)
    const found = stat && { content: disk.read(absolute), mode: stat.mode }
    before.set(path, found)
    after.set(path, found)
    return found
  }

  return {
    read: (path: string): Buffer | undefined => look(path)?.content,
    isProgram: (path: string): boolean => ((look(path)?.mode ?? 0) & 0o100) !== 0,
    /** Sets the content, and whether it is a program when that is told. */
    set(path: string, content: Buffer, isProgram?: boolean) {
      const found = look(path)
      const wasProgram = ((found?.mode ?? 0) & 0o100) !== 0
      const isSame = found !== undefined && (isProgram === undefined || isProgram === wasProgram)
      after.set(path, { content, mode: isSame ? found.mode : isProgram === true ? programMode : plainMode })
    },
    remove(path: string) {
      look(path)
      after.set(path, undefined)
    },
    /** Files that differ from what is on the disk. */
    changes(): DraftFile[] {
      return [...after].flatMap(([path, now]) => {
        const was = before.get(path)
        const isSame = now === was || (now && was && now.mode === was.mode && now.content.equals(was.content))
        return isSame ? [] : [{ path, content: now?.content, mode: now?.mode ?? 0 }]
      })
    },
    wasThere: (path: string): boolean => before.get(path) !== undefined,
    async write() {
      for (const { path, content, mode } of this.changes())
        await writeFile(disk, folder, path, content && { content, mode })
    },
    /** Everything as it was before `write`. */
    async restore() {
      for (const { path } of this.changes()) await writeFile(disk, folder, path, before.get(path))
    },
  }
}

async function writeFile(
  disk: Disk,
  folder: string,
  path: string,
  file: { content: Buffer; mode: number } | undefined,
): Promise<void> {
  const absolute = safeJoin(folder, path)
  if (file) {
    ensureFolder(dirname(absolute), 0o755, disk)
    await atomicWrite(absolute, file.content, { mode: file.mode, disk })
  } else if (disk.stat(absolute)) {
    disk.remove(absolute)
    await disk.barrier([], [dirname(absolute)])
  }
}
