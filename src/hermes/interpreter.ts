// Which Python a `hermes` program runs in.
//
// The program is a Python script whose first line names it, or a small shell wrapper around one (a profile's, the
// install script's, a package manager's): those are followed, a few steps deep. Undefined where it cannot be told.

import { realpathSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Disk } from '../core/index.ts'

const maxSteps = 4
const maxScriptBytes = 64 * 1024

/** Absolute path of the interpreter, not resolved through links: a venv's own name for it is what selects the venv. */
export function interpreterOf(disk: Disk, program: string): string | undefined {
  let path = program
  for (let step = 0; step < maxSteps; step++) {
    const script = readScript(disk, path)
    if (script === undefined) return undefined
    const [firstLine = ''] = script.split('\n')
    const named = /^#!\s*(\S+)(?:\s+(\S+))?/.exec(firstLine)
    if (!named) return undefined
    if (isPython(named[1])) return named[1]
    const next = wrapped(script)
    if (next === undefined) return undefined
    const found = resolve(dirname(path), next)
    if (isPython(found)) return found
    path = found
  }
  return undefined
}

function isPython(path: string | undefined): boolean {
  return path !== undefined && path.startsWith('/') && /\/python[\d.]*$/.test(path)
}

/** What a shell wrapper starts in the end: the first absolute path after its last `exec`. */
function wrapped(script: string): string | undefined {
  const starts = [...script.matchAll(/^\s*'*exec'*\s.*$/gm)].map(([line]) => line)
  return /["']?(\/[^"'\s]+)["']?/.exec(starts.at(-1) ?? '')?.[1]
}

function readScript(disk: Disk, path: string): string | undefined {
  try {
    const real = realpathSync(path)
    const stat = disk.stat(real)
    if (stat?.kind !== 'file' || stat.size > maxScriptBytes) return undefined
    return disk.read(real).toString('utf8')
  } catch {
    return undefined
  }
}
