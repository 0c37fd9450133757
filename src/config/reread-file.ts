// One plain file of a sound sidecar, read again after it changed: its new digest, when nothing else depends on it.
//
// Plain files (scripts, skills, hooks, plugins) are judged by the rules over one file alone, and no other file refers
// to what is in them. Anything but a clean verdict, and any other file, is for `readSidecar`.

import { digestOf, type Disk } from '../core/index.ts'
import { classify } from './classify.ts'
import { lintFiles, maxFileBytes } from './lint-file.ts'
import type { Manifest } from './schema/manifest.ts'

export interface PlainFile {
  readonly digest: string
  readonly size: number
}

/** Undefined: the sidecar must be read. `path` is inside the sidecar. */
export async function rereadPlainFile(
  disk: Disk,
  folder: string,
  path: string,
  manifest: Manifest,
): Promise<PlainFile | undefined> {
  const as = classify(path, manifest.own ?? [])
  const absolute = `${folder}/${path}`
  const stat = disk.stat(absolute)
  if (as?.kind !== 'file' || stat?.kind !== 'file' || stat.size > maxFileBytes) return undefined
  const bytes = disk.read(absolute)
  const [size, digest] = [bytes.length, digestOf(bytes)]
  const file = { ...as, path, absolute, size, digest, isExecutable: (stat.mode & 0o111) !== 0 }
  const [verdict] = await lintFiles([{ file, bytes }])
  return verdict?.isFinal === true && verdict.findings.length === 0 ? { digest, size } : undefined
}
