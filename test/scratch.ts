// A folder of its own for a test, gone when the test leaves its scope: `using folder = scratchFolder()`.

import { chmodSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export interface ScratchFolder {
  readonly path: string
  /** Absolute path of a name in it. */
  at(...names: readonly string[]): string
  /** Writes a file with its parents; gives its absolute path. */
  write(name: string, content: string | Uint8Array, mode?: number): string
  [Symbol.dispose](): void
}

export function scratchFolder(): ScratchFolder {
  const path = mkdtempSync(join(tmpdir(), 'timmy-test-'))
  const at = (...names: readonly string[]): string => join(path, ...names)
  return {
    path,
    at,
    write(name, content, mode = 0o600) {
      const file = at(name)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, content, { mode })
      chmodSync(file, mode)
      return file
    },
    [Symbol.dispose]() {
      openFolders(path)
      rmSync(path, { recursive: true, force: true })
    },
  }
}

/** A test may have closed a folder to itself. */
function openFolders(folder: string): void {
  chmodSync(folder, 0o700)
  for (const name of readdirSync(folder)) {
    const path = join(folder, name)
    if (lstatSync(path).isDirectory()) openFolders(path)
  }
}
