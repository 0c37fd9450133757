// Reads a sidecar whole: its files, what they hold, where they go, and everything that is wrong with them.
//
// Promise: never throws for what the files hold or what kind of thing they are; all findings come at once, sorted by
// file and line. Content that was judged before is not read again (verdicts.ts).

import { basename, join } from 'node:path'
import { canonicalJson, digestOf, type Json } from '../core/index.ts'
import { classify, knownFolders, knownNames } from './classify.ts'
import { knownEngineFacts, type EngineFacts } from './engine-facts.ts'
import type { Finding } from './finding.ts'
import { isSettingsKind, lintFiles, maxFileBytes } from './lint-file.ts'
import { combinationsOf, mergeFor, type Readings } from './merge.ts'
import { didYouMean } from './nearest.ts'
import type { MergedLayers, Target } from './overlay.ts'
import { manifestFile, placesOf, type World } from './places.ts'
import type { Reading } from './reading.ts'
import { findingOf, type Whole } from './rule.ts'
import { sidecarRules } from './rules/index.ts'
import { tooMany, unknownPath } from './rules/paths.ts'
import { schemaBroken } from './rules/settings.ts'
import type { Fleet } from './schema/fleet.ts'
import type { Manifest, OwnRule } from './schema/manifest.ts'
import type { Sidecar, SidecarFile } from './sidecar.ts'
import { targetsOf } from './targets.ts'
import { noVerdicts, verdictKey, type VerdictStore } from './verdicts.ts'
import { walkSidecar, type FoundFile } from './walk.ts'

export interface ReadOptions {
  readonly verdicts?: VerdictStore
  readonly engine?: EngineFacts
}

export async function readSidecar(folder: string, world: World, options: ReadOptions = {}): Promise<Sidecar> {
  const reader = new Reader(folder, world, options.verdicts ?? noVerdicts())
  const walked = walkSidecar(world.disk, folder)
  reader.findings.push(...walked.findings)
  // The manifest first: its rules of ownership may claim paths that the map does not know.
  await reader.read(
    walked.files.filter(({ path }) => path === manifestFile),
    [],
  )
  const own = ownRulesOf(reader.readings.get(manifestFile))
  await reader.read(
    walked.files.filter(({ path }) => path !== manifestFile),
    own,
  )
  const manifest = manifestOf(reader.readings.get(manifestFile), folder)
  const fleet = reader.readings.get('fleet.yaml')?.value as Fleet | undefined
  const whole = await wholeOf({ folder, manifest, fleet, reader, engine: options.engine ?? knownEngineFacts })
  const crossFindings = sidecarRules.flatMap((rule) => [...rule.check(whole)].map((hit) => findingOf(rule, hit)))
  return {
    folder,
    manifest,
    fleet,
    targets: targetsOf(manifest, fleet, placesOf(world), world),
    files: whole.files,
    readings: reader.readings,
    findings: sorted([...reader.findings, ...crossFindings]),
    seen: walked.seen,
    isFinal: reader.isFinal,
  }
}

/**
 * The targets of this host alone, without judging what the sidecar wants: a broken one must not stand between a
 * person and the way back.
 */
export async function readTargets(folder: string, world: World, options: ReadOptions = {}): Promise<Target[]> {
  const reader = new Reader(folder, world, options.verdicts ?? noVerdicts())
  const paths = [manifestFile, 'fleet.yaml'].map((path) => ({ path, stat: world.disk.stat(join(folder, path)) }))
  await reader.read(
    paths.flatMap(({ path, stat }) => (stat?.kind === 'file' ? [{ path, stat }] : [])),
    [],
  )
  const manifest = manifestOf(reader.readings.get(manifestFile), folder)
  const fleet = reader.readings.get('fleet.yaml')?.value as Fleet | undefined
  return targetsOf(manifest, fleet, placesOf(world), world)
}

/** Collects files with their digests, verdicts and readings; reads only content that it has no verdict for. */
class Reader {
  readonly files: SidecarFile[] = []
  readonly readings = new Map<string, Reading>()
  readonly findings: Finding[] = []
  /** Every verdict would be the same in another run. */
  isFinal = true
  readonly #folder: string
  readonly #world: World
  readonly #verdicts: VerdictStore

  constructor(folder: string, world: World, verdicts: VerdictStore) {
    this.#folder = folder
    this.#world = world
    this.#verdicts = verdicts
  }

  async read(found: readonly FoundFile[], own: readonly OwnRule[]): Promise<void> {
    let batch: { file: SidecarFile; bytes: Buffer }[] = []
    let batchBytes = 0
    for (const { path, stat } of found) {
      const as = classify(path, own)
      if (as === undefined) this.findings.push(unknownPathFinding(path))
      if (stat.size > maxFileBytes) {
        this.findings.push(findingOf(tooMany, { file: path, message: `${path} is larger than 64 MiB` }))
        continue
      }
      const absolute = `${this.#folder}/${path}`
      const known = this.#verdicts.digestBy(absolute, stat)
      const file = {
        ...(as ?? { layer: 'base', inLayer: path, kind: 'kept' as const }),
        path,
        absolute,
        size: stat.size,
        isExecutable: (stat.mode & 0o111) !== 0,
      }
      if (known !== undefined && this.#recall({ ...file, digest: known })) continue
      const bytes = this.#world.disk.read(absolute)
      const digest = digestOf(bytes)
      this.#verdicts.setDigest(absolute, stat, digest)
      const judged = { ...file, size: bytes.length, digest }
      if (known !== digest && this.#recall(judged)) continue
      batch.push({ file: judged, bytes })
      batchBytes += bytes.length
      if (batchBytes > maxBatchBytes || batch.length >= maxBatchFiles) {
        await this.#judge(batch)
        batch = []
        batchBytes = 0
      }
    }
    await this.#judge(batch)
  }

  #recall(file: SidecarFile): boolean {
    const verdict = this.#verdicts.get(verdictKey(file.path, file.isExecutable, file.digest))
    if (verdict === undefined) return false
    this.#keep(file, verdict.findings, verdict.reading)
    return true
  }

  async #judge(batch: readonly { file: SidecarFile; bytes: Buffer }[]): Promise<void> {
    if (batch.length === 0) return
    for (const { file, findings, reading, isFinal } of await lintFiles(batch)) {
      this.#keep(file, findings, reading)
      this.isFinal &&= isFinal
      if (!isFinal) continue
      const key = verdictKey(file.path, file.isExecutable, file.digest)
      this.#verdicts.set(key, reading === undefined ? { findings } : { findings, reading })
    }
  }

  #keep(file: SidecarFile, findings: readonly Finding[], reading: Reading | undefined): void {
    this.files.push(file)
    this.findings.push(...findings)
    if (reading !== undefined) this.readings.set(file.path, reading)
  }
}

/** Bounds what is in memory at once. */
const maxBatchBytes = 8 * 1024 * 1024
const maxBatchFiles = 64

function unknownPathFinding(path: string): Finding {
  const [top = ''] = path.split('/')
  const near = path.includes('/') ? didYouMean(top, knownFolders) : didYouMean(path, knownNames)
  return findingOf(unknownPath, { file: path, message: `${path} is no path of a sidecar${near}` })
}

function ownRulesOf(reading: Reading | undefined): readonly OwnRule[] {
  return (reading?.value as Manifest | undefined)?.own ?? []
}

/** A manifest that could not be read has findings; a bare one stands in for it so that the rest is judged too. */
function manifestOf(reading: Reading | undefined, folder: string): Manifest {
  return (reading?.value as Manifest | undefined) ?? { timmy: 1, name: basename(folder) }
}

async function wholeOf(parts: {
  folder: string
  manifest: Manifest
  fleet: Fleet | undefined
  reader: Reader
  engine: EngineFacts
}): Promise<Whole> {
  const { folder, manifest, fleet, reader, engine } = parts
  const files = reader.files.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
  const unread = files.filter(({ kind, path }) => isSettingsKind(kind) && !reader.readings.has(path))
  const broken = new Set(unread.map(({ kind }) => kind))
  const from: Readings = { manifest, files, readings: reader.readings }
  const merged: MergedLayers[] = []
  const inhabited = new Set(files.map(({ layer }) => layer))
  const known = new Map<string, MergedLayers>()
  for (const layers of combinationsOf(manifest, fleet)) {
    const key = layers.filter((layer) => inhabited.has(layer)).join(' ')
    const same = known.get(key) ?? mergeFor(from, layers)
    known.set(key, same)
    const { portfolios, ...rest } = { ...same, layers }
    const isSound = portfolios === undefined || (await portfoliosAreSound(portfolios, layers, reader))
    if (!isSound) broken.add('portfolios')
    merged.push(portfolios !== undefined && isSound ? { ...rest, portfolios } : rest)
  }
  return { folder, manifest, fleet, files, readings: reader.readings, merged, engine, broken }
}

/** The base was judged as a file; with a layer over it the merged whole is, for a layer holds only parts. */
async function portfoliosAreSound(
  portfolios: NonNullable<MergedLayers['portfolios']>,
  layers: readonly string[],
  reader: Reader,
): Promise<boolean> {
  const parts = reader.files.filter(({ kind, layer }) => kind === 'portfolios' && layers.includes(layer))
  if (parts.some(({ path }) => !reader.readings.has(path))) return false // told already
  if (portfolios.source.layer === 'base') return true
  const { schemaHits } = await import('./schema-hits.ts')
  const hits = schemaHits('portfolios', portfolios.value as Json)
  for (const { path, message, mend } of hits) {
    const { file, line } = portfolios.sourceOf(path)
    reader.findings.push(findingOf(schemaBroken, { file, line, message, ...(mend === undefined ? {} : { mend }) }))
  }
  return hits.length === 0
}

/** By file and line, each told once however many combinations of layers it is seen in. */
function sorted(findings: readonly Finding[]): Finding[] {
  const unique = new Map(findings.map((finding) => [canonicalJson(finding as unknown as Json), finding]))
  return [...unique.values()].toSorted(
    (a, b) =>
      compare(a.where.file, b.where.file) || (a.where.line ?? 0) - (b.where.line ?? 0) || compare(a.rule, b.rule),
  )
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
