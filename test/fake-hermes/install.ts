// Puts the fake `hermes` into a folder, for PATH or TIMMY_HERMES.

import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Writes `<folder>/hermes` and gives its path. */
export function installFakeHermes(folder: string): string {
  const program = join(folder, 'hermes')
  const quoted = [process.execPath, join(import.meta.dirname, 'hermes.ts')].map((part) => `'${part}'`).join(' ')
  mkdirSync(folder, { recursive: true })
  writeFileSync(program, `#!/bin/sh\nexec ${quoted} "$@"\n`)
  chmodSync(program, 0o755)
  return program
}
