// The names and values of a home's `.env`, held in memory only: to put `${NAME}` back where the engine wrote a value
// out, and to keep values out of what we show. Never written, never printed, never kept.

import { join } from 'node:path'
import { isSecretName, type Disk, type Printer } from '../core/index.ts'
import type { OpenTarget } from './open-target.ts'

/** Values shorter than this are words of every sentence: they are neither put back nor hidden. */
const minValueLength = 6

/** The variables of a home, as python-dotenv reads plain lines; empty when the file is not there or not plain. */
export function homeEnvOf(disk: Disk, home: string): Map<string, string> {
  const file = join(home, '.env')
  if (disk.stat(file)?.kind !== 'file') return new Map()
  const lines = readText(disk, file).split(/\r?\n/)
  return new Map(
    lines.flatMap((line): [string, string][] => {
      const [, name, raw] = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$/.exec(line) ?? []
      return name === undefined || raw === undefined ? [] : [[name, unquoted(raw)]]
    }),
  )
}

/** The values that must not be shown: those under the name of a secret. */
export function secretsIn(variables: ReadonlyMap<string, string>): string[] {
  return [...variables].flatMap(([name, value]) =>
    isSecretName(name) && value.length >= minValueLength ? [value] : [],
  )
}

/** From now on nothing is printed that a home's .env holds under the name of a secret, wherever it stands. */
export function hideSecretsOf(targets: Iterable<Pick<OpenTarget, 'roots'>>, printer: Printer, disk: Disk): void {
  for (const { roots } of targets) printer.hide(secretsIn(homeEnvOf(disk, roots.home)))
}

/** The name whose value this is, if it is exactly one. */
export function nameOfValue(variables: ReadonlyMap<string, string>, value: string): string | undefined {
  if (value.length < minValueLength) return undefined
  const [name, ...others] = [...variables].flatMap(([one, held]) => (held === value ? [one] : []))
  return others.length === 0 ? name : undefined
}

function readText(disk: Disk, file: string): string {
  try {
    return disk.read(file).toString('utf8')
  } catch {
    return '' // not ours to read, so it holds nothing that we could know
  }
}

function unquoted(raw: string): string {
  const [, single] = /^'([^']*)'/.exec(raw) ?? []
  if (single !== undefined) return single
  const [, double] = /^"((?:[^"\\]|\\.)*)"/.exec(raw) ?? []
  if (double !== undefined) return double.replaceAll(/\\(["\\])/g, '$1')
  return raw.replace(/\s+#.*$/, '')
}
