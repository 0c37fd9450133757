// Memory files by entry: MEMORY.md and USER.md.
//
// Entries are joined by a line that holds only `§`, stripped and de-duplicated as the engine's loader does
// (tools/memory_tool.py). A delimiter with spaces is text to it, and so to us. What we write is exactly what its
// memory tool would write: a file that does not round-trip makes that tool refuse. An entry's id is the SHA-256 of its
// text; the agent's own entries stay, in their order, also in a file over its limit.

import { digestOf } from '../../core/index.ts'
import type { DocumentFormat, PartEdit } from '../document.ts'
import { textOf } from './text.ts'

const delimiter = '\n§\n'

export const memories: DocumentFormat = {
  lockOf: (path) => `${path}.lock`,
  open(bytes) {
    const text = textOf(bytes)
    if (typeof text !== 'string') return text
    const entries = entriesOf(text)
    const byId = new Map(entries.map((entry) => [digestOf(entry), entry]))
    return {
      get: (part) => (part.kind === 'record' ? byId.get(part.id) : undefined),
      parts: () => [...byId.keys()].map((id) => ({ kind: 'record', id })),
      edit(edits) {
        const next = edits.reduce(withEdit, entries)
        const isSame = next.length === entries.length && next.every((entry, index) => entry === entries[index])
        return Buffer.from(isSame ? text : joined(next))
      },
    }
  },
}

/** Python opens text with universal newlines. */
function entriesOf(text: string): readonly string[] {
  const entries = text.replaceAll(/\r\n?/g, '\n').split(delimiter)
  return [...new Set(entries.map(strip).filter((entry) => entry !== ''))]
}

/** Delimiters left over at the end of an entry would join up with the next one: those are dropped. */
function joined(entries: readonly string[]): string {
  const text = entries.join(delimiter)
  const isClear = JSON.stringify(entriesOf(text)) === JSON.stringify(entries)
  return isClear ? text : [...new Set(entries.map(withoutMarks).filter((entry) => entry !== ''))].join(delimiter)
}

function withoutMarks(entry: string): string {
  const bare = strip(entry.replace(/^§(?:\n|$)/, '').replace(/\n§$/, ''))
  return bare === entry ? entry : withoutMarks(bare)
}

function withEdit(entries: readonly string[], { part, value }: PartEdit): readonly string[] {
  if (part.kind !== 'record') throw new Error('a memory file has records and no keys')
  const index = entries.findIndex((entry) => digestOf(entry) === part.id)
  if (value === undefined) return index < 0 ? entries : entries.toSpliced(index, 1)
  const [entry, ...others] = typeof value === 'string' ? entriesOf(value) : []
  if (entry === undefined || others.length > 0 || withoutMarks(entry) !== entry)
    throw new Error('a memory is one text that is not empty')
  if (entries.includes(entry)) return entries
  return index < 0 ? [...entries, entry] : entries.with(index, entry)
}

/** Python's str.strip, which takes four separators and NEL for spaces and leaves a BOM. */
function strip(text: string): string {
  let [start, end] = [0, text.length]
  while (start < end && isPythonSpace(text.charCodeAt(start))) start++
  while (end > start && isPythonSpace(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

function isPythonSpace(code: number): boolean {
  if ((code >= 0x1c && code <= 0x1f) || code === 0x85) return true
  return code !== 0xfeff && /\s/.test(String.fromCharCode(code))
}
