// Values as they may be shown: secrets hidden by the name of their key and by their look, foreign text made harmless.

import { isMapping, isSecretName, maskValue, printable, redactText, type Json } from '../core/index.ts'
import type { Change } from './plan.ts'

const longestShown = 160

/** The value with everything hidden that a key name or its own look marks as a secret. */
export function withoutSecrets(value: Json, names: readonly string[] = []): Json {
  if (names.some(isSecretName)) return maskValue(value)
  if (Array.isArray(value)) return value.map((item) => withoutSecrets(item))
  if (isMapping(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, withoutSecrets(member, [name])]))
  }
  return typeof value === 'string' ? redactText(value) : value
}

/** One line of text for a value of a key or record. */
export function shownValue(value: Json | undefined, names: readonly string[] = [], longest = longestShown): string {
  if (value === undefined) return '(absent)'
  const safe = withoutSecrets(value, names)
  const text = printable(typeof safe === 'string' && !isMistakable(safe) ? safe : JSON.stringify(safe))
  return text.length > longest ? `${text.slice(0, longest)} …` : text
}

/** A text that would read as another value without its quotes: an empty one, `60`, `true`, `null`. */
const isMistakable = (text: string): boolean =>
  text.trim() !== text || /^(?:|true|false|null|[-+.\d][\d.e+-]*|\[\]|\{\}|\(absent\))$/i.test(text)

/** The names under which a change's value stands, for `isSecretName`. */
export const namesOf = ({ part }: Pick<Change, 'part'>): readonly string[] => (part?.kind === 'key' ? part.path : [])
