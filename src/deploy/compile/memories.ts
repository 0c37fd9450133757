// Memories: each entry of MEMORY.md and USER.md as a record of its own, known by its text.

import { digestOf } from '../../core/index.ts'
import type { Overlay } from '../../config/index.ts'
import { recordDraft, type Compiled } from './draft.ts'

export function compileMemories({ memories }: Overlay): Compiled {
  const drafts = memories.flatMap(({ file, entries }) => {
    const unique = new Map(entries.map((entry) => [entry.text, entry])) // the engine drops repeats too
    return [...unique.values()].map(({ text, source }) =>
      recordDraft(`memories/${file}`, { id: digestOf(text) }, text, source),
    )
  })
  return { drafts, findings: [] }
}
