// The layers of a sidecar put together: for one target, or for every host and agent there is.
//
// Settings merge by key (layers.ts), every other file is replaced whole by the highest layer that has it.

import { goneOf, leavesOf, mergeLayers, sourceIn, treeOf, valueOfTree, type Tree } from './layers.ts'
import type {
  MemoryEntries,
  MergedLayers,
  Overlay,
  OverlayFile,
  RemovedKey,
  Source,
  Sourced,
  Target,
} from './overlay.ts'
import { lineAt, type PathKey, type Reading } from './reading.ts'
import type { CronJob } from './schema/cron-job.ts'
import type { Fleet } from './schema/fleet.ts'
import type { Manifest } from './schema/manifest.ts'
import type { Playbook } from './schema/playbook.ts'
import type { Portfolios } from './schema/portfolios.ts'
import type { Sidecar, SidecarFile, SidecarFileKind } from './sidecar.ts'

/** What merging looks at. Files without a reading are left out: they have findings of their own. */
export interface Readings {
  readonly manifest: Manifest
  readonly files: readonly SidecarFile[]
  readonly readings: ReadonlyMap<string, Reading>
}

/** What the sidecar wants of a target. Means something only when the sidecar has no findings of severity error. */
export function overlayOf(sidecar: Sidecar, target: Target): Overlay {
  const role = sidecar.fleet?.agents?.[target.agent ?? '']?.portfolio
  const roleSource = withLine(sidecar, { file: 'fleet.yaml', layer: 'base' }, [
    'agents',
    target.agent ?? '',
    'portfolio',
  ])
  return {
    ...mergeFor(sidecar, layersOf(target.host, target.agent)),
    name: sidecar.manifest.name,
    target,
    ...(role === undefined ? {} : { role: { name: role, source: roleSource } }),
  }
}

function layersOf(host: string | undefined, agent: string | undefined): string[] {
  return ['base', ...(host === undefined ? [] : [`hosts/${host}`]), ...(agent === undefined ? [] : [`agents/${agent}`])]
}

/** Each combination of layers that a host or agent of this sidecar gets. */
export function combinationsOf(manifest: Manifest, fleet: Fleet | undefined): string[][] {
  const agents = Object.entries(fleet?.agents ?? {}).map(([name, { host }]) => layersOf(host, name))
  const targets = Object.values(manifest.targets ?? {}).map(({ host, agent }) => layersOf(host ?? 'local', agent))
  const hosts = Object.keys(fleet?.hosts ?? {}).map((name) => layersOf(name, undefined))
  const all = [...agents, ...targets.filter((layers) => layers.length > 2), ...targets]
  const inhabited = new Set(all.map((layers) => layers[1]))
  const combinations = [...all, ...hosts.filter((layers) => !inhabited.has(layers[1]))]
  const unique = new Map(combinations.map((layers) => [layers.join(' '), layers]))
  return unique.size === 0 ? [['base']] : [...unique.values()]
}

export function mergeFor(from: Readings, layers: readonly string[]): MergedLayers {
  const rank = new Map(layers.map((layer, index) => [layer, index]))
  const files = from.files
    .filter(({ layer, kind }) => rank.has(layer) && kind !== 'kept')
    .toSorted((a, b) => (rank.get(a.layer) ?? 0) - (rank.get(b.layer) ?? 0))
  const config = settings(from, files, 'config')
  const portfolios = portfoliosOf(from, files)
  const winners = [...new Map(files.map((file) => [file.inLayer, file])).values()]
  const soul = winners.find(({ kind }) => kind === 'soul')
  return {
    layers,
    own: (from.manifest.own ?? []).map((rule, index) => ({ rule, source: ownSource(from, index) })),
    config: leavesOf(config),
    defaults: leavesOf(settings(from, files, 'defaults')),
    removed: [...goneOf(config).map((gone): RemovedKey => ({ ...gone, by: 'layer' })), ...removedByManifest(from)],
    aliases: leavesOf(settings(from, files, 'aliases')),
    ...(portfolios === undefined ? {} : { portfolios }),
    playbooks: each<Playbook>(from, winners, 'playbook'),
    cronJobs: each<CronJob>(from, winners, 'cron'),
    memories: winners.filter(({ kind }) => kind === 'memory').map((file) => memoriesOf(from, file)),
    ...(soul === undefined ? {} : { soul: overlayFile(soul) }),
    files: winners.filter(({ kind }) => kind === 'skin' || kind === 'file').map((file) => overlayFile(file)),
  }
}

function settings(from: Readings, files: readonly SidecarFile[], kind: SidecarFileKind): Tree | undefined {
  return mergeLayers(
    files
      .filter((file) => file.kind === kind)
      .flatMap(({ path, layer }) => {
        const reading = from.readings.get(path)
        return reading === undefined ? [] : [treeOf(reading, { file: path, layer })]
      }),
  )
}

function portfoliosOf(from: Readings, files: readonly SidecarFile[]): Sourced<Portfolios> | undefined {
  const tree = settings(from, files, 'portfolios')
  const file = files.findLast(({ kind }) => kind === 'portfolios')
  if (tree === undefined || file === undefined) return undefined
  return {
    value: valueOfTree(tree) as Portfolios,
    source: tree.source,
    file: overlayFile(file),
    sourceOf: (path) => {
      const at = sourceIn(tree, path)
      return withLine(from, at, path)
    },
  }
}

function each<T>(from: Readings, winners: readonly SidecarFile[], kind: SidecarFileKind): Sourced<T>[] {
  return winners
    .filter((file) => file.kind === kind)
    .flatMap((file) => {
      const reading = from.readings.get(file.path)
      if (reading === undefined) return []
      const source: Source = { file: file.path, line: 1, layer: file.layer }
      const sourceOf = (path: readonly PathKey[]): Source => withLine(from, source, path)
      return [{ value: reading.value as T, source, file: overlayFile(file), sourceOf }]
    })
}

function memoriesOf(from: Readings, file: SidecarFile): MemoryEntries {
  const reading = from.readings.get(file.path)
  const texts = (reading?.value ?? []) as readonly string[]
  return {
    file: file.inLayer.endsWith('USER.md') ? 'USER.md' : 'MEMORY.md',
    entries: texts.map((text, index) => ({
      text,
      source: withLine(from, { file: file.path, layer: file.layer }, [index]),
    })),
  }
}

/** Keys without a glob that the manifest marks `remove`; those with one are matched against what is live. */
function removedByManifest(from: Readings): RemovedKey[] {
  return (from.manifest.own ?? []).flatMap(({ match, mode }, index): RemovedKey[] => {
    const [, dotted] = /^config\.yaml#([^*?[\]{}"]+)$/.exec(match) ?? []
    if (mode !== 'remove' || dotted === undefined) return []
    return [{ path: dotted.split('.'), source: ownSource(from, index), by: 'own' }]
  })
}

function ownSource(from: Readings, index: number): Source {
  return withLine(from, { file: 'timmy.yaml', layer: 'base' }, ['own', index])
}

function withLine(from: Readings, source: Source, path: readonly PathKey[]): Source {
  const line = lineAt(from.readings.get(source.file)?.lines ?? {}, path) ?? source.line
  return line === undefined ? source : { ...source, line }
}

function overlayFile(file: SidecarFile): OverlayFile {
  return {
    path: file.inLayer,
    absolute: file.absolute,
    size: file.size,
    digest: file.digest,
    isExecutable: file.isExecutable,
    source: { file: file.path, layer: file.layer },
  }
}
