// Rules about SOUL.md and the memories: the texts that become the system prompt.

import { charactersIn, memoryDelimiter } from '../memory-text.ts'
import type { MergedLayers } from '../overlay.ts'
import { lineFinder } from '../line-finder.ts'
import type { FileContent, FileRule, SidecarRule } from '../rule.ts'

/** Zero-width and direction marks, a BOM inside a text: each one makes the engine's scanner block the whole text. */
const invisible = /[\u200B-\u200F\u202A-\u202E\u2060-\u2064\u2066-\u2069\uFEFF]/gu

function isPromptText({ kind }: FileContent): boolean {
  return kind === 'soul' || kind === 'memory' || kind === 'cron' || kind === 'playbook'
}

const invisibleCharacter: FileRule = {
  id: 'text-invisible',
  severity: 'error',
  explains:
    'A byte order mark, zero-width characters and direction marks: the engine takes one for an injection and blocks the whole text.',
  example: 'SOUL.md saved with a BOM, or an emoji joined by U+200D',
  mend: 'remove the character',
  *check(file) {
    if (!isPromptText(file) || file.text === undefined) return
    const lineOf = lineFinder(file.text)
    for (const { 0: character, index } of file.text.matchAll(invisible)) {
      const code = character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')
      yield { file: file.path, line: lineOf(index), message: `the invisible character U+${code} stands here` }
    }
  },
}

const soulEmpty: FileRule = {
  id: 'soul-empty',
  severity: 'error',
  explains: 'With a blank SOUL.md the engine uses its built-in identity.',
  example: 'SOUL.md of nothing but blank lines',
  mend: 'write who the agent is, or remove the file',
  *check({ kind, path, text }) {
    if (kind === 'soul' && (text ?? '').trim() === '') yield { file: path, line: 1, message: `${path} says nothing` }
  },
}

const soulLength: SidecarRule = {
  id: 'soul-length',
  severity: 'error',
  explains:
    'The engine cuts a longer SOUL.md to its head and its tail: 20,000 characters, or `context_file_max_chars`.',
  example: 'a SOUL.md of 21,000 characters',
  mend: 'shorten it, or raise context_file_max_chars in config.yaml',
  *check({ merged, readings, engine }) {
    for (const layers of merged) {
      const file = layers.soul?.source.file ?? ''
      const count = readings.get(file)?.value
      const limit = limitOf(layers, ['context_file_max_chars']) ?? engine.soulChars
      if (typeof count === 'number' && count > limit) {
        yield { file, line: 1, message: `${file} has ${count} characters; the engine reads ${limit}` }
      }
    }
  },
}

const memoryLength: SidecarRule = {
  id: 'memory-length',
  severity: 'error',
  explains:
    "A memory file over its limit cannot be added to any more. The whole file counts, delimiters included: 2,200 characters for MEMORY.md, 1,375 for USER.md, or what config.yaml sets; the agent's own entries need room too.",
  example: 'twenty entries of 120 characters in MEMORY.md',
  mend: 'shorten or remove entries, or raise memory.memory_char_limit or memory.user_char_limit in config.yaml',
  *check({ merged, engine }) {
    for (const layers of merged) {
      for (const { file, entries } of layers.memories) {
        const key = file === 'USER.md' ? 'user_char_limit' : 'memory_char_limit'
        const limit = limitOf(layers, ['memory', key]) ?? (file === 'USER.md' ? engine.userChars : engine.memoryChars)
        const count = charactersIn(entries.map(({ text }) => text).join(memoryDelimiter))
        const source = entries[0]?.source
        if (count > limit && source !== undefined) {
          yield {
            file: source.file,
            line: 1,
            message: `the entries have ${count} characters, delimiters included; the limit is ${limit}`,
          }
        }
      }
    }
  },
}

function limitOf(layers: MergedLayers, path: readonly string[]): number | undefined {
  const name = path.join('.')
  const leaf = [...layers.config, ...layers.defaults].find((candidate) => candidate.path.join('.') === name)
  return typeof leaf?.value === 'number' ? leaf.value : undefined
}

const memoryBrokenDelimiter: FileRule = {
  id: 'memory-delimiter',
  severity: 'error',
  explains:
    'Entries are divided by a line that holds `§` and nothing else. With a blank beside it, or CRLF, two entries silently become one.',
  example: 'first entry\\n§ \\nsecond entry',
  mend: 'write the sign alone on its line, with LF line ends',
  *check({ kind, path, text }) {
    if (kind !== 'memory' || text === undefined) return
    if (text.includes('\r')) yield { file: path, line: 1, message: `${path} has CRLF line ends` }
    const lines = text.split('\n')
    for (const [index, line] of lines.entries()) {
      const isEdge = index === 0 || index === lines.length - 1
      const isBroken = line !== '§' && line.trim() === '§'
      if (isBroken || (isEdge && line.trim() === '§')) {
        yield {
          file: path,
          line: index + 1,
          message: isBroken ? 'a delimiter with blanks beside it' : 'a delimiter with no entry beside it',
        }
      }
    }
  },
}

const memorySignInText: FileRule = {
  id: 'memory-sign-in-text',
  severity: 'warning',
  explains: 'A `§` inside a line is text to the engine, but looks like a delimiter to whoever edits the file.',
  example: 'see § 5 of the contract',
  mend: 'write "section" instead',
  *check({ kind, path, text }) {
    if (kind !== 'memory' || text === undefined) return
    for (const [index, line] of text.split('\n').entries()) {
      if (line.includes('§') && line.trim() !== '§')
        yield { file: path, line: index + 1, message: 'the delimiter sign stands inside a text' }
    }
  },
}

const memoryTwice: FileRule = {
  id: 'memory-twice',
  severity: 'warning',
  explains: 'The engine drops the second of two equal entries.',
  example: 'the same sentence in two entries',
  mend: 'remove one of the two',
  *check({ kind, path, reading }) {
    if (kind !== 'memory' || !Array.isArray(reading?.value)) return
    const entries = reading.value as readonly string[]
    for (const [index, entry] of entries.entries()) {
      if (entries.indexOf(entry) < index)
        yield { file: path, line: reading.lines[`/${index}`], message: 'this entry is there twice' }
    }
  },
}

export const identityFileRules: readonly FileRule[] = [
  invisibleCharacter,
  soulEmpty,
  memoryBrokenDelimiter,
  memorySignInText,
  memoryTwice,
]
export const identitySidecarRules: readonly SidecarRule[] = [soulLength, memoryLength]
