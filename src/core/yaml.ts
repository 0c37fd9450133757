// YAML as the engine reads it: version 1.1 by PyYAML's rules, with positions.
//
// The `yaml` library finds the structure; every scalar, merge key and tag is then given its meaning here, after
// PyYAML's resolver and constructor. Promise: a text that we read has the value that PyYAML gives it. Texts on
// which the two might differ (other line breaks, tabs as indentation, recursion) are refused with a sentence.
// The library is loaded at the first use only: it takes as long as starting Node.

import { createRequire } from 'node:module'
import type * as Yaml from 'yaml'
import type { Json } from './json.ts'
import { YamlProblem } from './yaml-scalars.ts'
import { Construction, mappingPairs, type NamedPair } from './yaml-values.ts'

export interface YamlDocument {
  /** An empty document is null. Keys are texts, as Python's json.dumps writes them. */
  readonly value: Json
  /** The line (from 1) of a key or list item; undefined when nothing is there. */
  lineOf(path: readonly (string | number)[]): number | undefined
  /** Keys given more than once, outermost first; only ever there with `duplicates: 'last'`. */
  readonly duplicates: readonly { readonly path: readonly string[]; readonly line: number }[]
  /** The library's own tree, with source tokens when `keepTokens` was set: for splicing. */
  readonly document: Yaml.Document.Parsed
  /** Nodes by their anchors; an anchor is never given twice. */
  readonly anchors: ReadonlyMap<string, Yaml.ParsedNode>
  /** The pairs of a mapping of `document` that are its own, with their names; merge keys are left out. */
  pairsOf(map: Yaml.YAMLMap.Parsed): NamedPair[]
  /** The value of a node of `document`. */
  valueOf(node: Yaml.ParsedNode): Json
}

/** Why a text cannot be read, as a sentence, with its place counted from 1. */
export interface YamlFault {
  readonly message: string
  readonly line: number
  readonly column: number
}

export interface YamlOptions {
  /** A key given twice: refused (the default), or read like the engine, where the last one wins. */
  readonly duplicates?: 'refuse' | 'last'
  /** For splicing: each pair knows where its colon stands. */
  readonly keepTokens?: boolean
}

/** Above this many characters a text is refused: half a megabyte of hostile YAML takes two seconds and 300 MB. */
export const yamlLimit = 524_288

export function parseYaml(text: string, options: YamlOptions = {}): YamlDocument | YamlFault {
  const positions = new Positions(text)
  try {
    refuseForeignCharacters(text)
    const document = parseTree(text, options.keepTokens ?? false)
    refuseTabs(text, document)
    const construction = new Construction(text, library(), options.duplicates ?? 'refuse', (offset) =>
      positions.lineAt(offset),
    )
    const value = document.contents === null ? null : construction.build(document.contents)
    return {
      value,
      document,
      anchors: construction.anchors,
      duplicates: construction.duplicates,
      pairsOf: (map) => construction.ownPairs(map),
      valueOf: (node) => construction.valueOf(node),
      lineOf: (path) => {
        const offset = offsetOf(document, path, construction)
        return offset === undefined ? undefined : positions.lineAt(offset)
      },
    }
  } catch (problem) {
    if (problem instanceof YamlProblem) return positions.fault(problem.message, problem.offset)
    if (problem instanceof RangeError) {
      // The only other one is an escape beyond Unicode.
      return positions.fault(problem.message.includes('call stack') ? tooDeep : `${problem.message}.`, 0)
    }
    throw problem
  }
}

export function isYamlFault(parsed: YamlDocument | YamlFault): parsed is YamlFault {
  return 'message' in parsed
}

const tooDeep = 'It is nested too deeply to be read.'

let loaded: typeof Yaml | undefined

/** The library, loaded at the first call. */
export function library(): typeof Yaml {
  const load: (name: 'yaml') => typeof Yaml = createRequire(import.meta.url)
  loaded ??= load('yaml')
  return loaded
}

function parseTree(text: string, keepSourceTokens: boolean): Yaml.Document.Parsed {
  const document = library().parseDocument(text, {
    version: '1.1',
    schema: 'failsafe', // every scalar stays text: its meaning is given in yaml-values.ts
    merge: false,
    uniqueKeys: false,
    prettyErrors: false,
    keepSourceTokens,
    logLevel: 'error',
  })
  const [fault] = document.errors
  if (fault) throw new YamlProblem(sentenceOf(fault), fault.pos[0])
  const directive = document.warnings.find(({ code }) => code === 'BAD_DIRECTIVE')
  if (directive) throw new YamlProblem(`${directive.message}.`, directive.pos[0])
  return document
}

function sentenceOf(fault: Yaml.YAMLParseError): string {
  if (fault.code === 'MULTIPLE_DOCS') return 'A second document begins here; the engine reads files with one only.'
  if (fault.message.includes('call stack')) return tooDeep
  return `${fault.message.replace(/\.$/, '')}.`
}

// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const controls = /[\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x84\x86-\x9F\uFFFE\uFFFF]/
const loneSurrogates = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/
const unprintables = new RegExp(`${controls.source}|${loneSurrogates.source}`)

/** What PyYAML refuses as unprintable, and what it takes for a line break while the library does not. */
function refuseForeignCharacters(text: string): void {
  if (text.length > yamlLimit) {
    throw new YamlProblem(`It holds ${text.length} characters; at most ${yamlLimit} are read.`, 0)
  }
  const unprintable = unprintables.exec(text)
  if (unprintable)
    throw new YamlProblem(`The character ${codeOf(unprintable[0])} is not allowed in YAML.`, unprintable.index)
  const lineBreak = /[\x85\u2028\u2029]|\r(?!\n)/.exec(text)
  if (!lineBreak) return
  throw new YamlProblem(
    `The character ${codeOf(lineBreak[0])} is a line break to the engine; write it as an escape in double quotes.`,
    lineBreak.index,
  )
}

function codeOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
}

/** Tabs before the first word of a line are refused by PyYAML, unless a scalar or a flow collection holds them. */
function refuseTabs(text: string, document: Yaml.Document.Parsed): void {
  const found = [...text.matchAll(/^[ ?-]*\t/gm)].map(({ index, 0: lead }) => index + lead.length - 1)
  if (found.length === 0) return
  const shelters: (readonly [number, number])[] = []
  const { visit, isScalar, isCollection } = library()
  visit(document, (_, node) => {
    if (!(isScalar(node) || isCollection(node)) || !node.range) return
    const [start, end] = node.range
    const isShelter = isScalar(node)
      ? node.type !== 'PLAIN' && !hasTabAsIndent(text.slice(start, end), node.type)
      : node.flow
    if (isShelter) shelters.push([start, end])
  })
  // Both are in the order of the text; an outer shelter comes before what is in it.
  let next = 0
  let shelteredTo = 0
  const bare = found.find((offset) => {
    for (let shelter = shelters[next]; shelter && shelter[0] < offset; shelter = shelters[++next]) {
      shelteredTo = Math.max(shelteredTo, shelter[1])
    }
    return offset >= shelteredTo
  })
  if (bare !== undefined) throw new YamlProblem('A tab begins this line; YAML wants spaces.', bare)
}

/** A block scalar where a tab stands before its indentation is known or reached. */
function hasTabAsIndent(source: string, type: string | undefined): boolean {
  if (type !== 'BLOCK_LITERAL' && type !== 'BLOCK_FOLDED') return false
  const [header = '', ...lines] = source.split('\n')
  if (/^[|>][-+]?[0-9]/.test(header)) return false
  const first = lines.find((line) => line.trimStart() !== '' || line.includes('\t')) ?? ''
  const indent = first.length - first.replace(/^ +/, '').length
  return first[indent] === '\t' || lines.some((line) => line.slice(0, indent).includes('\t'))
}

function offsetOf(
  document: Yaml.Document.Parsed,
  path: readonly (string | number)[],
  construction: Construction,
): number | undefined {
  const { isSeq, isMap } = library()
  let node = document.contents
  let offset = node?.range[0]
  for (const step of path) {
    node = node && construction.resolve(node)
    if (isSeq(node) && typeof step === 'number') {
      node = node.items[step] ?? null
      offset = node?.range[0]
    } else if (isMap(node)) {
      const pair = mappingPairs(node, construction, library()).findLast(({ name }) => name === String(step))
      node = pair?.value ?? null
      offset = pair?.key.range[0]
    } else return undefined
    if (offset === undefined) return undefined
  }
  return offset
}

/** Offsets as lines and columns. */
class Positions {
  readonly #text: string
  #lineStarts: number[] | undefined

  constructor(text: string) {
    this.#text = text
  }

  lineAt(offset: number): number {
    if (offset === 0) return 1
    const starts = (this.#lineStarts ??= [0, ...this.#text.matchAll(/\n/g).map(({ index }) => index + 1)])
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((starts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return low + 1
  }

  fault(message: string, offset: number): YamlFault {
    const line = this.lineAt(offset)
    return { message, line, column: offset - (this.#lineStarts?.[line - 1] ?? 0) + 1 }
  }
}
