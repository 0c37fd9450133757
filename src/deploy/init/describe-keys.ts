// config.yaml and channel_aliases.json of a home as leaves of a sidecar.
//
// Left out without a word: what the engine keeps for itself, what says nothing (null, empty mappings), and what equals
// the engine's own default, for on disk it would shadow a later one. Named: secrets.

import { jsonEquals, isMapping, type Json } from '../../core/index.ts'
import { askEngine, type Document, type Engine, type EngineTarget } from '../../hermes/index.ts'
import { entryName, keyText } from '../entry-name.ts'
import type { Described, KeyPiece, LeftOut } from './piece.ts'
import type { SecretFound, SecretJudge } from './secret-judge.ts'

interface LiveLeaf {
  readonly path: readonly string[]
  readonly value: Json
}

export interface DescribedSettings extends Described {
  /** How many leaves were left out because they equal the engine's default; undefined: no engine could be asked. */
  readonly defaults?: number
}

export async function describeSettings(
  document: Document,
  judge: SecretJudge,
  asked: {
    readonly engine: Engine | undefined
    readonly target: EngineTarget
    readonly env: Readonly<Record<string, string | undefined>>
    readonly signal: AbortSignal
  },
): Promise<DescribedSettings> {
  const leaves = leavesOf(document).filter(({ path }) => !belongsToEngine(path))
  const defaults = await defaultsOf(leaves, asked)
  const own = leaves.filter(({ value }, index) => {
    const usual = defaults?.[index]
    return usual === undefined || !jsonEquals(usual, value)
  })
  const described = describeLeaves('config.yaml', own, judge)
  return defaults ? { ...described, defaults: leaves.length - own.length } : described
}

export function describeAliases(document: Document, judge: SecretJudge): Described {
  return describeLeaves('channel_aliases.json', leavesOf(document), judge)
}

function leavesOf(document: Document): LiveLeaf[] {
  return document.parts().flatMap((part): LiveLeaf[] => {
    const value = part.kind === 'key' && part.path.length > 0 ? document.get(part) : undefined
    if (part.kind !== 'key' || value === undefined || value === null) return []
    return isMapping(value) && Object.keys(value).length === 0 ? [] : [{ path: part.path, value }]
  })
}

/** The engine counts versions and ticks off its onboarding by itself. */
function belongsToEngine([root = '']: readonly string[]): boolean {
  return root === '_config_version' || root === 'onboarding'
}

async function defaultsOf(
  leaves: readonly LiveLeaf[],
  { engine, target, env, signal }: Parameters<typeof describeSettings>[2],
): Promise<(Json | undefined)[] | undefined> {
  if (!engine || leaves.length === 0) return undefined
  const { keys } = await askEngine(engine, target, { keys: leaves.map(({ path }) => ({ path })) }, { env, signal })
  if (!keys.known) return undefined
  return keys.value.map((answer) => (answer.state === 'unknown' ? undefined : answer.default))
}

function describeLeaves(file: KeyPiece['file'], leaves: readonly LiveLeaf[], judge: SecretJudge): Described {
  const pieces: KeyPiece[] = []
  const leftOut: LeftOut[] = []
  for (const { path, value } of leaves) {
    const entry = entryName('home', file, { kind: 'key', path })
    const found = judge.inValue(path, value) ?? judge.inText(path.join(' '))
    if (found) leftOut.push(secretLeftOut(entry, file, { path, value }, found))
    else pieces.push({ kind: 'key', entry, file, path, value })
  }
  return { pieces, leftOut }
}

/** A secret that stays where it is, and how to name it in the sidecar instead. */
function secretLeftOut(
  entry: string,
  file: KeyPiece['file'],
  { path, value }: LiveLeaf,
  { why, variable }: SecretFound,
): LeftOut {
  if (file !== 'config.yaml') return { entry, why, mend: `take it out of ${file} of the home`, isSecret: true }
  const name = variable ?? variableFor(path)
  const put = variable === undefined ? `put it into the .env of the home as ${name}, then ` : ''
  const write =
    typeof value === 'string'
      ? `write ${keyText(path)}: \${${name}} into the config.yaml of the sidecar`
      : `write ${keyText(path)} into the config.yaml of the sidecar, with \${${name}} in place of the secret`
  return { entry, why, mend: put + write, isSecret: true }
}

/** `model.api_key` → MODEL_API_KEY, which the engine would read from .env too. */
function variableFor(path: readonly string[]): string {
  const last = path.at(-1) ?? ''
  if (/^[A-Z][A-Z0-9_]{3,}$/.test(last)) return last
  const name = path
    .slice(-3)
    .join('_')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/[^A-Za-z0-9]+/g, '_')
    .toUpperCase()
  return /^[A-Z]/.test(name) ? name : `KEY_${name}`
}
