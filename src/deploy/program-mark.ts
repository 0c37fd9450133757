// What this program is made of: a mark that changes with every build, installation and edit of the source.
//
// For what is remembered of a run and must not outlive the program that worked it out. From `stat` alone.

import { findPackageJSON } from 'node:module'
import { dirname, join } from 'node:path'
import type { Disk } from '../core/index.ts'
import { version } from '../version.ts'

/** The sum of all times of change is another one when any file changed, came or went: none can be set back. */
export function programMark(disk: Disk): string {
  const root = dirname(findPackageJSON('..', import.meta.url) ?? '')
  const folder = ['src', 'dist'].map((name) => join(root, name)).find((path) => disk.stat(path)) ?? root
  let files = 0
  let changedNs = 0n
  const visit = (path: string): void => {
    const stat = disk.stat(path)
    if (stat?.kind === 'folder') for (const name of disk.list(path)) visit(`${path}/${name}`)
    if (stat?.kind !== 'file') return
    files += 1
    changedNs += stat.ctimeNs ^ stat.inode
  }
  visit(folder)
  return `${version} ${files} ${changedNs.toString(36)}`
}
