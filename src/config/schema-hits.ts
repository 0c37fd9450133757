// What a schema says about a value, in sentences with the key, its place and the nearest known name.
//
// Promise: no sentence holds the value that was found. Loads zod; import it lazily.

import type { z } from 'zod'
import { isMapping, type Json } from '../core/index.ts'
import { didYouMean, nearestName } from './nearest.ts'
import type { PathKey } from './reading.ts'
import { schemas, type SchemaName } from './schema/index.ts'

export interface SchemaHit {
  readonly path: readonly PathKey[]
  readonly message: string
  readonly mend?: string
}

export function schemaHits(name: SchemaName, value: Json): SchemaHit[] {
  const schema: z.ZodType = schemas[name]
  const judged = schema.safeParse(value)
  if (judged.success) return []
  return judged.error.issues.flatMap((issue) => hitsOf(issue, schema, value))
}

type Issue = z.core.$ZodIssue

function hitsOf(issue: Issue, schema: z.ZodType, value: Json): SchemaHit[] {
  const path = issue.path.filter((key) => typeof key !== 'symbol')
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(key, path, schema))
  if (issue.code === 'invalid_union') return unionHits(issue, path, schema, value)
  if (issue.code === 'invalid_key') {
    const why = issue.issues.map(({ message }) => message).join(', ')
    return [{ path, message: `${nameOf(path)} cannot be named so: ${why}` }]
  }
  const read = issue.code === 'invalid_type' && issue.expected === 'string' ? kindOf(partAt(value, path)) : undefined
  if (read !== undefined) {
    return [{ path, message: `${nameOf(path)} must be a text; YAML reads ${read} here`, mend: 'put it in quotes' }]
  }
  return [{ path, message: sentenceOf(issue, path, value) }]
}

function unknownKey(key: string, path: PathKey[], schema: z.ZodType): SchemaHit {
  const known = keysAt(schema, path)
  const place = path.length === 0 ? '' : ` under ${nameOf(path)}`
  const nearest = nearestName(key, known)
  const isWord = /^(?:true|false)$/.test(key) ? ' (YAML 1.1 reads on, off, yes and no as true and false)' : ''
  return {
    path: [...path, key],
    message: `unknown key "${key}"${place}${isWord}${didYouMean(key, known)}`,
    mend: nearest === undefined ? `remove it; known here: ${known.join(', ')}` : `write "${nearest}"`,
  }
}

/** Of the shapes that would do, the one that the value has the right kind for: what it says against the value. */
function unionHits(
  issue: Issue & { code: 'invalid_union' },
  path: PathKey[],
  schema: z.ZodType,
  value: Json,
): SchemaHit[] {
  const isOfOtherKind = (inner: Issue): boolean => inner.code === 'invalid_type' && inner.path.length === 0
  const near = issue.errors.filter((errors) => !errors.some(isOfOtherKind))
  const [nearest] = near
  if (nearest !== undefined && near.length > 1 && near.flat().every((inner) => inner.path.length === 0)) {
    return [
      {
        path,
        message: `${nameOf(path)} must be ${near
          .flat()
          .map(({ message }) => message)
          .join(', or ')}`,
      },
    ]
  }
  if (nearest !== undefined) {
    return nearest.flatMap((inner) => hitsOf({ ...inner, path: [...path, ...inner.path] }, schema, value))
  }
  const expected = issue.errors.flat().map(({ message }) => message.replace(/^Invalid input: |, received .*$/g, ''))
  return [{ path, message: `${nameOf(path)}: ${[...new Set(expected)].join(', or ')}` }]
}

function sentenceOf(issue: Issue, path: PathKey[], value: Json): string {
  if (issue.code === 'invalid_type' && partAt(value, path) === undefined)
    return `${nameOf(path)} is missing: ${issue.expected} expected`
  if (issue.code === 'invalid_format') return `${nameOf(path)} must be ${issue.message}`
  const text = issue.message.replace(/^Invalid input: /, '').replace(/^Invalid option: /, '')
  return `${nameOf(path)}: ${text.charAt(0).toLowerCase()}${text.slice(1)}`
}

/** Undefined when nothing is there. */
function partAt(value: Json, path: readonly PathKey[]): unknown {
  let part: unknown = value
  for (const key of path) {
    if (typeof part !== 'object' || part === null || !Object.hasOwn(part, key)) return undefined
    part = (part as Record<PathKey, unknown>)[key]
  }
  return part
}

/** What YAML made of a plain text that was not meant so. */
function kindOf(part: unknown): string | undefined {
  if (typeof part === 'number') return 'a number'
  if (typeof part === 'boolean') return 'true or false'
  return isMapping(part) && '$timestamp' in part ? 'a point in time' : undefined
}

function nameOf(path: readonly PathKey[]): string {
  if (path.length === 0) return 'the file'
  return path.map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${key}`)).join('')
}

/** The keys that a schema knows at a path. */
function keysAt(schema: z.ZodType, path: readonly PathKey[]): string[] {
  let candidates: Shape[] = [schema]
  for (const key of path) candidates = candidates.flatMap(open).flatMap((shape) => step(shape, key))
  return [...new Set(candidates.flatMap(open).flatMap(({ def }) => Object.keys(def.shape ?? {})))]
}

/** What of a zod schema is looked at here. */
interface Shape {
  readonly def: {
    readonly type: string
    readonly innerType?: Shape
    readonly options?: readonly Shape[]
    readonly shape?: Readonly<Record<string, Shape>>
    readonly element?: Shape
    readonly valueType?: Shape
  }
}

function open(shape: Shape): Shape[] {
  if (shape.def.innerType) return open(shape.def.innerType)
  if (shape.def.options) return shape.def.options.flatMap(open)
  return [shape]
}

function step({ def }: Shape, key: PathKey): Shape[] {
  const member = def.shape?.[key] ?? def.element ?? def.valueType
  return member === undefined ? [] : [member]
}
