// Hermes homes: where they are, which profile is which, and what in a new one is nobody's work.
//
// Paths only, by the engine's rules. Not its job: whether a home can be trusted or written (deploy).

import { dirname, basename, join, resolve } from 'node:path'
import { digestOf, userFolderOf, type Disk } from '../core/index.ts'
import type { EngineTarget } from './engine.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** The home that `HERMES_HOME` names (a profile's own folder too), else `~/.hermes`, and in it the profile asked for. */
export function resolveHome(world: { env: Environment; cwd: string }, profile?: string): EngineTarget {
  const named = resolve(world.cwd, world.env['HERMES_HOME'] || join(userFolderOf(world.env), '.hermes'))
  const isProfile = basename(dirname(named)) === 'profiles'
  const homeRoot = isProfile ? dirname(dirname(named)) : named
  return homeOf(homeRoot, profile ?? (isProfile ? basename(named) : 'default'))
}

/** The home of a profile. `default` is the root itself. */
export function homeOf(homeRoot: string, profile: string): EngineTarget {
  return { homeRoot, profile, home: profile === 'default' ? homeRoot : join(homeRoot, 'profiles', profile) }
}

const reservedNames = new Set(['hermes', 'test', 'tmp', 'root', 'sudo'])

/** Why the engine would not take this as a profile's name, as a sentence; undefined when it would. */
export function profileFault(name: string): string | undefined {
  if (name === 'default') return undefined
  if (!/^[a-z0-9][a-z0-9_-]{0,63}$/.test(name)) {
    return `A profile's name is lower-case letters, digits, - and _, up to 64 of them; ${JSON.stringify(name)} is not.`
  }
  return reservedNames.has(name) ? `The engine keeps the profile name ${name} for itself.` : undefined
}

/** The profiles there are: `default`, then the others by name. */
export function profilesOf(disk: Disk, homeRoot: string): string[] {
  const folder = join(homeRoot, 'profiles')
  if (disk.stat(folder)?.kind !== 'folder') return ['default']
  const named = disk.list(folder).filter((name) => disk.stat(join(folder, name))?.kind === 'folder')
  return ['default', ...named.filter((name) => name !== 'default' && profileFault(name) === undefined)]
}

/**
 * The profile that `active_profile` sends every engine command to that names none, even with HERMES_HOME at the
 * root; undefined when it is the root. Worth a warning: a person's `hermes` then works on another home than ours.
 */
export function stickyProfile(disk: Disk, homeRoot: string): string | undefined {
  try {
    const name = disk.read(join(homeRoot, 'active_profile')).toString('utf8').trim()
    return name === '' || name === 'default' ? undefined : name
  } catch {
    return undefined
  }
}

/** The texts that 0.18.0 to 0.19.0 seed as SOUL.md, and the two that older installers left. */
const seeds = new Set([
  '2765a846e1bb371d78d3b93b403dfb0f8d1ba1a9895edb5f608367abfe81194d',
  '82fa3438d86f8b95c6e96be89d853c8b561b3e6973ed61c90e70e0231dd24a7e',
  '6bc146a50e8fe3bd555e89a77e93af1f781cece8cf549f0d7a02ee2389811c72',
])

/** Whether a SOUL.md is what the engine seeds, or blank: it counts as absent, for nobody wrote it. */
export function isSeededSoul(text: string): boolean {
  const normal = text
    .replaceAll(/\r\n?/g, '\n')
    .replace(/^\uFEFF+/, '')
    .trim()
  return normal === '' || seeds.has(digestOf(normal))
}
