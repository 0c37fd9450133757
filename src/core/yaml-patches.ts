// Finds where in a YAML text a changed value goes: the patches that turn one tree into another.
//
// Works from the places of the library's source tokens. A place that needs more than a splice (a key that a merge
// brings, a key given twice) is a SpliceProblem; the caller reads the result again and judges it.

import type * as Yaml from 'yaml'
import { isMapping, jsonEquals, type Json, type JsonMapping } from './json.ts'
import type { NamedPair } from './yaml-values.ts'
import { library, type YamlDocument } from './yaml.ts'
import { isTagged } from './yaml-scalars.ts'
import {
  blockLines,
  headerOf,
  inlineText,
  isInline,
  itemLines,
  moveIn,
  pairLines,
  pairTexts,
  type YamlStyle,
} from './yaml-text.ts'

/** What cannot be done by splicing; final when no other order of edits would help. */
export class SpliceProblem extends Error {
  readonly isFinal: boolean

  constructor(message: string, isFinal = false) {
    super(message)
    this.name = 'SpliceProblem'
    this.isFinal = isFinal
  }
}

export interface Patch {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** The text with all patches; undefined when two of them overlap. Insertions at one place keep their order. */
export function applyPatches(text: string, patches: readonly Patch[]): string | undefined {
  const isInsertion = ({ start, end }: Patch): number => (start === end ? 0 : 1)
  const ordered = patches.toSorted((a, b) => a.start - b.start || isInsertion(a) - isInsertion(b))
  let result = ''
  let done = 0
  for (const { start, end, text: added } of ordered) {
    if (start < done) return undefined
    result += text.slice(done, start) + added
    done = end
  }
  return result + text.slice(done)
}

export function planPatches(text: string, document: YamlDocument, wanted: JsonMapping, isCoarse = false): Patch[] {
  return new Plan(text, document, isCoarse).to(wanted)
}

type Token = Yaml.CST.SourceToken

/** A place that holds a value: after a key's colon, after a list's dash, or the root. */
interface Slot {
  readonly kind: 'pair' | 'item' | 'root'
  readonly node: Yaml.ParsedNode | null
  /** End of the colon or dash; undefined for a key in a flow mapping without a colon. */
  readonly indicatorEnd: number | undefined
  /** End of the key, for a pair. */
  readonly keyEnd: number
  /** Anchor and tag before the value. */
  readonly props: readonly Token[]
  /** Column of the key or dash. */
  readonly column: number
  readonly isInFlow: boolean
}

interface Span {
  readonly start: number
  readonly end: number
}

const longestFlowList = 100

class Plan {
  readonly #text: string
  readonly #document: YamlDocument
  readonly #eol: string
  readonly #style: YamlStyle
  /** Names of anchors that are used. */
  readonly #aliased = new Set<string>()
  /** Lists are replaced whole, not item by item. */
  readonly #isCoarse: boolean
  #patches: Patch[] = []

  constructor(text: string, document: YamlDocument, isCoarse: boolean) {
    this.#isCoarse = isCoarse
    this.#text = text
    this.#document = document
    this.#eol = /\r?\n/.exec(text)?.[0] ?? '\n'
    this.#style = this.#findStyle()
    library().visit(document.document, { Alias: (_, alias) => void this.#aliased.add(alias.source) })
  }

  to(wanted: JsonMapping): Patch[] {
    const root = this.#document.document.contents
    const slot: Slot = {
      kind: 'root',
      node: root,
      indicatorEnd: undefined,
      keyEnd: 0,
      props: [],
      column: 0,
      isInFlow: false,
    }
    if (this.#isEmpty(root)) this.#append(wanted)
    else this.#change(slot, wanted)
    this.#writeOutAliases()
    return this.#patches
  }

  // ---- From old to new, downwards ----

  #change(slot: Slot, wanted: Json): void {
    const { node } = slot
    const { isMap, isSeq } = library()
    if (node !== null && !this.#isEmpty(node) && jsonEquals(this.#document.valueOf(node), wanted)) return
    const before = this.#patches.length
    try {
      if (isMap(node) && isMapping(wanted) && !isTagged(wanted)) return this.#changeMapping(slot, node, wanted)
      if (isSeq(node) && Array.isArray(wanted) && node.tag === undefined && !this.#isCoarse)
        return this.#changeList(slot, node, wanted)
    } catch (problem) {
      if (!(problem instanceof SpliceProblem) || problem.isFinal || slot.kind === 'root') throw problem
      this.#patches.length = before
    }
    this.#replace(slot, wanted)
  }

  #changeMapping(slot: Slot, node: Yaml.YAMLMap.Parsed, wanted: JsonMapping): void {
    const pairs = this.#document.pairsOf(node)
    const names = new Set(pairs.map(({ name }) => name))
    const old = this.#document.valueOf(node)
    const merged = isMapping(old) ? Object.keys(old).filter((name) => !names.has(name)) : []
    const lost = merged.filter((name) => !Object.hasOwn(wanted, name))
    if (lost.length > 0) this.#mergeWithout(slot, node, lost)
    const added = Object.entries(wanted).filter(
      ([name, value]) => !names.has(name) && !(merged.includes(name) && isMapping(old) && jsonEquals(old[name], value)),
    )
    const removed = pairs.filter(({ name }) => !Object.hasOwn(wanted, name))
    const keptCount = node.items.length - removed.length
    if (keptCount === 0 && slot.kind !== 'root') return this.#replace(slot, wanted)
    if (pairs.length === 0 && merged.length === 0) return this.#replace(slot, wanted)
    const lastOf = new Map(pairs.map((pair) => [pair.name, pair]))
    for (const named of pairs) {
      const { name, pair, value } = named
      const next = wanted[name]
      const isSame = next !== undefined && value !== null && jsonEquals(this.#document.valueOf(value), next)
      if (lastOf.get(name) !== named) this.#refuseDuplicate(name, next, node)
      else if (next !== undefined && !isSame) this.#change(this.#slotOfPair(pair, node, slot.isInFlow), next)
    }
    if (node.flow) this.#changeFlowPairs(node, removed, Object.fromEntries(added))
    else this.#changeBlockPairs(node, removed, added)
  }

  /** Of a key given twice neither is touched: which of the two the owner means is not ours to say. */
  #refuseDuplicate(name: string, next: Json | undefined, node: Yaml.YAMLMap.Parsed): void {
    const old = this.#document.valueOf(node)
    if (next !== undefined && isMapping(old) && jsonEquals(old[name], next)) return
    throw new SpliceProblem(`the key ${name} is given twice in one mapping`, true)
  }

  /** Writes out what a merge key brings, but for some keys that must not be there (any more). */
  #mergeWithout(slot: Slot, node: Yaml.YAMLMap.Parsed, lost: readonly string[]): void {
    const own = new Set(this.#document.pairsOf(node).map(({ pair }) => pair))
    for (const pair of node.items) {
      if (own.has(pair) || pair.value === null) continue
      const sources = [this.#document.valueOf(pair.value)].flat()
      const brought = sources.toReversed().flatMap((source) => Object.entries(isMapping(source) ? source : {}))
      const kept = Object.fromEntries(brought.filter(([name]) => !lost.includes(name)))
      const { start, end } = { start: pair.value.range[0], end: this.#endOf(pair.value) }
      if (library().isAlias(pair.value)) this.#put(start, end, inlineText(kept, true))
      else this.#replace(this.#slotOfPair(pair, node, slot.isInFlow), kept)
    }
  }

  #changeBlockPairs(node: Yaml.YAMLMap.Parsed, removed: readonly NamedPair[], added: readonly [string, Json][]): void {
    const gone = new Set(removed.map(({ pair }) => pair))
    const column = this.#columnOf(this.#startOfPair(node.items[0]))
    const lastKept = node.items.findLast((pair) => !gone.has(pair))
    const lines = moveIn(
      added.flatMap(([name, value]) => pairLines(name, value, this.#style)),
      column,
    )
    if (lastKept) this.#insertLinesAfter(this.#endOfPair(lastKept), lines)
    else this.#insertLinesBefore(this.#startOfPair(node.items[0]), lines)
    const spans = node.items.map((pair) => ({ start: this.#startOfPair(pair), end: this.#endOfPair(pair) }))
    this.#removeBlockEntries(
      spans,
      node.items.map((pair) => gone.has(pair)),
    )
  }

  #changeFlowPairs(node: Yaml.YAMLMap.Parsed, removed: readonly NamedPair[], added: JsonMapping): void {
    const gone = new Set(removed.map(({ pair }) => pair))
    const lastKept = node.items.findLastIndex((pair) => !gone.has(pair))
    const endOfKept = this.#endOfPair(node.items[lastKept])
    for (const [index, pair] of node.items.entries()) {
      if (!gone.has(pair) || index > lastKept) continue
      this.#put(this.#startOfPair(pair), this.#startOfPair(node.items[index + 1]), '')
    }
    const last = node.items.at(-1)
    if (lastKept < node.items.length - 1) this.#put(endOfKept, this.#endOfPair(last), '')
    const texts = pairTexts(added)
    if (texts.length > 0) this.#insert(endOfKept, `, ${texts.join(', ')}`)
  }

  #changeList(slot: Slot, node: Yaml.YAMLSeq.Parsed, wanted: readonly Json[]): void {
    const items = node.items
    if (wanted.length === 0 || items.length === 0) return this.#replace(slot, wanted)
    if (items.length === wanted.length) {
      for (const [index, value] of wanted.entries()) this.#change(this.#slotOfItem(node, index, slot.isInFlow), value)
      return
    }
    if (node.flow) return this.#replace(slot, wanted)
    const old = items.map((item) => this.#document.valueOf(item))
    const shorter = Math.min(old.length, wanted.length)
    let head = 0
    while (head < shorter && jsonEquals(old[head], wanted[head])) head++
    let tail = 0
    while (tail < shorter - head && jsonEquals(old.at(-1 - tail), wanted.at(-1 - tail))) tail++
    if (head + tail === 0) return this.#replace(slot, wanted)
    const spans = items.map((_, index) => this.#spanOfItem(node, index))
    const lines = wanted.slice(head, wanted.length - tail).flatMap((value) => itemLines(value, this.#style))
    const before = spans[head - 1]
    const first = spans[0] ?? { start: 0, end: 0 }
    const moved = moveIn(lines, this.#columnOf(first.start))
    if (before) this.#insertLinesAfter(before.end, moved)
    else if (!this.#isFirstOnLine(first.start)) throw new SpliceProblem('a list begins on the line of another')
    else this.#insertLinesBefore(first.start, moved)
    this.#removeBlockEntries(
      spans,
      spans.map((_, index) => index >= head && index < old.length - tail),
    )
  }

  /** Takes whole lines out; the first entry may stand behind a dash and then only what follows moves up. */
  #removeBlockEntries(spans: readonly Span[], isGone: readonly boolean[]): void {
    const [first] = spans
    const firstKept = isGone.indexOf(false)
    let from = 0
    if (first && isGone[0] === true && !this.#isFirstOnLine(first.start)) {
      const next = spans[firstKept]
      if (!next) throw new SpliceProblem('nothing of a mapping behind a dash would be left')
      this.#put(first.start, next.start, '')
      from = firstKept
    }
    for (const [index, { start, end }] of spans.entries()) {
      if (index >= from && isGone[index] === true) this.#removeLines(start, end)
    }
  }

  // ---- One value for another ----

  #replace(slot: Slot, value: Json): void {
    if (slot.isInFlow) return this.#replaceInFlow(slot, value)
    if (slot.kind === 'root') return this.#replaceRoot(value)
    const tag = slot.props.find(({ type }) => type === 'tag')
    const anchor = slot.props.find(({ type }) => type === 'anchor')
    const indicatorEnd = slot.indicatorEnd
    if (indicatorEnd === undefined) throw new SpliceProblem('a key has no colon')
    const isFeeding = anchor !== undefined && this.#aliased.has(anchor.source.slice(1))
    const headEnd = anchor && !isFeeding ? anchor.offset + anchor.source.length : indicatorEnd
    const isSplit = slot.props.some(({ offset }) => this.#lineStart(offset) !== this.#lineStart(indicatorEnd))
    if (isSplit || (tag && anchor && tag.offset < anchor.offset))
      throw new SpliceProblem('a tag or anchor stands in an odd place')
    // Those that it feeds get their old value written out.
    if (isFeeding) this.#put(indicatorEnd, anchor.offset + anchor.source.length, '')
    const { node } = slot
    if (node === null || this.#isEmpty(node)) {
      if (isFeeding) throw new SpliceProblem('an anchor stands before nothing')
      const tagEnd = tag ? tag.offset + tag.source.length : headEnd
      this.#replaceNothing(slot, { start: headEnd, end: tagEnd }, value)
    } else if (library().isCollection(node) && !node.flow) {
      if (tag) this.#put(headEnd, tag.offset + tag.source.length, '')
      this.#replaceBlock(slot, node, headEnd, value)
    } else {
      const start = tag ? tag.offset : node.range[0]
      this.#replaceInline(slot, { start, end: this.#endOf(node) }, value)
    }
  }

  /** `head` is what stands between the colon and nothing: a tag to be dropped, or no character at all. */
  #replaceNothing(slot: Slot, head: Span, value: Json): void {
    const lineEnd = this.#lineEnd(head.end)
    if (isInline(value)) return this.#put(head.start, head.end, ` ${inlineText(value, false)}`)
    const header = headerOf(value)
    if (header || slot.kind === 'pair') {
      this.#put(head.start, head.end, header && ` ${header}`)
      return this.#insert(lineEnd, this.#joined(slot, value))
    }
    if (lineEnd !== head.end) throw new SpliceProblem('a comment stands behind an empty item')
    this.#put(head.start, head.end, ` ${this.#compact(slot.column + 2, value)}`)
  }

  #replaceInline(slot: Slot, span: Span, value: Json): void {
    if (isInline(value) || this.#staysFlow(slot.node, value)) {
      return this.#put(span.start, span.end, inlineText(value, false))
    }
    const header = headerOf(value)
    const isBlockScalar = this.#text[span.start] === '|' || this.#text[span.start] === '>'
    const isBelow = this.#isFirstOnLine(span.start)
    const gap = isBelow ? 0 : /[ \t]*$/.exec(this.#text.slice(this.#lineStart(span.start), span.start))?.[0].length
    if (!header && (slot.kind === 'item' || isBelow)) {
      return this.#put(span.start, span.end, this.#compact(this.#columnOf(span.start), value))
    }
    const start = header ? span.start : span.start - (gap ?? 0)
    if (isBlockScalar) return this.#put(start, span.end, header + this.#joined(slot, value))
    this.#put(start, span.end, header)
    this.#insert(this.#lineEnd(span.end), this.#joined(slot, value))
  }

  #replaceBlock(slot: Slot, node: Yaml.ParsedNode, headEnd: number, value: Json): void {
    const start = node.range[0]
    const end = this.#lineEnd(this.#endOf(node))
    const header = headerOf(value)
    if (!this.#isFirstOnLine(start)) {
      const text = isInline(value)
        ? inlineText(value, false)
        : header
          ? header + this.#joined(slot, value)
          : this.#compact(this.#columnOf(start), value)
      return this.#put(start, end, text)
    }
    const lineBefore = this.#endOfLineBefore(start)
    if (isInline(value)) {
      this.#insert(headEnd, ` ${inlineText(value, false)}`)
      this.#put(lineBefore, end, '')
    } else if (header) {
      this.#insert(headEnd, ` ${header}`)
      this.#put(this.#lineEnd(headEnd), end, this.#joined(slot, value))
    } else {
      const isSameKind = Array.isArray(value) === library().isSeq(node)
      const column = isSameKind ? this.#columnOf(start) : undefined
      this.#put(lineBefore, end, this.#joined(slot, value, column))
    }
  }

  #replaceInFlow(slot: Slot, value: Json): void {
    const text = inlineText(value, true)
    const tag = slot.props.find(({ type }) => type === 'tag')
    if (slot.node !== null && !this.#isEmpty(slot.node)) {
      return this.#put(tag ? tag.offset : slot.node.range[0], slot.node.range[1], text)
    }
    if (slot.props.length > 0) throw new SpliceProblem('a tag or anchor stands before nothing')
    if (slot.indicatorEnd === undefined) this.#insert(slot.keyEnd, `: ${text}`)
    else this.#insert(slot.indicatorEnd, ` ${text}`)
  }

  #replaceRoot(value: Json): void {
    const root = this.#document.document.contents
    if (root === null) throw new SpliceProblem('there is no root')
    const end = this.#endOf(root)
    if (!isInline(value)) this.#put(root.range[0], end, this.#compact(0, value))
    else if (library().isMap(root) && !root.flow) this.#removeBlockEntries([{ start: root.range[0], end }], [true])
    else this.#put(root.range[0], end, inlineText(value, false))
  }

  /** New keys for a file without any: behind its comments, before a mark of the document's end. */
  #append(wanted: JsonMapping): void {
    const mark = /^\.\.\.(?=\s|$)/m.exec(this.#text)
    const at = mark ? mark.index : this.#text.length
    const gap = at === 0 || this.#text[at - 1] === '\n' ? '' : this.#eol
    this.#insert(at, gap + blockLines(wanted, this.#style).join(this.#eol) + this.#eol)
  }

  /** An alias whose anchor is going away becomes the value that it stood for. */
  #writeOutAliases(): void {
    const gone = (offset: number): boolean => this.#patches.some(({ start, end }) => offset >= start && offset < end)
    const names = [...this.#document.anchors].filter(([name, node]) =>
      gone(this.#text.lastIndexOf(`&${name}`, node.range[0])),
    )
    if (names.length === 0) return
    const values = new Map(names.map(([name, node]) => [name, this.#document.valueOf(node)]))
    library().visit(this.#document.document, {
      Alias: (_, alias) => {
        const value = values.get(alias.source)
        const start = alias.range?.[0]
        if (value === undefined || start === undefined || gone(start)) return
        this.#put(start, start + alias.source.length + 1, inlineText(value, true))
      },
    })
  }

  /** A short list of plain things that was written in brackets stays so. */
  #staysFlow(node: Yaml.ParsedNode | null, value: Json): boolean {
    const isList = library().isSeq(node) && Array.isArray(value) && value.every((item: Json) => isInline(item))
    return isList && inlineText(value, true).length <= longestFlowList
  }

  // ---- Text ----

  /** Line break and block lines, moved in below the slot. */
  #joined(slot: Slot, value: Json, column?: number): string {
    const step = slot.kind === 'item' ? 2 : Array.isArray(value) ? this.#style.listStep : this.#style.step
    const lines = moveIn(blockLines(value, this.#style), column ?? slot.column + step)
    return this.#eol + lines.join(this.#eol)
  }

  /** Block lines of which the first stands where the caller is. */
  #compact(column: number, value: Json): string {
    return moveIn(blockLines(value, this.#style), column).join(this.#eol).slice(column)
  }

  #put(start: number, end: number, text: string): void {
    if (start !== end || text !== '') this.#patches.push({ start, end, text })
  }

  #insert(at: number, text: string): void {
    this.#put(at, at, text)
  }

  #insertLinesAfter(end: number, lines: readonly string[]): void {
    if (lines.length > 0) this.#insert(this.#lineEnd(end), this.#eol + lines.join(this.#eol))
  }

  #insertLinesBefore(start: number, lines: readonly string[]): void {
    if (lines.length === 0) return
    if (this.#lineStart(start) === 0) this.#insert(0, lines.join(this.#eol) + this.#eol)
    else this.#insert(this.#endOfLineBefore(start), this.#eol + lines.join(this.#eol))
  }

  #removeLines(start: number, end: number): void {
    const lineStart = this.#lineStart(start)
    if (lineStart > 0) return this.#put(this.#endOfLineBefore(start), this.#lineEnd(end), '')
    const next = this.#text.indexOf('\n', this.#lineEnd(end))
    this.#put(0, next < 0 ? this.#text.length : next + 1, '')
  }

  #lineStart(offset: number): number {
    return this.#text.lastIndexOf('\n', offset - 1) + 1
  }

  /** Where the line break begins, or the text ends. */
  #lineEnd(offset: number): number {
    const found = this.#text.indexOf('\n', offset)
    if (found < 0) return this.#text.length
    return found > offset && this.#text[found - 1] === '\r' ? found - 1 : found
  }

  #endOfLineBefore(offset: number): number {
    const lineStart = this.#lineStart(offset)
    if (lineStart === 0) throw new SpliceProblem('a value stands on the first line')
    return this.#text[lineStart - 2] === '\r' ? lineStart - 2 : lineStart - 1
  }

  #columnOf(offset: number): number {
    return offset - this.#lineStart(offset)
  }

  #isFirstOnLine(offset: number): boolean {
    return this.#text.slice(this.#lineStart(offset), offset).trim() === ''
  }

  // ---- Places ----

  #slotOfPair(pair: NamedPair['pair'], map: Yaml.YAMLMap.Parsed, isParentInFlow: boolean): Slot {
    const tokens = tokensOf(pair.srcToken?.sep)
    const colon = tokens.find(({ type }) => type === 'map-value-ind')
    return {
      kind: 'pair',
      node: pair.value,
      indicatorEnd: colon && colon.offset + 1,
      keyEnd: pair.key.range[1],
      props: tokens.filter(({ type, offset }) => isProp(type) && (!colon || offset > colon.offset)),
      column: this.#columnOf(this.#startOfPair(pair)),
      isInFlow: isParentInFlow || map.flow === true,
    }
  }

  #slotOfItem(list: Yaml.YAMLSeq.Parsed, index: number, isParentInFlow: boolean): Slot {
    const tokens = itemTokens(list, index)
    const dash = tokens.find(({ type }) => type === 'seq-item-ind')
    const node = list.items[index] ?? null
    return {
      kind: 'item',
      node,
      indicatorEnd: dash && dash.offset + 1,
      keyEnd: 0,
      props: tokens.filter(({ type }) => isProp(type)),
      column: dash ? this.#columnOf(dash.offset) : 0,
      isInFlow: isParentInFlow || list.flow === true,
    }
  }

  #spanOfItem(list: Yaml.YAMLSeq.Parsed, index: number): Span {
    const tokens = itemTokens(list, index)
    const dash = tokens.find(({ type }) => type === 'seq-item-ind')
    const node = list.items[index] ?? null
    if (!dash) throw new SpliceProblem('a list item has no dash')
    return { start: dash.offset, end: this.#isEmpty(node) ? endOfTokens(tokens, dash.offset) : this.#endOf(node) }
  }

  #startOfPair(pair: NamedPair['pair'] | undefined): number {
    if (!pair) throw new SpliceProblem('a key has no place')
    const mark = tokensOf(pair.srcToken?.start).find(({ type }) => isProp(type) || type === 'explicit-key-ind')
    return mark?.offset ?? pair.key.range[0]
  }

  #endOfPair(pair: NamedPair['pair'] | undefined): number {
    if (!pair) throw new SpliceProblem('a key has no place')
    if (!this.#isEmpty(pair.value)) return this.#endOf(pair.value)
    return endOfTokens(tokensOf(pair.srcToken?.sep), pair.key.range[1])
  }

  /** Behind the last character of a node's content: no comment, no line break. */
  #endOf(node: Yaml.ParsedNode | null): number {
    const { isMap, isSeq, isCollection } = library()
    if (node === null) throw new SpliceProblem('a value has no place')
    if (isCollection(node) && !node.flow) {
      if (isMap(node)) return this.#endOfPair(node.items.at(-1))
      if (isSeq(node)) return this.#spanOfItem(node, node.items.length - 1).end
    }
    const source = this.#text.slice(node.range[0], node.range[1])
    return node.range[1] - (/\r?\n$/.exec(source)?.[0].length ?? 0)
  }

  #isEmpty(node: Yaml.ParsedNode | null): node is null {
    return node === null || (library().isScalar(node) && node.type === 'PLAIN' && node.source === '')
  }

  #findStyle(): YamlStyle {
    const steps: number[] = []
    const listSteps: number[] = []
    const { visit, isMap, isSeq, isPair } = library()
    visit(this.#document.document, {
      Collection: (_, node, path) => {
        const parent = path.at(-1)
        if (!isPair(parent) || node.flow || !node.range || !library().isNode(parent.key) || !parent.key.range) return
        const by = this.#columnOf(node.range[0]) - this.#columnOf(parent.key.range[0])
        if (isMap(node) && by > 0) steps.push(by)
        if (isSeq(node) && by >= 0) listSteps.push(by)
      },
    })
    const step = mostFrequent(steps) ?? 2
    return { step, listStep: mostFrequent(listSteps) ?? step }
  }
}

function isProp(type: string): boolean {
  return type === 'anchor' || type === 'tag'
}

function tokensOf(tokens: readonly Token[] | undefined): readonly Token[] {
  return tokens ?? []
}

function itemTokens(list: Yaml.YAMLSeq.Parsed, index: number): readonly Token[] {
  const token = list.srcToken
  const item = token && 'items' in token ? token.items[index] : undefined
  return item?.start ?? []
}

/** Behind the last token that is neither space, comment nor line break. */
function endOfTokens(tokens: readonly Token[], otherwise: number): number {
  const last = tokens.findLast(({ type }) => !['space', 'comment', 'newline'].includes(type))
  return last ? last.offset + last.source.length : otherwise
}

function mostFrequent(numbers: readonly number[]): number | undefined {
  const counts = new Map<number, number>()
  for (const number of numbers) counts.set(number, (counts.get(number) ?? 0) + 1)
  return [...counts].toSorted((a, b) => b[1] - a[1])[0]?.[0]
}
