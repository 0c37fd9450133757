// Layers of settings, merged: base < hosts/<host> < agents/<agent>.
//
// Mappings merge by key; a scalar or a list replaces what is below it whole; null takes a key out. The winner is
// the highest layer that names the leaf, and it is remembered with its line.
//
// Promise: merging is associative, and an empty tree changes nothing. That is why null stays in the tree as a mark until
// the leaves are read off, and why a mapping that was laid over something that is no mapping remembers to hide it.

import { isMapping, type Json } from '../core/index.ts'
import type { Leaf, Source } from './overlay.ts'
import { lineAt, type Reading } from './reading.ts'

export type Tree =
  | { readonly kind: 'leaf'; readonly value: Json; readonly source: Source }
  | { readonly kind: 'gone'; readonly source: Source }
  | {
      readonly kind: 'mapping'
      readonly members: ReadonlyMap<string, Tree>
      readonly source: Source
      /** Nothing of the layers below shows through. */
      readonly hidesLower: boolean
    }

/** The tree of one file. */
export function treeOf(reading: Reading, origin: Omit<Source, 'line'>): Tree {
  const sourceAt = (path: readonly string[]): Source => {
    const line = lineAt(reading.lines, path)
    return line === undefined ? origin : { ...origin, line }
  }
  const build = (value: Json, path: readonly string[]): Tree => {
    if (value === null && path.length > 0) return { kind: 'gone', source: sourceAt(path) }
    if (!isMapping(value)) return { kind: 'leaf', value, source: sourceAt(path) }
    const members = new Map(Object.entries(value).map(([key, member]) => [key, build(member, [...path, key])]))
    return { kind: 'mapping', members, source: sourceAt(path), hidesLower: false }
  }
  return build(reading.value ?? {}, [])
}

/** `upper` laid over `lower`. */
export function mergeTrees(lower: Tree, upper: Tree): Tree {
  if (upper.kind !== 'mapping' || upper.hidesLower) return upper
  if (lower.kind !== 'mapping') return { ...upper, hidesLower: true }
  const members = new Map(lower.members)
  for (const [key, member] of upper.members) {
    const below = members.get(key)
    members.set(key, below === undefined ? member : mergeTrees(below, member))
  }
  return { ...upper, members, hidesLower: lower.hidesLower }
}

export function mergeLayers(trees: readonly Tree[]): Tree | undefined {
  return trees.length === 0 ? undefined : trees.reduce(mergeTrees)
}

/** The leaves, in the order of the lowest layer that names each. */
export function leavesOf(tree: Tree | undefined): Leaf[] {
  return [...walk(tree)].flatMap(({ path, tree: part }) => {
    if (part.kind === 'leaf') return [{ path, value: part.value, source: part.source }]
    const isEmptyMapping = part.kind === 'mapping' && part.members.size === 0 && path.length > 0
    return isEmptyMapping ? [{ path, value: {}, source: part.source }] : []
  })
}

/** The keys that a layer took out. */
export function goneOf(tree: Tree | undefined): { readonly path: readonly string[]; readonly source: Source }[] {
  return [...walk(tree)].flatMap(({ path, tree: part }) =>
    part.kind === 'gone' ? [{ path, source: part.source }] : [],
  )
}

/** The merged value, without what was taken out. */
export function valueOfTree(tree: Tree): Json {
  if (tree.kind === 'leaf') return tree.value
  if (tree.kind === 'gone') return null
  const members = [...tree.members].filter(([, member]) => member.kind !== 'gone')
  return Object.fromEntries(members.map(([key, member]) => [key, valueOfTree(member)]))
}

/** Where a part was declared; parts inside a list have the source of the list. */
export function sourceIn(tree: Tree, path: readonly (string | number)[]): Source {
  const [key, ...rest] = path
  const member = tree.kind === 'mapping' && key !== undefined ? tree.members.get(String(key)) : undefined
  return member === undefined ? tree.source : sourceIn(member, rest)
}

function* walk(
  tree: Tree | undefined,
  path: readonly string[] = [],
): Generator<{ path: readonly string[]; tree: Tree }> {
  if (tree === undefined) return
  yield { path, tree }
  if (tree.kind !== 'mapping') return
  for (const [key, member] of tree.members) yield* walk(member, [...path, key])
}
