// Every file of a sidecar, and every path that must not be in one.
//
// Promise: links are not followed, nothing but plain files is opened, and a folder that is too deep or too full ends
// the walk with a finding. Left out: version control, installed packages, what editors and interpreters leave behind.

import { caseClashes, printable, type Disk, type FileKind, type FileStat, type Sight } from '../core/index.ts'
import type { Finding } from './finding.ts'
import { findingOf, type Rule } from './rule.ts'
import { brokenName, caseClash, linkInSidecar, notAFile, tooMany } from './rules/paths.ts'

/** Everything in a sidecar's folder. */
export interface Walked {
  readonly files: readonly FoundFile[]
  /** Each folder and file by its absolute path, as it was before it was listed or read. */
  readonly seen: readonly Sight[]
  readonly findings: readonly Finding[]
}

export interface FoundFile {
  readonly path: string
  readonly stat: FileStat
}

const leftOutFolders = new Set([
  '.git',
  '.hg',
  '.svn',
  '.jj',
  'node_modules',
  '__pycache__',
  '.venv',
  'venv',
  '.idea',
  '.vscode',
  '.direnv',
])
const leftOutFile = /(?:^\.git$|~$|\.sw[a-p]$|^\.#|^#.*#$|^4913$|^\.DS_Store$|^Thumbs\.db$|\.pyc$)/
const maxFiles = 100_000
const maxFolderDepth = 24

export function walkSidecar(disk: Disk, root: string): Walked {
  const files: FoundFile[] = []
  // With `/.` the folder itself is seen, also where the sidecar is named by a link to it.
  const seen: Sight[] = [{ path: `${root}/.`, stat: disk.stat(`${root}/.`) }]
  const findings: Finding[] = []
  const tell = (rule: Rule, path: string, message: string): unknown =>
    findings.push(findingOf(rule, { file: printable(path), message }))
  const visit = (prefix: string, depth: number): void => {
    const names = disk.list(root + prefix)
    const known = names.filter((name) => !hasBrokenName(name))
    for (const [one, other] of caseClashesIn(known)) {
      tell(caseClash, `${prefix}/${other}`.slice(1), `${other} and ${one} differ only in case`)
    }
    for (const name of names.length === known.length ? [] : names.filter(hasBrokenName)) {
      const path = `${prefix}/${name}`.slice(1)
      tell(brokenName, path, `the name of ${printable(path)} is not plain text`)
    }
    for (const name of known) {
      if (files.length >= maxFiles) return
      const suffix = `${prefix}/${name}`
      const path = suffix.slice(1)
      const stat = disk.stat(root + suffix)
      if (stat === undefined) continue // gone since the folder was listed
      if (stat.kind === 'file') {
        if (isLeftOut(name, stat.kind)) continue
        files.push({ path, stat })
        seen.push({ path: root + suffix, stat })
      } else if (stat.kind === 'folder') {
        if (isLeftOut(name, stat.kind)) continue
        seen.push({ path: root + suffix, stat })
        if (depth < maxFolderDepth) visit(suffix, depth + 1)
        else tell(tooMany, path, `${path} lies more than ${maxFolderDepth} folders deep`)
      } else if (stat.kind === 'link') {
        if (!isLeftOut(name, stat.kind)) tell(linkInSidecar, path, `${path} is a link`)
      } else tell(notAFile, path, `${path} is a pipe, a socket or a device`)
    }
  }
  visit('', 0)
  if (files.length >= maxFiles) tell(tooMany, '.', `the sidecar holds more than ${maxFiles} files`)
  return { files, seen, findings }
}

function isLeftOut(name: string, kind: FileKind): boolean {
  const isFile = kind !== 'folder' && leftOutFile.test(name)
  return isFile || (kind !== 'file' && kind !== 'other' && leftOutFolders.has(name))
}

/** Whether a folder still holds exactly these names, beside what every walk leaves out. */
export function holdsOnly(disk: Disk, folder: string, known: ReadonlySet<string>): boolean {
  const names = disk.list(folder)
  const others = names.filter((name) => !known.has(name))
  if (names.length - others.length !== known.size) return false
  return others.every((name) => {
    const stat = disk.stat(`${folder}/${name}`)
    return stat === undefined || isLeftOut(name, stat.kind)
  })
}

/** Control characters, marks of direction, and what could not be read as UTF-8. */
function hasBrokenName(name: string): boolean {
  return /[\p{Cc}\p{Zl}\p{Zp}\uFFFD]|[\u202A-\u202E\u2066-\u2069]/u.test(name)
}

/** Clashes are a matter of one folder's names, of files and folders alike; most folders have none at a glance. */
function caseClashesIn(names: readonly string[]): readonly [string, string][] {
  if (names.length < 2) return []
  const folded = new Set(names.map((name) => name.toLowerCase().normalize('NFC')))
  return folded.size === names.length ? [] : caseClashes(names)
}
