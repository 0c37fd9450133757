// Owned values: which part of a live value is ours, and what it becomes when ours is written into it.
//
// A list may be owned by membership (`union`) or by an id field of its items (`by`), a record by the fields that we
// name. Comparing goes by the projection onto what is ours, so another's items and fields are never a difference
// and never lost.
//
// Law: `project(merge(live, desired, applied), …)` equals the desired value (test/deploy/owned-value.test.ts).

import { canonicalJson, digestOf, isMapping, type Json } from '../core/index.ts'
import type { ListRule } from './entry.ts'

/** How a value is owned; `fields` is the rule of records: the fields that we name. */
export type Ownership = ListRule | 'fields'

/** The part of `live` that is ours, given what we want and what we wrote. */
export function project(live: Json, desired: Json | undefined, applied: Json | undefined, rule: Ownership): Json {
  if (rule === 'fields') return projectFields(live, desired, applied)
  if (rule === 'atomic' || !Array.isArray(live)) return isEmptyMapping(desired) && isMapping(live) ? {} : live
  const keyOf = itemKey(rule)
  const ours = new Set([...itemsOf(desired), ...itemsOf(applied)].map(keyOf))
  return live.filter((item) => ours.has(keyOf(item)))
}

/**
 * The value to write: `desired` laid into `live`, with what only `applied` had taken out. An item that was there
 * before us, in `original`, stays as it was then.
 */
export function merge(
  live: Json | undefined,
  desired: Json,
  applied: Json | undefined,
  rule: Ownership,
  original?: Json,
): Json {
  if (rule === 'fields' || rule === 'atomic' || !Array.isArray(live)) return desired
  const keyOf = itemKey(rule)
  const wanted = new Map(itemsOf(desired).map((item) => [keyOf(item), item]))
  const dropped = new Set(
    itemsOf(applied)
      .map(keyOf)
      .filter((key) => !wanted.has(key)),
  )
  const before = new Map(itemsOf(original).map((item) => [keyOf(item), item]))
  const kept = live.flatMap((item) => {
    const key = keyOf(item)
    const left = dropped.has(key) ? before.get(key) : item
    const next = wanted.get(key) ?? left
    return next === undefined ? [] : [next]
  })
  const present = new Set(kept.map(keyOf))
  return [...kept, ...[...wanted].filter(([key]) => !present.has(key)).map(([, item]) => item)]
}

/** The list without our items: what stays when we let go of a list that is shared. */
export function without(live: Json, applied: Json, rule: Ownership, original?: Json): Json | undefined {
  if (rule === 'atomic' || rule === 'fields' || !Array.isArray(live)) return undefined
  return merge(live, [], applied, rule, original)
}

/** Digest of an owned value: for a list owned by membership or id neither order nor repetition counts. */
export function digestOfOwned(value: Json, rule: Ownership): string {
  const isUnordered = rule !== 'atomic' && rule !== 'fields' && Array.isArray(value)
  return digestOf(
    isUnordered ? JSON.stringify([...new Set(value.map(canonicalJson))].toSorted()) : canonicalJson(value),
  )
}

function projectFields(live: Json, desired: Json | undefined, applied: Json | undefined): Json {
  if (!isMapping(live)) return live
  const named = isMapping(desired) ? desired : isMapping(applied) ? applied : undefined
  if (!named) return live
  return Object.fromEntries(Object.keys(named).map((field) => [field, live[field] ?? null]))
}

function itemKey(rule: Exclude<ListRule, 'atomic'>): (item: Json) => string {
  if (rule === 'union') return canonicalJson
  return (item) => {
    const id = isMapping(item) ? item[rule.by] : undefined
    return canonicalJson(id ?? item)
  }
}

const itemsOf = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : [])

/** `{}`: the one value that is ours and may hold what is another's. */
export function isEmptyMapping(value: Json | undefined): boolean {
  return isMapping(value) && Object.keys(value).length === 0
}
