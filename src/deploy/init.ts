// `timmy init`: a new sidecar, as the example or as the description of a home that is in use.
//
// Promise: the folder is made whole or not at all, no file that is there is touched, and of the home nothing is
// written. With --from-home the first `timmy plan` is empty, an edited line is the whole second one, and no secret is
// taken over: it is named instead.

import { basename, join, relative } from 'node:path'
import { absolute, placesOf, sidecarRecord, type Places } from '../config/index.ts'
import {
  shellWord,
  TimmyError,
  atomicWrite,
  digestOf,
  ensureFolder,
  exitCodes,
  printable,
  printerOf,
  userFolderOf,
  type Context,
  type OutputFlags,
  type Style,
} from '../core/index.ts'
import { findEngine, resolveHome, type Engine, type EngineTarget } from '../hermes/index.ts'
import { describeHome } from './init/describe-home.ts'
import { destinationAt } from './init/destination.ts'
import { copyExample } from './init/example.ts'
import { commitFirst, type FirstCommit } from './init/first-commit.ts'
import type { LeftOut, Piece } from './init/piece.ts'
import { learnDescribed } from './init/learn.ts'
import { proveDescribed } from './init/prove.ts'
import type { SecretJudge } from './init/secret-judge.ts'
import type { ManifestFacts } from './init/render.ts'

export interface InitFlags extends OutputFlags {
  readonly fromHome: boolean
  readonly home?: string
  readonly profile?: string
  readonly memories: boolean
  /** Make a git repository of it. */
  readonly git: boolean
}

export async function init(this: Context, flags: InitFlags, name: string): Promise<void> {
  refuseLooseFlags(flags)
  const folder = absolute(this, name)
  using destination = destinationAt(folder, this.disk)
  const described = flags.fromHome ? await describeInto(this, flags, folder, destination.draft) : undefined
  if (!described) copyExample(destination.draft, this.disk)
  this.signal.throwIfAborted()
  destination.settle()
  const git = flags.git ? await commitFirst(folder, this.env) : undefined
  await record(this, folder)
  const generation = described ? await learnDescribed(this, folder, described) : undefined
  report(this, flags, { folder, name, described, git, generation })
}

function refuseLooseFlags({ fromHome, home, profile, memories }: InitFlags): void {
  if (fromHome || (home === undefined && profile === undefined && !memories)) return
  const flag = home !== undefined ? '--home' : profile !== undefined ? '--profile' : '--memories'
  const value = home ?? profile
  throw new TimmyError('USAGE', `${flag} says which home is described, and none is without --from-home`, {
    hint: ['timmy init --from-home', flag, ...(value === undefined ? [] : [shellWord(value)])].join(' '),
  })
}

interface DescribedSidecar {
  readonly engine: Engine | undefined
  readonly target: EngineTarget
  readonly pieces: readonly Piece[]
  readonly leftOut: readonly LeftOut[]
  readonly notes: readonly string[]
  readonly agreeing: number
}

async function describeInto(
  context: Context,
  flags: InitFlags,
  folder: string,
  draft: string,
): Promise<DescribedSidecar> {
  const { disk, env, cwd, signal } = context
  const places = placesOf(context)
  const home = flags.home === undefined ? places.homeRoot : absolute(context, flags.home)
  const isNamed = flags.home !== undefined || flags.profile !== undefined
  const target = resolveHome({ cwd, env: isNamed ? { ...env, HERMES_HOME: home } : env }, flags.profile)
  refuseMissing(target, disk.stat(target.home) !== undefined, flags)
  const engine = await findEngine({ cwd, env, disk, stateFolder: places.state, signal })
  const found = await describeHome(target, { disk, env, signal, engine, memories: flags.memories })
  const facts = manifestFacts(context, folder, target, places, engine)
  const { pieces, leftOut, agreeing } = await proveDescribed(context, draft, found.pieces, facts, { engine, target })
  const shown = [...found.leftOut, ...leftOut].map((one) => withoutSecrets(one, found.judge))
  return {
    engine,
    target,
    pieces,
    leftOut: shown.toSorted((a, b) => (a.entry < b.entry ? -1 : 1)),
    notes: found.notes,
    agreeing,
  }
}

/** Names of keys, jobs and files may hold a secret too. */
function withoutSecrets({ entry, why, mend, ...rest }: LeftOut, judge: SecretJudge): LeftOut {
  const shown = (text: string): string => judge.shown(text)
  return { ...rest, entry: shown(entry), why: shown(why), ...(mend !== undefined && { mend: shown(mend) }) }
}

function refuseMissing({ home, profile }: EngineTarget, isThere: boolean, { home: named }: InitFlags): void {
  if (isThere) return
  throw new TimmyError('HOME_MISSING', `there is no Hermes home ${printable(home)} to describe`, {
    hint:
      profile !== 'default'
        ? `hermes profile create ${profile}`
        : named === undefined
          ? 'hermes setup'
          : 'timmy init --from-home --home ~/.hermes',
  })
}

function manifestFacts(
  context: Context,
  folder: string,
  { homeRoot, home, profile }: EngineTarget,
  places: Places,
  engine: Engine | undefined,
): ManifestFacts {
  const user = userFolderOf(context.env)
  const inUser = relative(user, homeRoot)
  const isInUser = inUser !== '' && !inUser.startsWith('..') && user !== '/'
  const version = engine && /^\d+\.\d+/.exec(engine.version)?.[0]
  return {
    name: nameFor(folder),
    // The engine's default home, wherever HERMES_HOME puts it, has one name.
    home: homeRoot === places.homeRoot ? '~/.hermes' : isInUser ? `~/${inUser}` : homeRoot,
    profile,
    host: places.host,
    target: targetName(context, profile === 'default' ? 'local' : profile, home, places.state),
    ...(version !== undefined && { version }),
    ignored: [],
  }
}

/** A name under which nothing was deployed to this home yet: an older record would want its own entries gone. */
function targetName({ disk }: Pick<Context, 'disk'>, wanted: string, home: string, state: string): string {
  const isTaken = (name: string): boolean =>
    disk.stat(join(state, 'deploy', `${name}-${digestOf(home).slice(0, 8)}`, 'state.sqlite')) !== undefined
  let name = wanted
  for (let number = 2; isTaken(name); number += 1) name = `${wanted}-${number}`
  return name
}

function nameFor(folder: string): string {
  const name = basename(folder)
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '')
  return name === '' ? 'sidecar' : name.slice(0, 63)
}

/** From now on commands that are told nothing else use this sidecar. */
async function record(context: Context, folder: string): Promise<void> {
  const places = placesOf(context)
  ensureFolder(places.state, 0o700, context.disk)
  await atomicWrite(sidecarRecord(places), `${folder}\n`, { disk: context.disk })
}

interface Made {
  readonly folder: string
  readonly name: string
  readonly described: DescribedSidecar | undefined
  readonly git: FirstCommit | undefined
  /** The first one, in which the home is as it was found. */
  readonly generation: number | undefined
}

function report(context: Context, flags: InitFlags, made: Made): void {
  const printer = printerOf(context, flags)
  const { folder, described, git } = made
  const next = nextSteps(made)
  printer.report({
    schema: 'timmy.init/1',
    document: {
      folder,
      from: described ? 'home' : 'example',
      home: described?.target.home ?? null,
      profile: described?.target.profile ?? null,
      entries: described?.pieces.map(({ entry }) => entry) ?? [],
      leftOut:
        described?.leftOut.map(({ entry, why, mend, isSecret }) => ({
          entry,
          why,
          mend: mend ?? null,
          secret: isSecret ?? false,
        })) ?? [],
      notes: described?.notes ?? [],
      git: git ?? null,
      generation: made.generation ?? null,
      next,
    },
    text: textOf(made, next, printer.style, flags.verbose),
    exit: exitCodes.done,
  })
}

function nextSteps({ name, described, git }: Made): string[] {
  return [
    `cd ${shellWord(name)}`,
    ...(described ? [] : ['edit timmy.yaml, fleet.yaml, fallback-portfolios.yaml, SOUL.md']),
    'timmy check',
    'timmy plan',
    'timmy deploy',
    ...(git?.next === undefined ? [] : [git.next]),
  ]
}

/** Entries that are named at most, so that what is left out for its secrets is not lost among them. */
const shownLeftOut = 20

function textOf({ folder, described, git }: Made, next: readonly string[], style: Style, isVerbose: boolean): string {
  const lines = [
    `${style.bold(printable(folder))}: ${described ? `describes ${printable(described.target.home)}` : 'a copy of the example sidecar'}`,
  ]
  if (git) lines.push(`  ${git.sentence}`)
  if (described) {
    lines.push(`  ${countsOf(described.pieces)}; the plan is empty, ${described.agreeing} entries agree`)
    for (const note of described.notes) lines.push(style.dim(`  ${note}`))
    lines.push(...leftOutLines(described.leftOut, style, isVerbose))
  }
  lines.push('next:', ...next.map((step) => `  ${step}`))
  return lines.join('\n')
}

function countsOf(pieces: readonly Piece[]): string {
  const count = (kind: Piece['kind'], one: string, many = `${one}s`): string[] => {
    const number = pieces.filter((piece) => piece.kind === kind).length
    return number === 0 ? [] : [`${number} ${number === 1 ? one : many}`]
  }
  const counts = [
    ...count('key', 'setting'),
    ...count('job', 'job'),
    ...count('memory', 'memory entry', 'memory entries'),
    ...count('file', 'file'),
  ]
  return counts.length === 0 ? 'nothing of an owner is in it yet' : counts.join(', ')
}

function leftOutLines(leftOut: readonly LeftOut[], style: Style, isVerbose: boolean): string[] {
  const secrets = leftOut.filter(({ isSecret }) => isSecret)
  const others = leftOut.filter(({ isSecret }) => !isSecret)
  const shown = isVerbose ? others : others.slice(0, shownLeftOut)
  const more = others.length - shown.length
  const lineOf = ({ entry, why, mend }: LeftOut): string[] => [
    `  ${style.yellow(printable(entry))}: ${printable(why)}`,
    ...(mend === undefined ? [] : [style.dim(`      ${printable(mend)}`)]),
  ]
  return [
    ...(secrets.length > 0
      ? ['left out, for they hold secrets; the home keeps them:', ...secrets.flatMap(lineOf)]
      : []),
    ...(shown.length > 0 ? ['left out; the home keeps them:', ...shown.flatMap(lineOf)] : []),
    ...(more > 0 ? [style.dim(`  and ${more} more: --verbose`)] : []),
  ]
}
