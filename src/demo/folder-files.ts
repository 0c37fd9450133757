// Files of the stage, as other programs than ours write and read them: directly.

import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { digestOf } from '../core/index.ts'
import { Unmet } from './step.ts'

export function readText(folder: string, path: string): string {
  const file = join(folder, path)
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

/** Writes as an editor does: a new file under the old name. */
export function writeText(folder: string, path: string, text: string, mode = 0o600): void {
  const file = join(folder, path)
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const kept = existsSync(file) ? lstatSync(file).mode & 0o777 : mode
  writeFileSync(`${file}.new`, text, { mode: kept })
  chmodSync(`${file}.new`, kept)
  renameSync(`${file}.new`, file)
}

/** Replaces a text that must be there. */
export function editText(folder: string, path: string, from: string, to: string): void {
  const text = readText(folder, path)
  if (!text.includes(from)) throw new Unmet(`${path} cannot be edited`, `it holds ${JSON.stringify(from)}`, text)
  writeText(
    folder,
    path,
    text.replace(from, () => to),
  )
}

/** Every file below a folder: its mode and the digest of its bytes. */
export function snapshot(folder: string, prefix = ''): Record<string, string> {
  if (!existsSync(folder)) return {}
  return Object.fromEntries(
    readdirSync(folder, { withFileTypes: true }).flatMap((entry): [string, string][] => {
      const file = join(folder, entry.name)
      if (entry.isDirectory()) return Object.entries(snapshot(file, `${prefix}${entry.name}/`))
      const bytes = entry.isFile() ? digestOf(readFileSync(file)) : 'special'
      return [[`${prefix}${entry.name}`, `${(lstatSync(file).mode & 0o777).toString(8)} ${bytes}`]]
    }),
  )
}

/** Paths whose mode or bytes differ between two snapshots. */
export function changedPaths(before: Record<string, string>, after: Record<string, string>): string[] {
  const paths = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...paths].filter((path) => before[path] !== after[path]).toSorted()
}
