// A described home as the files of a sidecar. Pure: pieces in, bytes out; the same pieces give the same bytes.

import { spliceYaml, parseYaml, isYamlFault, type Json } from '../../core/index.ts'
import type { KeyPiece, Piece } from './piece.ts'

export interface RenderedFile {
  readonly path: string
  readonly content: Uint8Array
  readonly mode: number
}

export interface ManifestFacts {
  readonly name: string
  /** The home as a person would name it. */
  readonly home: string
  readonly target: string
  readonly profile: string
  readonly host: string
  /** Of the engine that is installed. */
  readonly version?: string
  /** ENTRY texts that are left to the engine or to the owner, each with the reason. */
  readonly ignored: readonly { readonly entry: string; readonly why: string }[]
}

const settingsHead = `# The engine's settings that are ours, as the home had them. Each leaf here is enforced; every other key of the live file
# stays the engine's. A setting that should be the engine's own again: remove its line.
`

export function renderSidecar(pieces: readonly Piece[], facts: ManifestFacts): RenderedFile[] {
  const settings = keysOf(pieces, 'config.yaml')
  const aliases = keysOf(pieces, 'channel_aliases.json')
  const memories = Map.groupBy(
    pieces.filter((piece) => piece.kind === 'memory'),
    ({ file }) => file,
  )
  const files: RenderedFile[] = [
    textFile('timmy.yaml', manifestText(facts)),
    textFile('.gitignore', '# Secrets are named in a sidecar as ${NAME}, never held.\n.env\n*.env\n'),
    ...(settings.length > 0 ? [textFile('config.yaml', yamlOf(settings, settingsHead))] : []),
    ...(aliases.length > 0 ? [textFile('channel_aliases.json', `${JSON.stringify(nested(aliases), null, 2)}\n`)] : []),
    ...[...memories].map(([path, entries]) => textFile(path, `${entries.map(({ text }) => text).join('\n§\n')}\n`)),
  ]
  for (const piece of pieces) {
    if (piece.kind === 'job') {
      const fields = Object.entries(piece.fields).map(([key, value]) => ({ path: [key], value }))
      files.push(textFile(piece.file, yamlOf(fields, '')))
    }
    if (piece.kind === 'file') {
      files.push({ path: piece.file, content: piece.content, mode: piece.isProgram ? 0o755 : 0o644 })
    }
  }
  return files
}

/** The settings at a line of the rendered file: the piece whose key stands there or last before it. */
export function pieceAtLine(pieces: readonly Piece[], path: KeyPiece['file'], text: string, line: number): KeyPiece[] {
  const parsed = parseYaml(text)
  if (isYamlFault(parsed)) return []
  const keys = keysOf(pieces, path).map((piece) => ({ piece, line: parsed.lineOf(piece.path) ?? 1 }))
  const before = keys.filter((key) => key.line <= line).toSorted((a, b) => b.line - a.line)
  const [nearest] = before
  return nearest ? [nearest.piece] : []
}

function textFile(path: string, text: string): RenderedFile {
  return { path, content: Buffer.from(text), mode: 0o644 }
}

const keysOf = (pieces: readonly Piece[], path: string): KeyPiece[] =>
  pieces.filter((piece): piece is KeyPiece => piece.kind === 'key' && piece.file === path)

function yamlOf(leaves: readonly { path: readonly string[]; value: Json }[], head: string): string {
  return spliceYaml(head, leaves)
}

interface Tree {
  [key: string]: Json | Tree
}

function nested(leaves: readonly KeyPiece[]): Tree {
  const root = Object.create(null) as Tree
  for (const { path, value } of leaves) {
    let at = root
    for (const key of path.slice(0, -1)) at = (at[key] ??= Object.create(null) as Tree) as Tree
    at[path.at(-1) ?? ''] = value
  }
  return root
}

function manifestText({ name, home, target, profile, host, version, ignored }: ManifestFacts): string {
  const lines = [
    '# This sidecar describes a Hermes home as it was found. `timmy plan` shows what a deploy would change.',
    'timmy: 1',
    `name: ${quoted(name)}`,
    ...(version === undefined ? [] : [`engine: ${quoted(`>=${version}`)}`]),
    'targets:',
    `  ${target}: { home: ${quoted(home)}, profile: ${quoted(profile)}, host: ${quoted(host)} }`,
  ]
  if (ignored.length > 0) {
    lines.push('', '# Ownership where it differs from the built-in table; the first match wins.', 'own:')
    for (const { entry, why } of ignored) {
      lines.push(`  - match: ${quoted(entry)}`, '    mode: ignore', `    why: ${quoted(why)}`)
    }
  }
  return `${lines.join('\n')}\n`
}

/** A JSON string is YAML too. */
const quoted = (text: string): string => JSON.stringify(text)
