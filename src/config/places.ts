// Where things are: the sidecar, our own records, the workspace, the engine's home, and which host this is.
//
// One answer for all commands, from flags and environment only; tests and the demo set all of it.

import { basename, dirname, join, resolve } from 'node:path'
import { stateFolderOf, TimmyError, userFolderOf, type Disk } from '../core/index.ts'

/** What finding the places may touch of the world. */
export interface World {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly disk: Disk
}

export interface Places {
  /** $TIMMY_STATE_DIR, our own records. */
  readonly state: string
  /** $TIMMY_HOME, the workspace `~/.timmy`. */
  readonly workspace: string
  /** $HERMES_HOME, the engine's default home: the root that holds `profiles/`. */
  readonly homeRoot: string
  /** $TIMMY_HOST, or "local". */
  readonly host: string
}

/** The file that makes a folder a sidecar. */
export const manifestFile = 'timmy.yaml'

export function placesOf(world: Pick<World, 'cwd' | 'env'>): Places {
  return {
    state: stateFolderOf(world),
    workspace: absolute(world, set(world.env['TIMMY_HOME']) ?? '~/.timmy'),
    homeRoot: rootOfProfile(absolute(world, set(world.env['HERMES_HOME']) ?? '~/.hermes')),
    host: set(world.env['TIMMY_HOST']) ?? 'local',
  }
}

/** The sidecar's folder: the flag, else $TIMMY_SIDECAR, else a parent of here, else the one `timmy init` recorded. */
export function findSidecar(world: World, flag?: string): string {
  const named = set(flag) ?? set(world.env['TIMMY_SIDECAR'])
  if (named !== undefined) return existingSidecar(world, absolute(world, named))
  const nearest = nearestSidecar(world)
  if (nearest !== undefined) return nearest
  const recorded = recordedSidecar(world)
  if (recorded !== undefined) return existingSidecar(world, recorded)
  throw missing(`there is no sidecar: neither ${world.cwd} nor a folder above it has a ${manifestFile}`)
}

/** Where `timmy init` records the sidecar that it made: one line, its absolute path. */
export function sidecarRecord(places: Places): string {
  return join(places.state, 'sidecar')
}

/** `~` and relative paths made absolute, as a shell in `cwd` would. */
export function absolute(world: Pick<World, 'cwd' | 'env'>, path: string): string {
  const home = userFolderOf(world.env)
  if (path === '~') return home
  return resolve(world.cwd, path.startsWith('~/') ? join(home, path.slice(2)) : path)
}

function nearestSidecar(world: World): string | undefined {
  for (let folder = resolve(world.cwd); ; folder = dirname(folder)) {
    if (world.disk.stat(join(folder, manifestFile)) !== undefined) return folder
    if (folder === dirname(folder)) return undefined
  }
}

function recordedSidecar(world: World): string | undefined {
  const record = sidecarRecord(placesOf(world))
  if (world.disk.stat(record)?.kind !== 'file') return undefined
  return set(world.disk.read(record).toString('utf8').trim())
}

function existingSidecar(world: World, folder: string): string {
  if (world.disk.stat(join(folder, manifestFile)) !== undefined) return folder
  throw missing(`${folder} is no sidecar: it has no ${manifestFile}`)
}

function missing(message: string): TimmyError {
  return new TimmyError('SIDECAR_MISSING', message, {
    hint: 'timmy init my-sidecar',
  })
}

// Inside a profile the engine sets HERMES_HOME to <root>/profiles/<name>; targets are counted from the root.
function rootOfProfile(home: string): string {
  return basename(dirname(home)) === 'profiles' ? dirname(dirname(home)) : home
}

/** An empty variable counts as not set, as the engine and XDG have it. */
function set(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === '' ? undefined : value
}
