// Plain values: what a key of a config file, a field of a record and a line of output may hold.
//
// Promise: two values are equal exactly when their canonical texts are, whatever the order of their keys.

import type { hash as Hash } from 'node:crypto'

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }
export type JsonMapping = { readonly [key: string]: Json }

export function isMapping(value: unknown): value is JsonMapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value as JSON text with sorted keys and no spaces. */
export function canonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (!isMapping(value)) return JSON.stringify(value)
  const members = Object.keys(value)
    .toSorted()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key] as Json)}`)
  return `{${members.join(',')}}`
}

export function jsonEquals(a: Json | undefined, b: Json | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return a === b || canonicalJson(a) === canonicalJson(b)
}

let hash: typeof Hash | undefined

/** SHA-256 in lower-case hex: how content is named everywhere. The first loads `node:crypto`, a sixth of a start. */
export function digestOf(content: string | Uint8Array): string {
  hash ??= process.getBuiltinModule('node:crypto').hash
  return hash('sha256', content, 'hex')
}
