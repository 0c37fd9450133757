// Foreign adoption: what neither we own nor the sidecar wants yet, named by a person, becomes part of the base layer.
//
// Only what the table of ownership or the manifest lets us own; a folder stands for the files in it.

import { join } from 'node:path'
import { shellWord, TimmyError, printable, type Disk, type Json } from '../../core/index.ts'
import { formatOf, isEngineTemporary, ownershipOf, type Part } from '../../hermes/index.ts'
import type { DeskTarget, SidecarDesk } from '../desk.ts'
import { entryMatches, entryName, parseEntryName } from '../entry-name.ts'
import type { Source } from '../entry.ts'
import { liveKey, readLive, type LiveFile } from '../live.ts'
import type { Wish } from './wish.ts'

/** More files than this are no edit of a person. */
const maxFiles = 500

/** The wishes that a name stands for in a target; none where the target has nothing of that name. */
export function foreignWishes(desk: SidecarDesk, target: DeskTarget, text: string, disk: Disk): Wish[] {
  const { root, path, part } = parseEntryName(text)
  if (root === 'workspace') {
    throw new TimmyError('ADOPT_REFUSED', `${text} is in the workspace, where only SOUL.md is ours`, {
      hint: 'timmy adopt SOUL.md',
    })
  }
  return filesAt(disk, target.open.roots.home, path).flatMap((file) => {
    refuseUnownable(desk, file)
    const found = readLive(disk, target.open.roots, [{ root, path: file }], new Map(), 0n).files.get(
      liveKey(root, file),
    )
    if (!found) return []
    if (found.fault) throw new TimmyError('HOME_UNUSABLE', found.fault.sentence, { hint: found.fault.mend })
    const held = withFile(target, found)
    const of = { sidecar: desk.sidecar, target: held, root, path: file, isForeign: true } as const
    if (!formatOf(file)) return found.stat ? [{ ...of, entry: entryName(root, file), source: sourceOf(file) }] : []
    if (!part) {
      throw new TimmyError('ADOPT_REFUSED', `${file} is shared with the engine: name what of it you mean`, {
        hint: exampleOf(file),
      })
    }
    return partsOf(found, part).map(({ part: one, live }) => ({
      ...of,
      entry: entryName(root, file, one),
      part: one,
      live,
      source: sourceOf(file, one),
    }))
  })
}

/** A copy of the target in which this file was read, for the carriers. */
function withFile(target: DeskTarget, file: LiveFile): DeskTarget {
  const files = new Map(target.planned.live.files).set(liveKey(file.root, file.path), file)
  return { ...target, planned: { ...target.planned, live: { ...target.planned.live, files } } }
}

function filesAt(disk: Disk, home: string, path: string): string[] {
  const folder = path.replace(/\/(?:\*\*)?$/, '')
  if (disk.stat(join(home, folder))?.kind !== 'folder') return [path]
  const found: string[] = []
  const visit = (inner: string): void => {
    for (const name of disk.list(join(home, inner))) {
      const kind = disk.stat(join(home, inner, name))?.kind
      if (kind === 'folder') visit(`${inner}/${name}`)
      else if (kind === 'file' && !isEngineTemporary(name)) found.push(`${inner}/${name}`)
      if (found.length <= maxFiles) continue
      throw new TimmyError('ADOPT_REFUSED', `${printable(folder)} holds more than ${maxFiles} files`, {
        hint: 'name a folder further in',
      })
    }
  }
  visit(folder)
  return found
}

function refuseUnownable(desk: SidecarDesk, path: string): void {
  const own = desk.sidecar.manifest.own?.find(({ match }) => entryMatches(match, path))
  if (own?.policy !== undefined && own.policy !== 'never') return
  const builtIn = ownershipOf(path)
  if (own?.policy !== 'never' && builtIn && builtIn.policy !== 'never' && builtIn.policy !== 'read') return
  const why =
    own?.policy === 'never'
      ? 'is never ours, says timmy.yaml'
      : (builtIn?.why ?? 'is a path that no rule of ownership names')
  throw new TimmyError('ADOPT_REFUSED', `${printable(path)} ${why}; it cannot be adopted`, {
    hint: `timmy explain ${shellWord(path)}`,
  })
}

/** The part itself, or for a mapping each leaf of it; a memory by the start of its hash. */
function partsOf({ document }: LiveFile, part: Part): { part: Part; live: Json }[] {
  if (!document) return []
  const named = document.parts().filter((one) => isNamed(one, part))
  return named.flatMap((one) => {
    const live = document.get(one)
    return live === undefined || live === null ? [] : [{ part: one, live }]
  })
}

function isNamed(one: Part, wanted: Part): boolean {
  if (one.kind === 'key') {
    return wanted.kind === 'key' && wanted.path.every((key, index) => one.path[index] === key)
  }
  if (wanted.kind !== 'record') return false
  const isHashStart = /^[0-9a-f]{4,64}$/.test(wanted.id) && one.id.startsWith(wanted.id)
  return one.id === wanted.id || one.name === wanted.id || (one.name === undefined && isHashStart)
}

/** Where in the base layer the sidecar would say it. */
function sourceOf(path: string, part?: Part): Source {
  if (path === 'cron/jobs.json' && part?.kind === 'record')
    return { file: `cron/${part.name ?? part.id}.yaml`, layer: 'base' }
  return { file: path.replace(/^bin\/timmy-/, 'bin/'), layer: 'base' }
}

function exampleOf(path: string): string {
  if (path.startsWith('memories/')) return `timmy adopt ${path}@3f2a`
  return path === 'cron/jobs.json' ? `timmy adopt ${path}@NAME` : `timmy adopt ${path}#KEY`
}
