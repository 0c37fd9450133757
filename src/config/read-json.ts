// JSON with positions: channel_aliases.json.
//
// Strict, as the engine's reader: no comments, no trailing comma, no key twice. Loaded only when such a file is new.

import { parseTree, printParseErrorCode, type Node, type ParseError } from 'jsonc-parser'
import type { Json } from '../core/index.ts'
import { lineFinder } from './line-finder.ts'
import { maxDepth, pointerOf, sizeFault, type Fault, type PathKey, type ReadResult } from './reading.ts'

export function readJson(text: string): ReadResult {
  if (depthOf(text) > maxDepth) return { faults: [{ message: `it is nested more than ${maxDepth} levels deep` }] }
  const errors: ParseError[] = []
  const root = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false })
  const lineOf = lineFinder(text)
  const faults: Fault[] = errors.map(({ error, offset }) => ({
    line: lineOf(offset),
    message: `it is not JSON: ${sentenceOf(printParseErrorCode(error))}`,
  }))
  const lines: Record<string, number> = {}
  if (root === undefined || faults.length > 0) {
    return { faults: faults.length > 0 ? faults : [{ line: 1, message: 'it is not JSON: it is empty' }] }
  }
  const value = valueOf(root, [], { lines, lineOf, faults })
  const fault = sizeFault(value)
  if (fault !== undefined) faults.push({ message: fault })
  return faults.length > 0 ? { faults } : { reading: { value, lines }, faults }
}

interface Notes {
  readonly lines: Record<string, number>
  readonly lineOf: (offset: number) => number
  readonly faults: Fault[]
}

function valueOf(node: Node, path: PathKey[], notes: Notes): Json {
  notes.lines[pointerOf(path)] ??= notes.lineOf(node.offset)
  if (node.type === 'array') return (node.children ?? []).map((item, index) => valueOf(item, [...path, index], notes))
  if (node.type !== 'object') return node.value as Json
  const members = new Map<string, Json>()
  for (const { children } of node.children ?? []) {
    const [key, member] = children ?? []
    if (key === undefined || member === undefined) continue
    const name = String(key.value)
    const line = notes.lineOf(key.offset)
    if (members.has(name)) notes.faults.push({ line, message: `the key "${name}" is there twice` })
    notes.lines[pointerOf([...path, name])] = line
    members.set(name, valueOf(member, [...path, name], notes))
  }
  return Object.fromEntries(members)
}

/** Open brackets, strings left out: the parser recurses, so depth is judged before it runs. */
function depthOf(text: string): number {
  let depth = 0
  let deepest = 0
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/g)) {
    if (token === '[' || token === '{') depth += 1
    else if (token === ']' || token === '}') depth -= 1
    deepest = Math.max(deepest, depth)
  }
  return deepest
}

function sentenceOf(code: string): string {
  return code.replaceAll(/([a-z])([A-Z])/g, '$1 $2').toLowerCase()
}
