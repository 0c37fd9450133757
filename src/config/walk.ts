// Every file of a sidecar, and every path that must not be in one.
//
// Promise: links are not followed, nothing but plain files is opened, and a folder that is too deep or too full ends
// the walk with a finding. Left out: version control, installed packages, what editors and interpreters leave behind.

import { join } from 'node:path'
import { caseClashes, printable, type Disk, type FileStat } from '../core/index.ts'
import type { Finding } from './finding.ts'
import { findingOf } from './rule.ts'
import { brokenName, caseClash, linkInSidecar, notAFile, tooMany } from './rules/paths.ts'

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

export function walkSidecar(disk: Disk, root: string): { files: FoundFile[]; findings: Finding[] } {
  const files: FoundFile[] = []
  const findings: Finding[] = []
  const visit = (folder: string, depth: number): void => {
    for (const name of disk.list(folder === '' ? root : join(root, folder))) {
      if (files.length >= maxFiles) return
      const path = folder === '' ? name : `${folder}/${name}`
      if (hasBrokenName(name)) {
        findings.push(
          findingOf(brokenName, { file: shown(path), message: `the name of ${shown(path)} is not plain text` }),
        )
        continue
      }
      const stat = disk.stat(join(root, path))
      if (stat === undefined) continue // gone since the folder was listed
      if (stat.kind === 'file' && !leftOutFile.test(name)) files.push({ path, stat })
      else if (stat.kind === 'folder' && !leftOutFolders.has(name)) {
        if (depth < maxFolderDepth) visit(path, depth + 1)
        else
          findings.push(
            findingOf(tooMany, { file: path, message: `${path} lies more than ${maxFolderDepth} folders deep` }),
          )
      } else if (stat.kind === 'link' && !leftOutFile.test(name) && !leftOutFolders.has(name)) {
        findings.push(findingOf(linkInSidecar, { file: path, message: `${path} is a link` }))
      } else if (stat.kind === 'other') {
        findings.push(findingOf(notAFile, { file: path, message: `${path} is a pipe, a socket or a device` }))
      }
    }
  }
  visit('', 0)
  if (files.length >= maxFiles) {
    findings.push(findingOf(tooMany, { file: '.', message: `the sidecar holds more than ${maxFiles} files` }))
  }
  for (const [one, other] of caseClashes(files.map(({ path }) => path))) {
    findings.push(findingOf(caseClash, { file: other, message: `${other} and ${one} differ only in case` }))
  }
  return { files, findings }
}

/** Control characters, and what could not be read as UTF-8. */
function hasBrokenName(name: string): boolean {
  return /[\p{Cc}\p{Zl}\p{Zp}\uFFFD]|[\u202A-\u202E\u2066-\u2069]/u.test(name)
}

function shown(path: string): string {
  return printable(path)
}
