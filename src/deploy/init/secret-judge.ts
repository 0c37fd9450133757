// Which values and texts of a home may not be written into a sidecar, because they hold a secret or may.
//
// A secret is known by the name that it stands under, by its shape, or because it is a value of the home's .env or of
// our environment. Promise: an answer says why and where to, never the value. Wrong towards caution: a value left out
// wrongly is named and costs one line; one taken in wrongly is in git for good.

import {
  isMapping,
  isSecretName,
  looksLikeSecret,
  redactText,
  secretsOf,
  type Disk,
  type Json,
} from '../../core/index.ts'
import { homeEnvOf } from '../home-env.ts'

export interface SecretJudge {
  /** Why a value under this key path is a secret; undefined when it is none. */
  inValue(path: readonly string[], value: Json): SecretFound | undefined
  /** Why a text holds a secret. */
  inText(text: string): SecretFound | undefined
  /** The text without any of the known secrets, for showing names. */
  shown(text: string): string
}

export interface SecretFound {
  readonly why: string
  /** The variable of .env that has it already. */
  readonly variable?: string
}

type Environment = Readonly<Record<string, string | undefined>>

/** Shorter values are words of every text. */
const minKnownLength = 6

/** A judge that knows the secrets of these homes' .env files and of our own environment. Nothing of them is kept. */
export function secretJudge(disk: Disk, homes: readonly string[], env: Environment): SecretJudge {
  const known = new Map<string, string>()
  for (const value of secretsOf(env)) known.set(value, nameOf(env, value))
  for (const home of homes) for (const [name, value] of variablesIn(disk, home)) known.set(value, name)
  const secrets = [...known].filter(([value]) => value.length >= minKnownLength)

  function inText(text: string): SecretFound | undefined {
    const shape = looksLikeSecret(text)
    const [, variable] = secrets.find(([value]) => text.includes(value)) ?? []
    if (variable !== undefined) return { why: `it holds the value of ${variable}`, variable }
    return shape === undefined ? undefined : { why: `it looks like a ${shape}` }
  }

  function inValue(path: readonly string[], value: Json): SecretFound | undefined {
    if (typeof value === 'string') return inString(path, value)
    const isLongNumber = typeof value === 'number' && Math.abs(value) > 999
    if (isLongNumber && isUnderSecretName(path)) return { why: 'its name is that of a secret' }
    if (Array.isArray(value)) return inList(path, value)
    if (!isMapping(value)) return undefined
    return firstOf(Object.entries(value).map(([key, member]) => inValue([...path, key], member)))
  }

  function inString(path: readonly string[], text: string): SecretFound | undefined {
    const literal = text.replaceAll(/\$\{[A-Za-z_][A-Za-z0-9_]*\}/g, '').trim()
    if (literal === '') return undefined // names its secret, or says nothing
    const found = inText(text)
    if (found) return found
    const isReferenceWithPrefix = literal !== text.trim() && literal.length <= 12 // Bearer ${TOKEN}
    if (isUnderSecretName(path) && !isReferenceWithPrefix) return { why: 'its name is that of a secret' }
    if (namesSecretInside(text)) return { why: 'it names a secret and holds a value for it' }
    return isRandom(literal) ? { why: 'it looks like a key without a known form' } : undefined
  }

  /** An argument list: `--token`, then the token. */
  function inList(path: readonly string[], list: readonly Json[]): SecretFound | undefined {
    return firstOf(
      list.map((item, index) => {
        const before = list[index - 1]
        const isArgument = typeof before === 'string' && /^--?[A-Za-z]/.test(before) && isSecretName(before)
        return inValue(isArgument ? [...path, before] : path, item)
      }),
    )
  }

  return { inValue, inText, shown: (text) => redactText(text, known.keys()) }
}

const isUnderSecretName = (path: readonly string[]): boolean => path.some(isSecretName)

/** `--api-key=…`, `?token=…`, `PASSWORD=…` inside a value. */
function namesSecretInside(text: string): boolean {
  return [...text.matchAll(/([A-Za-z][\w-]{1,40})[=:]\s*["']?([^\s"'&${]{6,})/g)].some(([, name]) =>
    isSecretName(name ?? ''),
  )
}

/** Letters and digits mixed in one long run, as no word, path or model name has them. */
function isRandom(text: string): boolean {
  return (text.match(/[A-Za-z0-9]{20,}/g) ?? []).some((run) => /\d.*\d/.test(run) && /[A-Za-z].*[A-Za-z]/.test(run))
}

function firstOf<T>(found: readonly (T | undefined)[]): T | undefined {
  return found.find((one) => one !== undefined)
}

const nameOf = (env: Environment, value: string): string => Object.keys(env).find((name) => env[name] === value) ?? ''

/** Variables of a home's .env whose name or value is that of a secret. */
function variablesIn(disk: Disk, home: string): [name: string, value: string][] {
  return [...homeEnvOf(disk, home)].filter(
    ([name, value]) => value !== '' && (isSecretName(name) || looksLikeSecret(value) !== undefined || isRandom(value)),
  )
}
