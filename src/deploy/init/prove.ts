// The proof that a described home is described: what `timmy check` and `timmy plan` would say is asked before the
// sidecar is handed over, and what they object to is left out and named.
//
// Promise: when this returns, the files in the draft have no finding of severity error and the plan towards the home
// is empty. Each round leaves something out, so it ends. Our state is not touched: it works on one of its own.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Finding } from '../../config/index.ts'
import { ensureFolder, type Context, type Disk } from '../../core/index.ts'
import type { Engine, EngineTarget } from '../../hermes/index.ts'
import { noDecisions } from '../decision.ts'
import { desiredTargets, type DesiredTargets } from '../desired-targets.ts'
import { engineFactsOf } from '../engine-facts.ts'
import { openTarget } from '../open-target.ts'
import { conflictsOf, driftOf, type Change } from '../plan.ts'
import { planTarget } from '../plan-target.ts'
import type { LeftOut, Piece } from './piece.ts'
import { pieceAtLine, renderSidecar, type ManifestFacts, type RenderedFile } from './render.ts'

export interface Proof {
  readonly pieces: readonly Piece[]
  /** What was left out on the way. */
  readonly leftOut: readonly LeftOut[]
  /** Entries that the sidecar and the home agree on. */
  readonly agreeing: number
}

export interface ProvedOn {
  readonly engine: Engine | undefined
  readonly target: EngineTarget
}

type World = Pick<Context, 'cwd' | 'env' | 'disk' | 'now' | 'signal'>

/** Writes the sidecar into `draft` and proves it, leaving out what does not hold. */
export async function proveDescribed(
  context: Context,
  draft: string,
  described: readonly Piece[],
  facts: ManifestFacts,
  on: ProvedOn,
): Promise<Proof> {
  const { cwd, disk, signal, env } = context
  const state = mkdtempSync(join(tmpdir(), 'timmy-init-'))
  try {
    const world = { cwd, disk, signal, env: { ...env, TIMMY_STATE_DIR: state }, now: () => context.now() }
    return await prove(world, draft, described, facts, { ...on, state })
  } finally {
    rmSync(state, { recursive: true, force: true })
  }
}

async function prove(
  world: World,
  draft: string,
  described: readonly Piece[],
  facts: ManifestFacts,
  on: ProvedOn & { readonly state: string },
): Promise<Proof> {
  let pieces = described
  let ignored = facts.ignored
  const leftOut: LeftOut[] = []
  for (;;) {
    world.signal.throwIfAborted()
    const rendered = renderSidecar(pieces, { ...facts, ignored })
    writeDraft(draft, rendered, world.disk)
    const wanted = await desiredTargets(world, draft, { facts: engineFactsOf(on.engine), found: on.engine })
    const errors = wanted.findings.filter(({ severity }) => severity === 'error')
    const { open, agreeing } = errors.length > 0 ? { open: [], agreeing: 0 } : compareHome(world, wanted, on)
    if (errors.length === 0 && open.length === 0) return { pieces, leftOut, agreeing }
    const objections = [
      ...errors.map((error) => objectionOf(error, pieces, rendered)),
      ...open.map((change) => ({ pieces: piecesOf(change, pieces), why: whyOf(change) })),
    ]
    const gone = new Set(objections.flatMap((objection) => objection.pieces))
    const strangers = open.filter((change) => piecesOf(change, pieces).length === 0)
    if (gone.size === 0 && strangers.length === 0) {
      throw new Error(
        `the sidecar of a described home is not sound: ${errors.map(({ message }) => message).join('; ')}`,
      )
    }
    leftOut.push(...objections.flatMap(leftOutBy))
    pieces = pieces.filter((piece) => !gone.has(piece))
    ignored = [...ignored, ...strangers.map(({ entry }) => ({ entry, why: whyIgnored(entry) }))]
  }
}

/** What a plan would do or ask; nothing is written. */
function compareHome(
  { disk, now }: World,
  { targets }: DesiredTargets,
  { target, state }: ProvedOn & { readonly state: string },
): { open: Change[]; agreeing: number } {
  const found = targets.find(({ target: { home } }) => home === target.home)
  if (!found) throw new Error(`the home ${target.home} is no target of the sidecar that describes it`)
  using open = openTarget(found.target, { disk, stateFolder: state, now: now(), writes: false })
  const { plan } = planTarget({ disk, open, desired: found.entries, decisions: noDecisions, now: now() })
  const kept = new Set([...conflictsOf(plan), ...driftOf(plan)])
  const differing = plan.changes.filter((change) => change.action !== 'none' || kept.has(change))
  return { open: differing, agreeing: found.entries.length - differing.length }
}

interface Objection {
  readonly pieces: readonly Piece[]
  readonly why: string
  readonly mend?: string
  readonly isSecret?: true
}

function objectionOf(
  { where, message, mend, rule }: Finding,
  pieces: readonly Piece[],
  rendered: readonly RenderedFile[],
): Objection {
  const isSecret = rule.startsWith('secret-') ? { isSecret: true as const } : {}
  return { pieces: piecesAt(where, pieces, rendered), why: message, mend, ...isSecret }
}

/** What a finding is about: one setting by its line, else everything of the file, and of its folder where that is whole. */
function piecesAt(
  { file, line }: Finding['where'],
  pieces: readonly Piece[],
  rendered: readonly RenderedFile[],
): Piece[] {
  const inFile = pieces.filter((piece) => piece.file === file)
  const units = new Set(inFile.flatMap((piece) => (piece.kind === 'file' ? [piece.unit] : [])))
  const text = rendered.find(({ path }) => path === file)?.content
  if (file === 'config.yaml' && line !== undefined && text) {
    return pieceAtLine(pieces, file, Buffer.from(text).toString('utf8'), line)
  }
  return pieces.filter((piece) => inFile.includes(piece) || (piece.kind === 'file' && units.has(piece.unit)))
}

function piecesOf(change: Change, pieces: readonly Piece[]): Piece[] {
  return change.root === 'workspace' ? [] : pieces.filter(({ entry }) => entry === change.entry)
}

function whyOf({ class: entryClass, reason }: Change): string {
  return `a deploy would change it (${reason ?? entryClass})`
}

function whyIgnored(entry: string): string {
  if (entry === 'timmy:SOUL.md') {
    return 'The workspace has no such SOUL.md yet. Remove this rule, and a deploy writes the same one there.'
  }
  return 'The home has no such entry. Remove this rule, and a deploy writes it.'
}

function leftOutBy({ pieces, why, mend, isSecret }: Objection): LeftOut[] {
  const names = new Set(pieces.map((piece) => (piece.kind === 'file' ? piece.unit : piece.entry)))
  return [...names].map((entry) => ({ entry, why, ...(mend !== undefined && { mend }), ...(isSecret && { isSecret }) }))
}

function writeDraft(draft: string, files: readonly RenderedFile[], disk: Disk): void {
  for (const name of disk.list(draft)) rmSync(join(draft, name), { recursive: true })
  for (const { path, content, mode } of files) {
    ensureFolder(dirname(join(draft, path)), 0o755, disk)
    disk.create(join(draft, path), content, mode)
  }
}
