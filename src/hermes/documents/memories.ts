// Memory files by entry: MEMORY.md and USER.md.
//
// Entries are joined by a line that holds only `§`, stripped and de-duplicated as the engine's loader does. What we
// write is exactly what its memory tool would: a file that does not round-trip makes that tool refuse (engine
// reference, 4.2). An entry's id is the SHA-256 of its text; the agent's own entries stay, in their order.

import { digestOf } from '../../core/index.ts'
import type { DocumentFormat, PartEdit } from '../document.ts'

const delimiter = '\n§\n'

export const memories: DocumentFormat = {
  lockOf: (path) => `${path}.lock`,
  open(bytes) {
    const text = decode(bytes)
    if (text === undefined) return { unreadable: 'it is no UTF-8 text' }
    const entries = entriesOf(text)
    const byId = new Map(entries.map((entry) => [digestOf(entry), entry]))
    return {
      get: (part) => (part.kind === 'record' ? byId.get(part.id) : undefined),
      parts: () => [...byId.keys()].map((id) => ({ kind: 'record', id })),
      edit: (edits) => Buffer.from(edits.reduce(withEdit, entries).join(delimiter)),
    }
  },
}

function decode(bytes: Buffer | undefined): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes ?? Buffer.alloc(0))
  } catch {
    return undefined
  }
}

/** Python reads text with universal newlines. */
function entriesOf(text: string): string[] {
  const entries = text.replaceAll(/\r\n?/g, '\n').split(delimiter)
  return [...new Set(entries.map((entry) => entry.trim()).filter((entry) => entry !== ''))]
}

function withEdit(entries: readonly string[], { part, value }: PartEdit): string[] {
  if (part.kind !== 'record') throw new Error('a memory file has records and no keys')
  const others = entries.filter((entry) => digestOf(entry) !== part.id)
  if (typeof value !== 'string') return others
  return others.length === entries.length ? [...entries, value] : [...entries]
}
