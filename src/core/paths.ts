// Paths that come from outside: joined only when they stay inside, and only through real folders.
//
// `safeJoin` judges the text alone, `pathFault` what is on the disk now. Between that look and a later use the disk
// may change, so writers look again right before they write.

import { join } from 'node:path'
import type { Disk } from './disk.ts'
import { TimmyError } from './errors.ts'
import { printable } from './layout.ts'

/** Why a relative path may not be used, as the rest of a sentence; undefined when it may. */
export function relativePathFault(relative: string): string | undefined {
  if (relative === '') return 'is empty'
  if (relative.includes('\0')) return 'holds a NUL character'
  if (relative.startsWith('/')) return 'is absolute'
  const components = relative.split('/')
  if (components.includes('..')) return 'leads upwards with ".."'
  if (components.includes('.') || components.includes('')) return 'holds an empty component or "."'
  const longest = components.find((component) => Buffer.byteLength(component) > 255)
  return longest === undefined ? undefined : 'holds a name of more than 255 bytes'
}

/** The relative path below `root`. Refuses one that could lead elsewhere. */
export function safeJoin(root: string, relative: string): string {
  const fault = relativePathFault(relative)
  if (fault === undefined) return join(root, relative)
  throw new TimmyError('PATH_REFUSED', `the path "${printable(relative)}" ${fault}`, {
    hint: `name a path inside ${root}, such as skins/timmy.yaml`,
  })
}

/**
 * Why `relative` cannot be a file of ours below `root` on this disk, as a sentence: a component that is a link, a
 * file or a device where a folder must be, or an end that is no plain file. What is not there yet is no fault.
 */
export function pathFault(disk: Disk, root: string, relative: string): string | undefined {
  const fault = relativePathFault(relative)
  if (fault !== undefined) return `"${printable(relative)}" ${fault}`
  const components = relative.split('/')
  let path = root
  for (const [index, component] of components.entries()) {
    path = join(path, component)
    const kind = disk.stat(path)?.kind
    if (kind === undefined) return undefined
    const isLast = index === components.length - 1
    if (kind === 'link') return `${printable(path)} is a link`
    if (kind === 'other') return `${printable(path)} is a device, a pipe or a socket`
    if (isLast && kind === 'folder') return `${printable(path)} is a folder`
    if (!isLast && kind === 'file') return `${printable(path)} is a file where a folder must be`
  }
  return undefined
}

/** Pairs of paths, or of their folders, that a file system blind to case would take for one. */
export function caseClashes(paths: Iterable<string>): [string, string][] {
  const spellings = new Map<string, Set<string>>()
  for (const path of paths) {
    for (let end = path.indexOf('/'); end !== -1; end = path.indexOf('/', end + 1)) note(path.slice(0, end))
    note(path)
  }
  function note(path: string): void {
    const folded = path.normalize('NFC').toLowerCase()
    const known = spellings.get(folded)
    if (known) known.add(path)
    else spellings.set(folded, new Set([path]))
  }
  return [...spellings.values()].flatMap(([first, ...others]) =>
    others.filter((other) => isOwnClash(first ?? '', other)).map((other): [string, string] => [first ?? '', other]),
  )
}

/** A clash of the last names, not one inherited from the folders above. */
function isOwnClash(a: string, b: string): boolean {
  return a.slice(a.lastIndexOf('/') + 1) !== b.slice(b.lastIndexOf('/') + 1) || !a.includes('/')
}
