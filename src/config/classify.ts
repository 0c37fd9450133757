// What a path of the sidecar is: which layer, which kind, or nothing that we know.
//
// The table below is the sidecar's map (docs: the sidecar's format); an unknown path is an error, so that a mistyped
// name is not silently left behind.

import { matchesGlob } from 'node:path'
import type { OwnRule } from './schema/manifest.ts'
import type { SidecarFileKind } from './sidecar.ts'

export interface PathClass {
  readonly layer: string
  readonly inLayer: string
  readonly kind: SidecarFileKind
}

const layered: readonly (readonly [RegExp, SidecarFileKind])[] = [
  [/^SOUL\.md$/, 'soul'],
  [/^config\.yaml$/, 'config'],
  [/^config\.defaults\.yaml$/, 'defaults'],
  [/^fallback-portfolios\.yaml$/, 'portfolios'],
  [/^channel_aliases\.json$/, 'aliases'],
  [/^memories\/(?:MEMORY|USER)\.md$/, 'memory'],
  [/^skins\/[^/]+\.yaml$/, 'skin'],
  [/^playbooks\/[^/]+\.yaml$/, 'playbook'],
  [/^cron\/[^/]+\.yaml$/, 'cron'],
  [/^(?:bin\/[^/]+|scripts\/.+|skills\/.+\/.+|hooks\/.+\/.+|plugins\/.+\/.+)$/, 'file'],
]
const baseOnly: readonly (readonly [RegExp, SidecarFileKind])[] = [
  [/^timmy\.yaml$/, 'manifest'],
  [/^fleet\.yaml$/, 'fleet'],
  [/^(?:tasks|training|docs)\//, 'kept'],
  [/^deploy\.sh$/, 'kept'],
]
/** For people and for other programs; anywhere but inside a folder that is deployed whole. */
const litter = /^(?:README|LICEN[CS]E|\.)[^/]*$/i
const deployedWhole = /^(?:skills|hooks|plugins)\/[^/]+\/./

/** Undefined: a path that means nothing here. */
export function classify(path: string, own: readonly OwnRule[]): PathClass | undefined {
  const { layer, inLayer } = splitLayer(path)
  const of = (kind: SidecarFileKind): PathClass => ({ layer, inLayer, kind })
  const known = layer === 'base' ? [...baseOnly, ...layered] : layered
  if (isForPeople(inLayer, layer)) return of('kept')
  const found = known.find(([pattern]) => pattern.test(inLayer))
  if (found !== undefined) return of(found[1])
  return isClaimed(inLayer, own) ? of('file') : undefined
}

/** Paths worth offering when an unknown one looks mistyped. */
export const knownNames: readonly string[] = [
  'timmy.yaml',
  'fleet.yaml',
  'SOUL.md',
  'config.yaml',
  'config.defaults.yaml',
  'fallback-portfolios.yaml',
  'channel_aliases.json',
  'memories/MEMORY.md',
  'memories/USER.md',
  'deploy.sh',
]
export const knownFolders: readonly string[] = [
  'memories',
  'skins',
  'playbooks',
  'cron',
  'bin',
  'scripts',
  'skills',
  'hooks',
  'plugins',
  'tasks',
  'training',
  'hosts',
  'agents',
  'docs',
]

function splitLayer(path: string): { layer: string; inLayer: string } {
  const [, layer, inLayer] = /^((?:hosts|agents)\/[^/]+)\/(.+)$/s.exec(path) ?? []
  return layer === undefined || inLayer === undefined ? { layer: 'base', inLayer: path } : { layer, inLayer }
}

function isForPeople(inLayer: string, layer: string): boolean {
  if (deployedWhole.test(inLayer)) return /(?:^|\/)\.git[^/]*$/.test(inLayer)
  const [top = ''] = inLayer.split('/')
  if (layer === 'base' && top.startsWith('.')) return true
  return litter.test(inLayer.slice(inLayer.lastIndexOf('/') + 1)) && !inLayer.startsWith('scripts/')
}

function isClaimed(inLayer: string, own: readonly OwnRule[]): boolean {
  const rule = own.find(({ match }) => !match.includes('#') && !match.includes('@') && matchesGlob(inLayer, match))
  return rule?.policy === 'file' || rule?.policy === 'seed'
}
