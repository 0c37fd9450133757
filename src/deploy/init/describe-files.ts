// Files of a home that an owner writes, as files of a sidecar: SOUL.md, skins, scripts, hooks, skills, plugins.
//
// Left out: what the engine brought or installed, what the agent wrote for itself, what a repository of its own
// updates, and everything whose name speaks of secrets or of state. Links are not followed, nothing but plain files is
// opened, and a folder without end is given up with a word.

import { join } from 'node:path'
import { printable, type Disk } from '../../core/index.ts'
import { isSeededSoul, ownershipOf } from '../../hermes/index.ts'
import { entryName } from '../entry-name.ts'
import { skillOrigins, type SkillOrigins } from './skill-origins.ts'
import type { Described, FilePiece, LeftOut } from './piece.ts'
import type { SecretJudge } from './secret-judge.ts'

/** Larger files are data, not settings. */
const maxFileBytes = 1024 * 1024
const maxFilesInFolder = 2_000
const maxFolderDepth = 12

const leftBehind = /^(?:__pycache__|node_modules|\.venv|venv|\.DS_Store|Thumbs\.db)$|\.pyc$|~$|\.sw[a-p]$|\.tmp$/
const stateOrSecret =
  /^\.env|\.env$|^\.netrc$|^id_(?:rsa|ed25519|ecdsa)|\.(?:pem|key|p12|pfx|kdbx|db|sqlite3?|log|lock|pid)$|^(?:auth|credentials?|tokens?|secrets?)\.(?:json|ya?ml|txt)$/i

export interface DescribedFiles extends Described {
  /** Skills that came with the engine or from its hub. */
  readonly engineSkills: number
}

export function describeFiles(disk: Disk, home: string, judge: SecretJudge): DescribedFiles {
  const origins = skillOrigins(disk, home)
  const found: Unit[] = [
    ...['skins', 'scripts', 'hooks', 'plugins', 'skills'].flatMap((folder) => linkedFolder(disk, home, folder)),
    ...soulIn(disk, home),
    ...looseFiles(disk, home, 'skins', 1),
    ...looseFiles(disk, home, 'scripts', maxFolderDepth),
    ...folders(disk, home, 'hooks'),
    ...folders(disk, home, 'plugins'),
    ...skills(disk, home, origins),
  ]
  const pieces: FilePiece[] = []
  const leftOut: LeftOut[] = []
  for (const unit of found) {
    const fault =
      unit.fault ??
      (unit.files.length > maxFilesInFolder ? { why: `it has more than ${maxFilesInFolder} files` } : undefined)
    const taken = fault ? { fault } : takeUnit(disk, home, unit, judge)
    if ('fault' in taken) leftOut.push({ entry: unit.name, ...taken.fault })
    else {
      pieces.push(...taken.pieces)
      leftOut.push(...taken.leftOut)
    }
  }
  return { pieces, leftOut, engineSkills: origins.fromEngine }
}

type Fault = Pick<LeftOut, 'why' | 'mend' | 'isSecret'>

interface Unit {
  /** Of the file or folder, in the home. */
  readonly name: string
  readonly files: readonly string[]
  readonly fault?: Fault
}

function takeUnit(
  disk: Disk,
  home: string,
  { name, files }: Unit,
  judge: SecretJudge,
): { pieces: FilePiece[]; leftOut: LeftOut[] } | { fault: Fault } {
  const pieces: FilePiece[] = []
  const leftOut: LeftOut[] = []
  for (const path of files) {
    const stat = disk.stat(join(home, path))
    const base = path.slice(path.lastIndexOf('/') + 1)
    const owner = ownershipOf(path)
    const why =
      stat?.kind === 'link'
        ? 'it is a link'
        : stateOrSecret.test(base) || owner?.policy === 'never'
          ? 'its name is that of a secret or of state'
          : stat && stat.size > maxFileBytes
            ? 'it is larger than 1 MiB'
            : undefined
    if (why !== undefined) {
      if (path === name) return { fault: { why } }
      leftOut.push({ entry: printable(path), why })
      continue
    }
    if (stat?.kind !== 'file') continue
    const content = readableFile(disk, join(home, path))
    if (!content) return { fault: { why: `${path === name ? 'it' : base} cannot be read` } }
    const secret = judge.inText(content.toString('utf8')) ?? judge.inText(path)
    if (secret) {
      const mend = 'take the secret out of the file first; a script reads it from its environment'
      return { fault: { why: `${secret.why}${path === name ? '' : `, in ${base}`}`, mend, isSecret: true } }
    }
    const isProgram = (stat.mode & 0o111) !== 0
    pieces.push({ kind: 'file', entry: entryName('home', path), file: path, content, isProgram, unit: name })
  }
  return { pieces, leftOut }
}

function readableFile(disk: Disk, file: string): Buffer | undefined {
  try {
    return disk.read(file)
  } catch {
    return undefined // another user's, or gone since it was listed
  }
}

function soulIn(disk: Disk, home: string): Unit[] {
  const stat = disk.stat(join(home, 'SOUL.md'))
  if (!stat) return []
  const text = stat.kind === 'file' ? readableFile(disk, join(home, 'SOUL.md')) : undefined
  const isSeed = text !== undefined && isSeededSoul(text.toString('utf8'))
  return isSeed ? [] : [{ name: 'SOUL.md', files: ['SOUL.md'] }]
}

function linkedFolder(disk: Disk, home: string, folder: string): Unit[] {
  const isLink = disk.stat(join(home, folder))?.kind === 'link'
  return isLink ? [{ name: folder, files: [], fault: { why: 'it is a link' } }] : []
}

/** Each file by itself. */
function looseFiles(disk: Disk, home: string, folder: string, depth: number): Unit[] {
  const isWanted = (path: string): boolean => folder !== 'skins' || /^skins\/[^/]+\.yaml$/.test(path)
  return filesBelow(disk, home, folder, depth)
    .filter(isWanted)
    .map((path) => ({ name: path, files: [path] }))
}

/** Each folder as a whole. */
function folders(disk: Disk, home: string, parent: string): Unit[] {
  return namesIn(disk, home, parent).flatMap((name): Unit[] => {
    const path = `${parent}/${name}`
    const kind = disk.stat(join(home, path))?.kind
    if (kind === 'link') return [{ name: path, files: [], fault: { why: 'it is a link' } }]
    if (kind !== 'folder' || name.startsWith('.')) return []
    if (disk.stat(join(home, path, '.git'))) {
      return [{ name: path, files: [], fault: { why: 'a git repository of its own updates it' } }]
    }
    return [{ name: path, files: filesBelow(disk, home, path, maxFolderDepth) }]
  })
}

/** Each folder with a SKILL.md that neither the engine nor the agent brought. */
function skills(disk: Disk, home: string, origins: SkillOrigins): Unit[] {
  const units: Unit[] = []
  const visit = (folder: string, depth: number): void => {
    for (const name of namesIn(disk, home, folder)) {
      const path = `${folder}/${name}`
      if (name.startsWith('.') || leftBehind.test(name)) continue
      const kind = disk.stat(join(home, path))?.kind
      if (kind === 'link') units.push({ name: path, files: [], fault: { why: 'it is a link' } })
      if (kind !== 'folder') continue
      if (!disk.stat(join(home, path, 'SKILL.md'))) {
        if (depth < maxFolderDepth) visit(path, depth + 1)
        continue
      }
      const origin = origins.of(path)
      if (origin === 'agent')
        units.push({ name: path, files: [], fault: { why: 'the agent wrote it and may rewrite it' } })
      else if (origin === 'owner') units.push({ name: path, files: filesBelow(disk, home, path, maxFolderDepth) })
    }
  }
  visit('skills', 0)
  return units
}

function filesBelow(disk: Disk, home: string, folder: string, depth: number): string[] {
  const files: string[] = []
  const visit = (inner: string, left: number): void => {
    for (const name of namesIn(disk, home, inner)) {
      if (leftBehind.test(name) || name === '.git' || files.length > maxFilesInFolder) continue
      const path = `${inner}/${name}`
      const kind = disk.stat(join(home, path))?.kind
      if (kind === 'file' || kind === 'link') files.push(path)
      else if (kind === 'folder' && left > 1) visit(path, left - 1)
    }
  }
  visit(folder, depth)
  return files
}

function namesIn(disk: Disk, home: string, folder: string): string[] {
  const path = join(home, folder)
  return disk.stat(path)?.kind === 'folder' ? disk.list(path) : []
}
