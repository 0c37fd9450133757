// A file of the sidecar as a plain value, with the line of each part of it.
//
// Promise: no text, however large, deep or knotted, makes it throw or take more than a bounded time; what cannot be
// read is told as faults. The result is plain JSON, so that it can be kept by content digest (verdicts.ts).

import type { Json } from '../core/index.ts'

/** Lines by pointer (RFC 6901): of the key for a member of a mapping, of the item for one of a list. */
export type Lines = { readonly [pointer: string]: number }

export interface Fault {
  readonly line?: number
  readonly message: string
}

export interface Reading {
  readonly value: Json
  readonly lines: Lines
}

export interface ReadResult {
  /** Undefined when there are faults. */
  readonly reading?: Reading
  readonly faults: readonly Fault[]
}

/** A settings file beyond this size is refused unread. */
export const maxSettingsBytes = 1024 * 1024
/** Nesting beyond this is refused: no file of ours has a use for it, and readers recurse. */
export const maxDepth = 64
/** More parts than this come from aliases that multiply, not from a person. */
const maxParts = 200_000

export type PathKey = string | number

export function pointerOf(path: readonly PathKey[]): string {
  return path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/** The line of a part, or of the nearest part around it that has one. */
export function lineAt(lines: Lines, path: readonly PathKey[]): number | undefined {
  for (let length = path.length; length >= 0; length--) {
    const line = lines[pointerOf(path.slice(0, length))]
    if (line !== undefined) return line
  }
  return undefined
}

/** Why a value is too large or too deep to be worked on; undefined when it is fine. Counts what aliases repeat. */
export function sizeFault(value: Json): string | undefined {
  let parts = 0
  let fault: string | undefined
  const visit = (part: Json, depth: number): void => {
    if (fault !== undefined) return
    parts += 1
    if (parts > maxParts) fault = `it holds more than ${maxParts} values once its aliases are expanded`
    else if (depth > maxDepth) fault = `it is nested more than ${maxDepth} levels deep`
    else if (typeof part === 'object' && part !== null) {
      for (const member of Object.values(part)) visit(member, depth + 1)
    }
  }
  visit(value, 0)
  return fault
}
