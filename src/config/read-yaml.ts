// YAML with positions, as the engine reads it.
//
// The one place where this room meets the YAML reader; loaded only when a file is new.

import type { Document, ParsedNode } from 'yaml'
import { isYamlFault, parseYaml, redactText, type YamlDocument } from '../core/index.ts'
import { lineFinder } from './line-finder.ts'
import { pointerOf, sizeFault, type PathKey, type ReadResult } from './reading.ts'

export function readYaml(text: string): ReadResult {
  const parsed = parseYaml(text)
  if (isYamlFault(parsed)) return { faults: [{ line: parsed.line, message: withoutQuotedText(parsed.message) }] }
  const fault = sizeFault(parsed.value)
  if (fault !== undefined) return { faults: [{ message: fault }] }
  return { reading: { value: parsed.value, lines: linesOf(parsed, text) }, faults: [] }
}

// The reader's sentences may quote what they stumbled over, and that may be a secret.
function withoutQuotedText(message: string): string {
  return redactText(message.replace(/:? "(?:[^"\\]|\\.){24,}"?\.?$/s, ''))
}

/** Lines of the keys and items that are written in the text; what an alias or `<<` brings has none of its own. */
function linesOf(parsed: YamlDocument, text: string): Record<string, number> {
  const lines: Record<string, number> = {}
  const lineOf = lineFinder(text)
  const visit = (node: ParsedNode | null, path: readonly PathKey[]): void => {
    for (const { key, position, value } of partsOf(node, parsed)) {
      lines[pointerOf([...path, key])] = lineOf(position)
      visit(value, [...path, key])
    }
  }
  const root: Document.Parsed['contents'] = parsed.document.contents
  visit(root, [])
  return lines
}

interface Part {
  readonly key: PathKey
  readonly position: number
  readonly value: ParsedNode | null
}

function partsOf(node: ParsedNode | null, parsed: YamlDocument): Part[] {
  if (node === null || !('items' in node)) return []
  return node.items.map((item, index): Part => {
    if (!('key' in item)) return { key: index, position: item.range[0], value: item }
    const name = parsed.valueOf(item.key)
    return {
      key: typeof name === 'string' ? name : JSON.stringify(name),
      position: item.key.range[0],
      value: item.value,
    }
  })
}
