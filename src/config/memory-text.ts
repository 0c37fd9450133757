// MEMORY.md and USER.md as the engine reads them: entries between lines that hold a section sign alone.

/** Between two entries, in the file and in the count of its characters. */
export const memoryDelimiter = '\n§\n'

export interface MemoryEntry {
  readonly text: string
  /** Of its first line. */
  readonly line: number
}

export function memoryEntriesOf(text: string): MemoryEntry[] {
  let line = 1
  return text.split(memoryDelimiter).flatMap((part) => {
    const entry = part.trim()
    const first = line + (/^\s*/.exec(part)?.[0].split('\n').length ?? 1) - 1
    line += part.split('\n').length + 1
    return entry === '' ? [] : [{ text: entry, line: first }]
  })
}

/** Characters as Python counts them. */
export function charactersIn(text: string): number {
  let count = 0
  for (const _ of text) count += 1
  return count
}
