// Values as lines of text, to be compared by eye: the look of YAML, not its letter.

import { isMapping, type Json } from '../core/index.ts'

/** The lines of a value, the deeper the further in. */
export function valueLines(value: Json, indent = ''): string[] {
  if (Array.isArray(value)) {
    if (value.length === 0) return [`${indent}[]`]
    return value.flatMap((item) =>
      laidUnder(`${indent}-`, valueLines(item as Json, `${indent}  `), item as Json, indent),
    )
  }
  if (isMapping(value)) {
    const members = Object.entries(value)
    if (members.length === 0) return [`${indent}{}`]
    return members.flatMap(([key, member]) =>
      laidUnder(`${indent}${key}:`, valueLines(member, `${indent}  `), member, indent),
    )
  }
  return (typeof value === 'string' ? value : JSON.stringify(value)).split('\n').map((line) => `${indent}${line}`)
}

/** Scalars stand beside their head, everything else below it. */
function laidUnder(head: string, lines: readonly string[], value: Json, indent: string): string[] {
  const [only = ''] = lines
  const isBeside = lines.length === 1 && (typeof value !== 'object' || value === null || isEmpty(value))
  if (isBeside) return [`${head} ${only.slice(indent.length + 2)}`]
  return [head, ...lines]
}

const isEmpty = (value: object): boolean => Object.keys(value).length === 0
