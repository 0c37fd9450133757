// The example sidecar, as the package ships it: copied byte by byte, file modes kept.

import { findPackageJSON } from 'node:module'
import { dirname, join } from 'node:path'
import type { Disk } from '../../core/index.ts'

const exampleName = 'sidecar'

/** Copies the example into `folder`, which is there and empty. */
export function copyExample(folder: string, disk: Disk): void {
  copyFolder(exampleFolder(), folder, disk)
}

function exampleFolder(): string {
  const manifest = findPackageJSON('..', import.meta.url)
  if (manifest === undefined) throw new Error('the package that timmy runs from has no package.json')
  return join(dirname(manifest), exampleName)
}

function copyFolder(from: string, to: string, disk: Disk): void {
  for (const name of disk.list(from)) {
    const [source, copy] = [join(from, name), join(to, name)]
    const stat = disk.stat(source)
    if (stat?.kind === 'folder') {
      disk.createFolder(copy, 0o755)
      copyFolder(source, copy, disk)
    } else if (stat?.kind === 'file') {
      disk.create(copy, disk.read(source), (stat.mode & 0o111) === 0 ? 0o644 : 0o755)
    }
  }
}
