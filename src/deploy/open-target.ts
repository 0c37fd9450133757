// An open target: its two roots as they really are, its folder of ours, its record, and its lock when we mean to write.
//
// Refuses a home that is missing, not a folder, or another user's: we would leave files in it that the engine cannot
// read. A home that is itself a link is followed once, here; below it no link is.

import { realpathSync } from 'node:fs'
import { join } from 'node:path'
import { shellWord, TimmyError, digestOf, ensureFolder, type Disk } from '../core/index.ts'
import type { Target } from '../config/index.ts'
import type { Roots } from './live.ts'
import { openRecord, type TargetRecord } from './record.ts'
import { refusedWrite } from './refused-write.ts'
import { lockTarget } from './target-lock.ts'

export interface OpenTarget {
  readonly target: Target
  readonly roots: Roots
  /** Our folder for this target. */
  readonly folder: string
  readonly record: TargetRecord
  [Symbol.dispose](): void
}

export interface OpenOptions {
  readonly disk: Disk
  /** Our state folder, `$TIMMY_STATE_DIR`. */
  readonly stateFolder: string
  readonly now: Date
  /** Take the lock: somebody is about to write. */
  readonly writes: boolean
}

export function openTarget(target: Target, options: OpenOptions): OpenTarget {
  const home = usableHome(target, options)
  const folder = folderOf(target, home, options)
  using opening = new DisposableStack()
  try {
    ensureFolder(folder)
    if (options.writes) opening.use(lockTarget(folder, options.now))
    const record = opening.use(openRecord(folder))
    const workspace = workspaceFolder(target.workspace, options.disk)
    const held = opening.move()
    return { target, roots: { home, workspace }, folder, record, [Symbol.dispose]: () => held.dispose() }
  } catch (cause) {
    throw refusedWrite(cause, 'nothing was changed')
  }
}

/**
 * Where our record of a home lies. Told apart by the home's real path alone; the name is for people, and a target that
 * was given another keeps its record.
 */
function folderOf(target: Target, home: string, { stateFolder, disk }: OpenOptions): string {
  const all = join(stateFolder, 'deploy')
  const suffix = `-${digestOf(home).slice(0, 8)}`
  const known = disk.stat(all)?.kind === 'folder' ? disk.list(all).find((name) => name.endsWith(suffix)) : undefined
  return join(all, known ?? `${target.name}${suffix}`)
}

/** Our folder for a target, by the real path of its home. */
export function stateFolderOfTarget(target: Target, options: OpenOptions): string {
  return folderOf(target, usableHome(target, options), options)
}

function usableHome({ home, profile }: Target, { disk, writes }: OpenOptions): string {
  const stat = disk.stat(home)
  if (!stat) {
    throw new TimmyError('HOME_MISSING', `the Hermes home ${home} does not exist`, {
      hint: profile === 'default' ? `mkdir -m 700 -p ${shellWord(home)}` : `hermes profile create ${profile}`,
    })
  }
  const real = realHome(home) // a folder above it may be a link too, and one home has one record
  const found = disk.stat(real)
  if (found?.kind !== 'folder') throw unusable(`${real} is not a folder`, `set HERMES_HOME to the engine's home`)
  const user = process.getuid?.()
  if (user !== undefined && found.uid !== user) {
    throw unusable(`${real} belongs to user ${found.uid}, we run as ${user}`, `run timmy as the owner of ${real}`)
  }
  if (writes && (found.mode & 0o300) !== 0o300)
    throw unusable(`${real} is not writable`, `chmod u+wx ${shellWord(real)}`)
  return real
}

function realHome(home: string): string {
  try {
    return realpathSync(home)
  } catch (cause) {
    throw unusable(`${home} is a link to nothing`, `point it to the engine's home`, cause)
  }
}

/** The workspace is made when it is missing: our own folder, not the engine's. */
function workspaceFolder(workspace: string, disk: Disk): string {
  const stat = disk.stat(workspace)
  return stat?.kind === 'link' ? realHome(workspace) : workspace
}

const unusable = (message: string, hint: string, cause?: unknown): TimmyError =>
  new TimmyError('HOME_UNUSABLE', message, { hint, cause })
