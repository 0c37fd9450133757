// Key paths in plain values.

import { isMapping, isTagged, type Json, type JsonMapping } from '../../core/index.ts'
import type { KeyPart } from '../document.ts'

export function valueAt(value: Json, path: readonly string[]): Json | undefined {
  let found: Json | undefined = value
  for (const key of path) found = isBranch(found) && Object.hasOwn(found, key) ? found[key] : undefined
  return found
}

/** Every leaf: scalars, lists and empty mappings, in file order. */
export function leafParts(value: Json, path: readonly string[] = []): KeyPart[] {
  const isLeaf = !isBranch(value) || (Object.keys(value).length === 0 && path.length > 0)
  if (isLeaf) return [{ kind: 'key', path }]
  return Object.entries(value).flatMap(([key, member]) => leafParts(member, [...path, key]))
}

/** The tree with one key set or taken out; parents are made as needed, and never left out for being empty. */
export function withValueAt(
  tree: JsonMapping,
  [key, ...rest]: readonly string[],
  value: Json | undefined,
): JsonMapping {
  if (key === undefined) throw new Error('a key path is empty')
  const below = Object.hasOwn(tree, key) ? tree[key] : undefined
  const branch = isBranch(below) ? below : undefined
  if (rest.length > 0 && value === undefined && !branch) return tree
  const next = rest.length > 0 ? withValueAt(branch ?? {}, rest, value) : value
  const others = Object.entries(tree).map(([name, member]): [string, Json] => [
    name,
    name === key ? (next ?? null) : member,
  ])
  if (next === undefined) return Object.fromEntries(others.filter(([name]) => name !== key))
  return Object.fromEntries(Object.hasOwn(tree, key) ? others : [...others, [key, next]])
}

/** The outermost mappings that held something before and nothing since these keys were taken out. */
export function emptiedBy(before: Json, after: Json, taken: readonly (readonly string[])[]): (readonly string[])[] {
  const outermost = taken.flatMap((path) => {
    const depths = path.slice(1).map((_, index) => path.slice(0, index + 1))
    const found = depths.find((above) => isFilled(valueAt(before, above)) && isBare(valueAt(after, above)))
    return found ? [found] : []
  })
  return [...new Map(outermost.map((path) => [JSON.stringify(path), path])).values()]
}

/** A mapping without a leaf. */
function isBare(value: Json | undefined): boolean {
  return isBranch(value) && Object.values(value).every(isBare)
}

function isFilled(value: Json | undefined): boolean {
  return isBranch(value) && Object.keys(value).length > 0
}

function isBranch(value: Json | undefined): value is JsonMapping {
  return isMapping(value) && !isTagged(value)
}
