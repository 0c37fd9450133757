// JSON files by key: channel_aliases.json.
//
// The engine reads strict JSON and ignores a broken file without a word, so what is not strict JSON is unreadable
// here. Edits are spliced: the rest of the file keeps its bytes. A mapping that a removal leaves empty goes too.

import { isMapping, jsonEquals, type Json, type JsonMapping } from '../../core/index.ts'
import type { Document, DocumentFormat, Part } from '../document.ts'
import { isEmptyText, readJson, spliceJson, type JsonEdit } from './json-splice.ts'
import { emptiedBy, leafParts, valueAt, withValueAt } from './keys.ts'
import { textOf } from './text.ts'

export const jsonKeys: DocumentFormat = {
  lockOf: () => undefined,
  open(bytes) {
    const text = textOf(bytes)
    if (typeof text !== 'string') return text
    if (isEmptyText(text)) return documentOf('{}\n', {})
    const read = readJson(text)
    if ('unreadable' in read) return read
    return isMapping(read.value) ? documentOf(text, read.value) : { unreadable: 'Its root is no mapping.', line: 1 }
  },
}

function documentOf(text: string, value: JsonMapping): Document {
  return {
    get: (part) => (part.kind === 'key' ? valueAt(value, part.path) : undefined),
    parts: () => leafParts(value),
    edit(given) {
      const edits = given.map(({ part, value: to }) => ({ path: keyPathOf(part), value: to }))
      const plain = edits.reduce(withEdit, value)
      const taken = edits.filter((edit) => edit.value === undefined).map(({ path }) => path)
      const emptied = emptiedBy(value, plain, taken).map((path) => ({ path, value: undefined }))
      const wanted = emptied.reduce(withEdit, plain)
      if (jsonEquals(wanted, value)) return Buffer.from(text)
      const splices = [...edits, ...emptied].reduce(withSplices, { tree: value, splices: [] }).splices
      return Buffer.from(spliceJson('channel_aliases.json', text, splices, wanted))
    },
  }
}

interface KeyEdit {
  readonly path: readonly string[]
  readonly value: Json | undefined
}

const withEdit = (tree: JsonMapping, { path, value }: KeyEdit): JsonMapping => withValueAt(tree, path, value)

interface Spliced {
  readonly tree: JsonMapping
  readonly splices: readonly JsonEdit[]
}

/** A key below a scalar replaces that scalar, which is no place to splice into. */
function withSplices({ tree, splices }: Spliced, edit: KeyEdit): Spliced {
  const { path, value } = edit
  const isThere = valueAt(tree, path) !== undefined
  if (value === undefined && !isThere) return { tree, splices }
  const depth = path.findIndex((_, index) => index > 0 && isScalar(valueAt(tree, path.slice(0, index))))
  const splice =
    depth < 0
      ? { path: [...path], value }
      : { path: path.slice(0, depth), value: withValueAt({}, path.slice(depth), value) }
  return { tree: withEdit(tree, edit), splices: [...splices, splice] }
}

const isScalar = (value: Json | undefined): boolean => value !== undefined && !isMapping(value)

function keyPathOf(part: Part): readonly string[] {
  if (part.kind === 'key') return part.path
  throw new Error('a JSON file has keys and no records')
}
