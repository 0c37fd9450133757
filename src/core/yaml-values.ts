// Gives the nodes of a YAML tree the values that PyYAML's safe constructor gives them.
//
// Merge keys, aliases and the standard tags are followed; anything that PyYAML refuses is a YamlProblem. Bounded:
// aliases that multiply are refused before they fill the memory, and nothing may contain itself.

import type * as Yaml from 'yaml'
import { isMapping, type Json } from './json.ts'
import { constructScalar, shortTag, YamlProblem, type Scalar } from './yaml-scalars.ts'

/** A pair of a mapping with its key as text. */
export interface NamedPair {
  readonly name: string
  readonly key: Yaml.ParsedNode
  readonly value: Yaml.ParsedNode | null
  readonly pair: Yaml.Pair<Yaml.ParsedNode, Yaml.ParsedNode | null>
}

/** More values than any real file has, counted as if every alias were written out. */
const mostValues = 1_000_000

export class Construction {
  readonly anchors = new Map<string, Yaml.ParsedNode>()
  readonly duplicates: { path: readonly string[]; line: number }[] = []
  readonly #library: typeof Yaml
  readonly #whenDuplicated: 'refuse' | 'last'
  readonly #lineAt: (offset: number) => number
  readonly #values = new Map<Yaml.Node, Json>()
  readonly #sizes = new Map<Yaml.Node, number>()
  #size = 0

  readonly #text: string
  #isInFlow = false

  constructor(
    text: string,
    library: typeof Yaml,
    whenDuplicated: 'refuse' | 'last',
    lineAt: (offset: number) => number,
  ) {
    this.#text = text
    this.#library = library
    this.#whenDuplicated = whenDuplicated
    this.#lineAt = lineAt
  }

  /** The value of a node and all below it; nodes must be built in the order of the text. */
  build(node: Yaml.ParsedNode, path: readonly string[] = []): Json {
    const { isAlias, isScalar, isMap } = this.#library
    const before = this.#size
    this.#count(1, node)
    if (isAlias(node)) {
      const target = this.resolve(node)
      this.#count(this.#sizes.get(target) ?? 1, node)
      return this.valueOf(target)
    }
    this.#rememberAnchor(node)
    const wasInFlow = this.#isInFlow
    if (!isScalar(node)) this.#isInFlow ||= node.flow === true
    const value = isScalar(node)
      ? this.#scalar(node).value
      : isMap(node)
        ? this.#mapping(node, path)
        : this.#sequence(node, path)
    this.#isInFlow = wasInFlow
    this.#values.set(node, value)
    this.#sizes.set(node, this.#size - before)
    return value
  }

  /** The value of a node that was built, or of what an alias stands for. */
  valueOf(node: Yaml.ParsedNode): Json {
    const value = this.#values.get(this.resolve(node))
    if (value === undefined) throw new YamlProblem('It contains itself through an alias.', node.range[0])
    return value
  }

  resolve(node: Yaml.ParsedNode): Yaml.ParsedNode {
    if (!this.#library.isAlias(node)) return node
    const target = this.anchors.get(node.source)
    if (!target) throw new YamlProblem(`The alias *${node.source} has no anchor before it.`, node.range[0])
    return target
  }

  /** The pairs of a mapping without its merge keys. Keys that are one to Python (1, 1.0, true) go by the first's name. */
  ownPairs(map: Yaml.YAMLMap.Parsed): NamedPair[] {
    const names = new Map<string, string>()
    return map.items
      .filter(({ key }) => !this.isMergeKey(key))
      .map((pair) => {
        const { key, identity } = this.keyOf(pair.key)
        const name = names.get(identity) ?? key
        names.set(identity, name)
        return { name, key: pair.key, value: pair.value, pair }
      })
  }

  isMergeKey(key: Yaml.ParsedNode): boolean {
    return this.#library.isScalar(key) && key.type === 'PLAIN' && key.source === '<<' && key.tag === undefined
  }

  /** Keys may be anchored and stand for others, but mean something of their own when they are `<<` or `=`. */
  #buildKey(node: Yaml.ParsedNode): void {
    this.#rememberAnchor(node)
    if (this.isMergeKey(node) || this.#library.isAlias(node)) return
    this.#values.set(node, this.keyOf(node).value)
  }

  keyOf(node: Yaml.ParsedNode): Scalar {
    const key = this.resolve(node)
    if (!this.#library.isScalar(key)) throw new YamlProblem('A list or mapping cannot be a key.', node.range[0])
    // PyYAML lets the plain key `=` be text, which as a value it refuses.
    if (key.type === 'PLAIN' && key.source === '') {
      throw new YamlProblem('A key is missing before this colon.', node.range[0])
    }
    if (key.type === 'PLAIN' && key.source === '=' && key.tag === undefined)
      return { value: '=', key: '=', identity: 's:=' }
    return this.#scalar(key)
  }

  #scalar(node: Yaml.Scalar.Parsed): Scalar {
    if (this.#isInFlow && node.type === 'PLAIN') this.#refuseFlowPlain(node)
    if (node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE') this.#refuseOddQuotes(node)
    const text = typeof node.value === 'string' ? node.value : ''
    return constructScalar(text, node.tag, node.type === 'PLAIN' || node.type === undefined, node.range[0])
  }

  /** Quotes that the library takes for closed, or folds, in another way than PyYAML. */
  #refuseOddQuotes(node: Yaml.Scalar.Parsed): void {
    const [start, end] = node.range
    const source = this.#text.slice(start, end)
    const isClosed = /^(?:"(?:[^"\\]|\\[^])*"|'(?:[^']|'')*')$/.test(source)
    if (!isClosed) throw new YamlProblem('The next lines of this quoted text must be indented.', start)
    if (/(?<!\\)(?:\\\\)*\\u[dD][89a-fA-F]/.test(source)) {
      throw new YamlProblem('An escape of half a character is not allowed; use \\U with eight digits.', start)
    }
    if (/\\\r?\n[ \t]*\r?\n/.test(source)) {
      throw new YamlProblem('A backslash at the end of a line must not be followed by an empty one.', start)
    }
  }

  /** In a flow collection PyYAML wants a space or quotes where newer YAML does without. */
  #refuseFlowPlain(node: Yaml.Scalar.Parsed): void {
    const [start, end] = node.range
    const isEarlyColon = /^[:?]|:\?/.test(node.source ?? '')
    const isTightColon = /^ *:[,?[\]{}]/.test(this.#text.slice(end, end + 80))
    if (isEarlyColon || isTightColon)
      throw new YamlProblem('The engine cannot read this colon or question mark.', start)
  }

  #sequence(node: Yaml.YAMLSeq.Parsed, path: readonly string[]): Json {
    const short = this.#collectionTag(node, ['seq', 'omap', 'pairs'])
    const items = node.items.map((item, index) => this.build(item, [...path, String(index)]))
    return short === 'seq' ? items : { $pairs: items.map((item) => this.#onePair(item, node)) }
  }

  #onePair(item: Json, node: Yaml.ParsedNode): Json {
    const members = isMapping(item) ? Object.entries(item) : []
    const [member] = members
    if (!member || members.length !== 1)
      throw new YamlProblem('Each item of an ordered map holds one pair.', node.range[0])
    return [member[0], member[1]]
  }

  #mapping(node: Yaml.YAMLMap.Parsed, path: readonly string[]): Json {
    const short = this.#collectionTag(node, ['map', 'set'])
    const merged: (readonly [string, Json])[] = []
    const names = new Map<string, string>()
    const members = new Map<string, Json>()
    for (const { key, value } of node.items) {
      this.#refuseOddKey(key)
      this.#buildKey(key)
      if (this.isMergeKey(key)) {
        merged.push(...this.#mergedFrom(value, path, key))
        continue
      }
      const { key: text, identity } = this.keyOf(key)
      const name = names.get(identity) ?? text
      const known = value === null ? null : this.build(value, [...path, name])
      if (members.has(name)) this.#duplicate(name, path, key)
      names.set(identity, name)
      members.set(name, known)
    }
    const built: Record<string, Json> = {}
    for (const [name, value] of merged) own(built, name, value)
    for (const [name, value] of members) own(built, name, value)
    return short === 'set' ? { $set: Object.keys(built) } : built
  }

  /** What a merge key brings, in the order in which later ones win. */
  #mergedFrom(value: Yaml.ParsedNode | null, path: readonly string[], key: Yaml.ParsedNode): [string, Json][] {
    const { isMap, isSeq } = this.#library
    if (value !== null) this.build(value, [...path, '<<'])
    const source = value && this.resolve(value)
    const sources = isSeq(source) ? source.items.toReversed() : [source]
    return sources.flatMap((item) => {
      const mapping = item && this.valueOf(item)
      if (isMapping(mapping) && isMap(item && this.resolve(item))) return Object.entries(mapping)
      throw new YamlProblem('A merge key (<<) wants a mapping or a list of mappings.', key.range[0])
    })
  }

  /** A key, unless a question mark stands before it, is on one line with its colon; after the mark a colon follows. */
  #refuseOddKey(key: Yaml.ParsedNode): void {
    const [start, end] = key.range
    const lead = this.#text.slice(this.#text.lastIndexOf('\n', start - 1) + 1, start)
    const after = /^(?:[ \t\r\n]|#.*\n)*/.exec(this.#text.slice(end, end + 1000))?.[0] ?? ''
    const hasColon = this.#text[end + after.length] === ':'
    const isMarked = /\?\s/.test(lead) || /\?\s*$/.test(lead)
    if (isMarked && !hasColon) throw new YamlProblem('A key after a question mark wants a colon and a value.', start)
    if (isMarked || !hasColon) return
    const isSplit = after.includes('\n') || this.#text.slice(start, end).includes('\n')
    if (isSplit) throw new YamlProblem('This key and its colon are not on one line.', start)
  }

  #duplicate(name: string, path: readonly string[], key: Yaml.ParsedNode): void {
    const line = this.#lineAt(key.range[0])
    if (this.#whenDuplicated === 'last') this.duplicates.push({ path: [...path, name], line })
    else throw new YamlProblem(`The key ${JSON.stringify(name)} is given twice in one mapping.`, key.range[0])
  }

  #collectionTag(node: Yaml.ParsedNode, known: readonly string[]): string {
    const tag = node.tag === undefined ? known[0] : shortTag(node.tag)
    if (tag !== undefined && known.includes(tag)) return tag
    throw new YamlProblem(`The engine knows no tag ${node.tag} here.`, node.range[0])
  }

  #rememberAnchor(node: Yaml.ParsedNode): void {
    if (this.#library.isAlias(node) || node.anchor === undefined) return
    if (!/^[\w-]+$/.test(node.anchor)) {
      throw new YamlProblem('The name of an anchor holds letters, digits, - and _ only.', node.range[0])
    }
    if (this.anchors.has(node.anchor))
      throw new YamlProblem(`The anchor &${node.anchor} is given twice.`, node.range[0])
    this.anchors.set(node.anchor, node)
  }

  #count(values: number, node: Yaml.ParsedNode): void {
    this.#size += values
    if (this.#size > mostValues)
      throw new YamlProblem('Its aliases multiply to more values than are read.', node.range[0])
  }
}

/** Own and merged pairs; a later one with the same name wins. */
export function mappingPairs(node: Yaml.ParsedNode, construction: Construction, library: typeof Yaml): NamedPair[] {
  const map = construction.resolve(node)
  if (!library.isMap(map)) return []
  const merged = map.items.flatMap(({ key, value }) => {
    if (value === null || !construction.isMergeKey(key)) return []
    const source = construction.resolve(value)
    return library.isSeq(source) ? source.items.toReversed() : [source]
  })
  return [...merged.flatMap((source) => mappingPairs(source, construction, library)), ...construction.ownPairs(map)]
}

/** Sets an own member, also one that is called `__proto__`. */
function own(mapping: Record<string, Json>, name: string, value: Json): Record<string, Json> {
  if (name === '__proto__')
    Object.defineProperty(mapping, name, { value, enumerable: true, configurable: true, writable: true })
  else mapping[name] = value
  return mapping
}
