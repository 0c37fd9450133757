// The targets of this host: those of the manifest, and each agent of this host in fleet.yaml by its name.
//
// Promise: one Hermes home is one target, however many names it has; the others are its aliases.

import { join } from 'node:path'
import type { Target } from './overlay.ts'
import { absolute, type Places, type World } from './places.ts'
import type { Fleet } from './schema/fleet.ts'
import type { Manifest } from './schema/manifest.ts'

interface Wanted {
  readonly name: string
  readonly home: string | undefined
  readonly profile: string | undefined
  readonly host: string | undefined
  readonly agent: string | undefined
}

/** The targets on `places.host`, in the order in which they are declared. */
export function targetsOf(
  manifest: Manifest,
  fleet: Fleet | undefined,
  places: Places,
  world: Pick<World, 'cwd' | 'env'>,
): Target[] {
  const byHome = new Map<string, Target>()
  for (const wanted of [...targetsOfManifest(manifest), ...targetsOfAgents(fleet)]) {
    if ((wanted.host ?? 'local') !== places.host) continue
    const target = resolveTarget(wanted, places, world)
    const known = byHome.get(target.home)
    byHome.set(target.home, known === undefined ? target : withAlias(known, target))
  }
  return oneWriterOfEach([...byHome.values()])
}

/** A workspace has one SOUL.md: of several default homes the first one writes it. */
function oneWriterOfEach(targets: readonly Target[]): Target[] {
  const written = new Set<string>()
  return targets.map((target) => {
    if (!target.deploysWorkspace) return target
    const isFirst = !written.has(target.workspace)
    written.add(target.workspace)
    return { ...target, deploysWorkspace: isFirst }
  })
}

function targetsOfManifest(manifest: Manifest): Wanted[] {
  return Object.entries(manifest.targets ?? {}).map(([name, { home, profile, host, agent }]) => ({
    name,
    home,
    profile,
    host,
    agent,
  }))
}

function targetsOfAgents(fleet: Fleet | undefined): Wanted[] {
  return Object.entries(fleet?.agents ?? {}).map(([name, { home, profile, host }]) => ({
    name,
    home,
    profile,
    host,
    agent: name,
  }))
}

function resolveTarget(wanted: Wanted, places: Places, world: Pick<World, 'cwd' | 'env'>): Target {
  const profile = wanted.profile ?? 'default'
  const isDefaultHome = wanted.home === undefined || /^~\/\.hermes\/?$/.test(wanted.home)
  const homeRoot = isDefaultHome ? places.homeRoot : absolute(world, wanted.home)
  return {
    name: wanted.name,
    aliases: [],
    home: profile === 'default' ? homeRoot : join(homeRoot, 'profiles', profile),
    homeRoot,
    profile,
    host: places.host,
    ...(wanted.agent === undefined ? {} : { agent: wanted.agent }),
    workspace: places.workspace,
    deploysWorkspace: profile === 'default',
  }
}

function withAlias(known: Target, other: Target): Target {
  const agent = known.agent ?? other.agent
  const aliases = new Set([...known.aliases, other.name])
  aliases.delete(known.name)
  return { ...known, aliases: [...aliases], ...(agent === undefined ? {} : { agent }) }
}
