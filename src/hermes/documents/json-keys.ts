// JSON files by key: channel_aliases.json.
//
// The engine reads strict JSON and ignores a broken file without a word, so what is not strict JSON is unreadable
// here. Edits are spliced by jsonc-parser: the rest of the file keeps its bytes.

import { applyEdits, modify } from 'jsonc-parser'
import { isMapping, type Json } from '../../core/index.ts'
import type { Document, DocumentFormat, Part, PartEdit } from '../document.ts'
import { leafParts, valueAt } from './keys.ts'

export const jsonKeys: DocumentFormat = {
  lockOf: () => undefined,
  open(bytes) {
    const text = bytes?.toString('utf8') ?? ''
    if (text.trim() === '') return documentOf('{}\n', {})
    let value: Json
    try {
      value = JSON.parse(text) as Json
    } catch (cause) {
      return { unreadable: cause instanceof Error ? cause.message : 'it is no JSON' }
    }
    return isMapping(value) ? documentOf(text, value) : { unreadable: 'its root is no mapping' }
  },
}

function documentOf(text: string, value: Json): Document {
  return {
    get: (part) => (part.kind === 'key' ? valueAt(value, part.path) : undefined),
    parts: () => leafParts(value),
    edit: (edits) => Buffer.from(edits.reduce(withEdit, text)),
  }
}

function withEdit(text: string, { part, value }: PartEdit): string {
  const path = keyPathOf(part)
  const formattingOptions = { insertSpaces: true, tabSize: indentOf(text), eol: text.includes('\r\n') ? '\r\n' : '\n' }
  return applyEdits(text, modify(text, [...path], value, { formattingOptions }))
}

function keyPathOf(part: Part): readonly string[] {
  if (part.kind === 'key') return part.path
  throw new Error('a JSON file has keys and no records')
}

const indentOf = (text: string): number => /\n( +)"/.exec(text)?.[1]?.length ?? 2
