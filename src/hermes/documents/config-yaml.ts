// config.yaml by key: read as the engine reads it, edited by splicing.
//
// Of a key given twice the engine takes the last, and so do we; an edit of such a key is refused (EDIT_REFUSED), for
// which of the two the owner means is not ours to say. A root that the engine would fall over is unreadable.
// A mapping that a removal leaves empty goes too, unless a comment stands in it.

import {
  isMapping,
  isTagged,
  isYamlFault,
  parseYaml,
  spliceYaml,
  type JsonMapping,
  type YamlEdit,
} from '../../core/index.ts'
import type { DocumentFormat, PartEdit } from '../document.ts'
import { emptiedBy, leafParts, valueAt, withValueAt } from './keys.ts'
import { textOf } from './text.ts'

export const configYaml: DocumentFormat = {
  lockOf: () => undefined,
  open(bytes) {
    const text = textOf(bytes)
    if (typeof text !== 'string') return text
    const parsed = parseYaml(text, { duplicates: 'last' })
    if (isYamlFault(parsed)) return { unreadable: parsed.message, line: parsed.line }
    const value = parsed.value ?? {}
    if (!isMapping(value) || isTagged(value)) return { unreadable: 'Its root is no mapping.', line: 1 }
    return {
      get: (part) => (part.kind === 'key' ? valueAt(value, part.path) : undefined),
      parts: () => leafParts(value),
      edit: (edits) => Buffer.from(edited(text, value, edits.map(yamlEdit))),
    }
  },
}

function edited(text: string, value: JsonMapping, edits: readonly YamlEdit[]): string {
  const options = { file: 'config.yaml' }
  const plain = spliceYaml(text, edits, options)
  const wanted = edits.reduce((tree, edit) => withValueAt(tree, edit.path, edit.value), value)
  const taken = edits.filter((edit) => edit.value === undefined).map(({ path }) => path)
  const emptied = emptiedBy(value, wanted, taken).map((path) => ({ path, value: undefined }))
  if (emptied.length === 0) return plain
  const pruned = spliceYaml(text, [...edits, ...emptied], options)
  return commentedLines(pruned) === commentedLines(plain) ? pruned : plain
}

const commentedLines = (text: string): number => text.match(/#/g)?.length ?? 0

function yamlEdit({ part, value }: PartEdit): YamlEdit {
  if (part.kind === 'key') return { path: part.path, value }
  throw new Error('config.yaml has keys and no records')
}
