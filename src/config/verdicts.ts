// What was found out about a file's content is kept, so that unchanged content is neither read, parsed nor scanned again.
//
// Two memories: the digest of a file by its stat (size, inode, times), and the verdict on a content by its digest. A
// verdict holds as long as the rules do: their version is part of its key. A lost, damaged or foreign memory costs
// time, never truth. Nothing of a file with an error is kept but its findings, which hold no values.

import { keepFile, type Disk, type FileStat } from '../core/index.ts'
import { version } from '../version.ts'
import type { Finding } from './finding.ts'
import type { Reading } from './reading.ts'

export interface Verdict {
  readonly findings: readonly Finding[]
  /** Of settings files and memories without faults. */
  readonly reading?: Reading
}

export interface VerdictStore {
  get(key: string): Verdict | undefined
  set(key: string, verdict: Verdict): void
  /** The digest of a file whose stat is the same as when it was read. */
  digestBy(path: string, stat: FileStat): string | undefined
  setDigest(path: string, stat: FileStat, digest: string): void
  /** Keeps what was learned; never fails, for nothing but time is lost. */
  save(): void
}

/** Each release judges anew; the number is raised when a rule over single files changes between two. */
const rulesVersion = `${version}/1`
/** Beyond this many of each, what this run did not ask for is forgotten. */
const mostKept = 50_000
/** A file changed this recently may change again without its times showing it. */
const settledMs = 2_000
const mostBytes = 64 * 1024 * 1024

/** Verdicts depend on the path too: it decides the kind of a file, and names must fit. */
export function verdictKey(path: string, isExecutable: boolean, digest: string): string {
  return `${digest.slice(0, 32)}${isExecutable ? '*' : ' '}${path}`
}

/** Keeps nothing: for tests, and where there is no state folder. */
export function noVerdicts(): VerdictStore {
  return { get: () => undefined, set() {}, digestBy: () => undefined, setDigest() {}, save() {} }
}

interface Kept {
  readonly rules: string
  /** Clean files without a reading are 0. */
  readonly verdicts: Record<string, Verdict | 0>
  readonly digests: Record<string, readonly [stat: string, digest: string]>
}

/** Verdicts kept in one file of the state folder. */
export function fileVerdicts(disk: Disk, file: string, now: () => Date): VerdictStore {
  let loaded: Kept | undefined
  const kept = (): Kept => (loaded ??= load(disk, file))
  const verdicts = new Map<string, Verdict | 0>()
  const digests = new Map<string, readonly [string, string]>()
  let isChanged = false
  return {
    get(key) {
      const known = kept().verdicts[key]
      if (known === undefined || (known !== 0 && !Array.isArray(known?.findings))) return undefined
      verdicts.set(key, known)
      return known === 0 ? { findings: [] } : known
    },
    set(key, verdict) {
      isChanged = true
      verdicts.set(key, verdict.findings.length === 0 && verdict.reading === undefined ? 0 : verdict)
    },
    digestBy(path, stat) {
      const known = kept().digests[path]
      if (known?.[0] !== signatureOf(stat) || typeof known[1] !== 'string') return undefined
      digests.set(path, known)
      return known[1]
    },
    setDigest(path, stat, digest) {
      const changedAtMs = Number((stat.ctimeNs > stat.mtimeNs ? stat.ctimeNs : stat.mtimeNs) / 1_000_000n)
      if (changedAtMs + settledMs > now().getTime()) return
      isChanged = true
      digests.set(path, [signatureOf(stat), digest])
    },
    save() {
      if (!isChanged) return
      const content: Kept = {
        rules: rulesVersion,
        verdicts: withOlder(verdicts, kept().verdicts),
        digests: withOlder(digests, kept().digests),
      }
      keepFile(disk, file, Buffer.from(JSON.stringify(content)))
    },
  }
}

function load(disk: Disk, file: string): Kept {
  const empty: Kept = { rules: rulesVersion, verdicts: {}, digests: {} }
  try {
    const stat = disk.stat(file)
    if (stat?.kind !== 'file' || stat.size > mostBytes) return empty
    const kept = JSON.parse(disk.read(file).toString('utf8')) as Partial<Kept>
    if (kept.rules !== rulesVersion) return empty
    return { rules: rulesVersion, verdicts: kept.verdicts ?? {}, digests: kept.digests ?? {} }
  } catch {
    return empty
  }
}

/** What this run used, and of the rest as much as there is room for: other sidecars share the memory. */
function withOlder<T>(used: ReadonlyMap<string, T>, older: Readonly<Record<string, T>>): Record<string, T> {
  const rest = Object.entries(older).filter(([key]) => !used.has(key))
  return Object.fromEntries([...rest.slice(0, Math.max(0, mostKept - used.size)), ...used])
}

function signatureOf({ size, inode, mtimeNs, ctimeNs, device }: FileStat): string {
  return `${size} ${inode.toString(36)} ${mtimeNs.toString(36)} ${ctimeNs.toString(36)} ${device.toString(36)}`
}
