// Key paths in plain values.

import { isMapping, type Json } from '../../core/index.ts'
import type { KeyPart } from '../document.ts'

export function valueAt(value: Json, path: readonly string[]): Json | undefined {
  let found: Json | undefined = value
  for (const key of path) found = isMapping(found) && Object.hasOwn(found, key) ? found[key] : undefined
  return found
}

/** Every leaf: scalars, lists and empty mappings, in file order. */
export function leafParts(value: Json, path: readonly string[] = []): KeyPart[] {
  const isBranch = isMapping(value) && (Object.keys(value).length > 0 || path.length === 0)
  if (!isBranch) return [{ kind: 'key', path }]
  return Object.entries(value).flatMap(([key, member]) => leafParts(member, [...path, key]))
}
