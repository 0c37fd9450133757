// ENTRY texts: how people and scripts name one thing that we may own, and how several are picked by a pattern.
//
//   skins/timmy.yaml                 a path in the home           timmy:SOUL.md   a path in the workspace
//   config.yaml#agent.max_turns      a key; a."b.c".d where a key holds a dot, a quote, a space or a glob sign
//   cron/jobs.json@daily-report      a record by name or id       memories/MEMORY.md@3f2a91c0de77   by its hash
//
// Law: parseEntryName(entryName(x)) is x (test/deploy/entry-name.test.ts); only the 64 digits of a memory's hash are
// cut to twelve. A path that holds `#`, `@`, a quote or a control character is written as a JSON string.

import { TimmyError } from '../core/index.ts'
import type { Part } from '../hermes/index.ts'
import type { Root } from './entry.ts'

export interface EntryName {
  readonly root: Root
  readonly path: string
  readonly part?: Part
}

/** Digits of a memory entry's SHA-256 that its name shows. */
const shownHashLength = 12
const workspacePrefix = 'timmy:'

/** The ENTRY text of a file, or of one part of it. A record goes by its name where it has one. */
export function entryName(root: Root, path: string, part?: Part): string {
  const isPlain = /^[^"#@\\\p{Cc}]+$/u.test(path) && !path.startsWith(workspacePrefix)
  const file = `${root === 'workspace' ? workspacePrefix : ''}${isPlain ? path : JSON.stringify(path)}`
  if (!part) return file
  if (part.kind === 'key') return `${file}#${keyText(part.path)}`
  const { name = part.id } = part
  const shown = /^[0-9a-f]{64}$/.test(name) ? name.slice(0, shownHashLength) : name
  return `${file}@${/^[^\s"\\\p{Cc}]+$/u.test(shown) ? shown : JSON.stringify(shown)}`
}

/** A key path as text: `agent.max_turns`, `a."b.c".d`. */
export function keyText(path: readonly string[]): string {
  return path.map((key) => (/^[^\s."\\*?\p{Cc}]+$/u.test(key) ? key : JSON.stringify(key))).join('.')
}

/** Reads an ENTRY text; throws ENTRY_UNKNOWN where it is none. A record is known by what the text says. */
export function parseEntryName(text: string): EntryName {
  const root: Root = text.startsWith(workspacePrefix) ? 'workspace' : 'home'
  const rest = root === 'workspace' ? text.slice(workspacePrefix.length) : text
  const { path, sign, tail } = split(rest) ?? refuse(text, 'its quotes do not close')
  if (path === '') refuse(text, 'it names no file')
  if (sign === '') return { root, path }
  if (sign === '@') {
    const id = tail.startsWith('"') ? (quoted(tail)?.value ?? refuse(text, 'its quotes do not close')) : tail
    if (id === '') refuse(text, 'it names no record after "@"')
    return { root, path, part: { kind: 'record', id } }
  }
  return { root, path, part: { kind: 'key', path: parseKey(tail) ?? refuse(text, 'its key after "#" is malformed') } }
}

/**
 * Whether a pattern picks an entry. In a path `*` stays within a folder and `**` does not; in a key or a record's
 * name `*` spans everything. A pattern without a part picks the file and all its parts; a memory goes by the start
 * of its hash, from four digits on.
 */
export function entryMatches(pattern: string, entry: string): boolean {
  if (pattern === entry) return true
  const wanted = split(pattern)
  const found = split(entry)
  if (!wanted || !found || !pathMatches(wanted.path, found.path)) return false
  if (wanted.sign === '') return true
  if (wanted.sign !== found.sign) return false
  const isHashStart = found.path.startsWith('memories/') && /^[0-9a-f]{4,}$/.test(wanted.tail)
  return partExpression(wanted.tail).test(found.tail) || (isHashStart && startsAlike(wanted.tail, found.tail))
}

/** Whether a path is picked by a glob: `*`, `?`, `**`, `[a-c]`, `{a,b}`; names with a leading dot are picked too. */
export function pathMatches(glob: string, path: string): boolean {
  return glob === path || pathExpression(glob).test(path)
}

interface Halves {
  readonly path: string
  readonly sign: '' | '#' | '@'
  readonly tail: string
}

function split(text: string): Halves | undefined {
  if (text.startsWith('"')) {
    const read = quoted(text)
    const sign = text[read?.end ?? 0] ?? ''
    if (!read || (sign !== '' && sign !== '#' && sign !== '@')) return undefined
    return { path: read.value, sign, tail: text.slice(read.end + 1) }
  }
  const at = text.search(/[#@]/)
  if (at === -1) return { path: text, sign: '', tail: '' }
  return { path: text.slice(0, at), sign: text[at] as '#' | '@', tail: text.slice(at + 1) }
}

function parseKey(text: string): string[] | undefined {
  const keys: string[] = []
  for (let at = 0; ; at += 1) {
    const read = text[at] === '"' ? quoted(text, at) : bare(text, at)
    if (!read) return undefined
    keys.push(read.value)
    at = read.end
    if (at >= text.length) return keys
    if (text[at] !== '.') return undefined
  }
}

function bare(text: string, from: number): { value: string; end: number } | undefined {
  const dot = text.indexOf('.', from)
  const end = dot === -1 ? text.length : dot
  return end === from ? undefined : { value: text.slice(from, end), end }
}

/** The JSON string that begins at `from`, and the index behind it. */
function quoted(text: string, from = 0): { value: string; end: number } | undefined {
  const literal = /^"(?:[^"\\]|\\.)*"/su.exec(text.slice(from))?.[0]
  if (literal === undefined) return undefined
  try {
    return { value: JSON.parse(literal) as string, end: from + literal.length }
  } catch {
    return undefined
  }
}

function startsAlike(start: string, hash: string): boolean {
  return hash.startsWith(start) || (hash.length === shownHashLength && start.startsWith(hash))
}

const expressions = new Map<string, RegExp>()

function pathExpression(glob: string): RegExp {
  const known = expressions.get(glob)
  if (known) return known
  const source = glob.replaceAll(/\*\*\/|\*\*|\*|\?|\[!?[^\]/]+\]|\{[^{}]*\}|[\\^$.|+()[\]{}]/g, (sign) => {
    if (sign === '**/') return '(?:[^/]+/)*'
    if (sign === '**') return '.+'
    if (sign === '*') return '[^/]*'
    if (sign === '?') return '[^/]'
    if (/^\[.+\]$/.test(sign)) return sign.replace(/^\[!/, '[^').replaceAll('\\', '\\\\')
    if (/^\{.*,.*\}$/.test(sign)) return `(?:${sign.slice(1, -1).split(',').map(escape).join('|')})`
    return escape(sign)
  })
  return remember(glob, new RegExp(`^${source}$`, 'su'))
}

function partExpression(glob: string): RegExp {
  const key = `#${glob}`
  const source = escape(glob)
    .replaceAll(String.raw`\*`, '.*')
    .replaceAll(String.raw`\?`, '.')
  return expressions.get(key) ?? remember(key, new RegExp(`^${source}$`, 'su'))
}

function remember(key: string, expression: RegExp): RegExp {
  expressions.set(key, expression)
  return expression
}

function escape(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`)
}

function refuse(text: string, why: string): never {
  throw new TimmyError('ENTRY_UNKNOWN', `${JSON.stringify(text)} is no ENTRY: ${why}`, {
    hint: 'timmy help entry',
  })
}
