// Mounts: a file can be renamed within one mount only, even where two mounts show the same file system.
//
// The device alone does not tell: a folder that is bound into a home from the same disk has the same one. Linux lists
// its mount points; elsewhere the device must do.

import { readFileSync, realpathSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Disk } from '../core/index.ts'

/** A name for the mount that a path, or its nearest parent that exists, lies on. Paths are looked at once. */
export function mountReader(disk: Disk): (path: string) => string {
  const points = mountPoints()
  const known = new Map<string, string>()
  return function mountOf(path: string): string {
    const found = known.get(path)
    if (found !== undefined) return found
    const stat = disk.stat(path)
    const mount = stat ? `${stat.device} ${pointOf(realpathSync(path), points)}` : mountOf(dirname(path))
    known.set(path, mount)
    return mount
  }
}

function pointOf(path: string, points: readonly string[]): string {
  const isBelow = (point: string): boolean => point === '/' || path === point || path.startsWith(`${point}/`)
  return points.findLast(isBelow) ?? '/'
}

/** Mount points, a parent before its children. Spaces and the like stand as octal (proc_pid_mountinfo(5)). */
function mountPoints(): string[] {
  try {
    const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n')
    const points = lines.flatMap((line) => line.split(' ')[4] ?? [])
    return points
      .map((point) => point.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8))))
      .toSorted((a, b) => a.length - b.length)
  } catch {
    return []
  }
}
