// Splices values into strict JSON and checks that nothing else changed.
//
// jsonc-parser finds the places. A file in pure ASCII, as Python writes one, stays so: what we add is escaped.

import { applyEdits, modify, type JSONPath } from 'jsonc-parser'
import { isMapping, jsonEquals, TimmyError, type Json } from '../../core/index.ts'
import type { Unreadable } from '../document.ts'

export interface JsonEdit {
  readonly path: JSONPath
  readonly value: Json | undefined
  /** A new item of a list at this index, not another value for the one there. */
  readonly isNewItem?: boolean
}

/** Strict JSON, as Python's reader takes it; the number 1e999 and duplicates are its own affair. */
export function readJson(text: string): { readonly value: Json } | Unreadable {
  try {
    const value: Json = JSON.parse(text)
    return { value }
  } catch (cause) {
    return { unreadable: `It is no JSON: ${cause instanceof Error ? cause.message : String(cause)}.` }
  }
}

/** `wanted` is what the whole file must hold afterwards, else EDIT_REFUSED. */
export function spliceJson(file: string, text: string, edits: readonly JsonEdit[], wanted: Json): string {
  const isAscii = !/[^\0-\x7F]/.test(text)
  const formattingOptions = { insertSpaces: true, tabSize: indentOf(text), eol: text.includes('\r\n') ? '\r\n' : '\n' }
  const next = edits.reduce((so, { path, value, isNewItem = false }) => {
    const changes = modify(so, path, value, { formattingOptions, isArrayInsertion: isNewItem })
    return applyEdits(
      so,
      isAscii ? changes.map((change) => ({ ...change, content: escaped(change.content) })) : changes,
    )
  }, text)
  const read = readJson(next)
  if ('value' in read && jsonEquals(read.value, wanted)) return next
  throw new TimmyError(
    'EDIT_REFUSED',
    `${file} cannot be edited without touching more than was asked; it may give a name twice`,
    {
      hint: `edit ${file} by hand`,
    },
  )
}

export function isEmptyText(text: string): boolean {
  return text.trim() === ''
}

/** How Python's json.dump writes a value beyond ASCII. */
function escaped(json: string): string {
  return json.replaceAll(/[^\0-\x7F]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

const indentOf = (text: string): number => /\n( +)["{]/.exec(text)?.[1]?.length ?? 2

export const mappingOf = (value: Json | undefined): { readonly [key: string]: Json } => (isMapping(value) ? value : {})
