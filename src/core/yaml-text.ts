// Writes plain values as YAML that PyYAML reads back the same.
//
// Promise: a text that YAML 1.1 would take for a boolean, a number, a date or anything but itself is quoted, and
// `${NAME}` stays plain where it may. Only new values are written here; what stands in a file is never re-written.

import { isMapping, type Json, type JsonMapping } from './json.ts'
import { isTagged, plainTagOf } from './yaml-scalars.ts'

/** How a file is laid out, so that what we add looks like the rest. */
export interface YamlStyle {
  /** Columns by which a nested mapping is moved in. */
  readonly step: number
  /** Columns by which a list under a key is moved in; 0 is as usual as 2. */
  readonly listStep: number
}

/** One line holds it: a scalar that is not several lines of text, or an empty collection. */
export function isInline(value: Json): boolean {
  if (isTagged(value)) return true
  if (Array.isArray(value)) return value.length === 0
  if (isMapping(value)) return Object.keys(value).length === 0
  return !(typeof value === 'string' && isLiteral(value))
}

/** A value on one line. Flow collections are never broken. */
export function inlineText(value: Json, isInFlow: boolean): string {
  if (typeof value === 'string') return stringText(value, isInFlow)
  if (typeof value === 'number') return numberText(value)
  if (Array.isArray(value)) return `[${value.map((item: Json) => inlineText(item, true)).join(', ')}]`
  if (!isMapping(value)) return JSON.stringify(value)
  if (isTagged(value)) return taggedText(value)
  return `{${pairTexts(value).join(', ')}}`
}

/** Texts such as `key: value` for the inside of a flow mapping. */
export function pairTexts(mapping: JsonMapping): string[] {
  return Object.entries(mapping).map(([key, value]) => `${keyText(key)}: ${inlineText(value, true)}`)
}

/** The lines of a block collection or of a literal text (without its header), not yet moved in. */
export function blockLines(value: Json, style: YamlStyle): string[] {
  if (typeof value === 'string') return literalLines(value)
  if (Array.isArray(value)) return value.flatMap((item: Json) => itemLines(item, style))
  if (isMapping(value)) return Object.entries(value).flatMap(([key, item]) => pairLines(key, item, style))
  return [inlineText(value, false)]
}

/** `|`, when the block lines of this value need a header; else nothing. */
export function headerOf(value: Json): string {
  if (typeof value !== 'string') return ''
  return value.endsWith('\n') ? '|' : '|-'
}

export function pairLines(key: string, value: Json, style: YamlStyle): string[] {
  if (isInline(value)) return [`${keyText(key)}: ${inlineText(value, false)}`]
  const header = headerOf(value)
  const lines = blockLines(value, style)
  return [
    `${keyText(key)}:${header && ` ${header}`}`,
    ...moveIn(lines, Array.isArray(value) ? style.listStep : style.step),
  ]
}

export function itemLines(value: Json, style: YamlStyle): string[] {
  if (isInline(value)) return [`- ${inlineText(value, false)}`]
  const lines = moveIn(blockLines(value, style), 2)
  const header = headerOf(value)
  if (header) return [`- ${header}`, ...lines]
  return [`- ${(lines[0] ?? '').slice(2)}`, ...lines.slice(1)]
}

export function moveIn(lines: readonly string[], columns: number): string[] {
  return lines.map((line) => (line === '' ? line : ' '.repeat(columns) + line))
}

function keyText(key: string): string {
  return /^[A-Za-z_][\w ./-]*(?<! )$/.test(key) && plainTagOf(key) === 'str' ? key : quoted(key)
}

/** Text that a literal block holds without an indentation mark and without losing its last line breaks. */
function isLiteral(text: string): boolean {
  return /^[^\s].*\n/.test(text) && /[^\s]\n?$/.test(text) && !unprintable.test(text) && text.isWellFormed()
}

function literalLines(text: string): string[] {
  return text.replace(/\n$/, '').split('\n')
}

function stringText(text: string, isInFlow: boolean): string {
  const isPlain = isInFlow ? /^[A-Za-z0-9_./$][\w ./@+$-]*(?<! )$/.test(text) : isPlainInBlock(text)
  return isPlain && plainTagOf(text) === 'str' ? text : quoted(text)
}

function isPlainInBlock(text: string): boolean {
  return /^[^\s\-?:,[\]{}#&*!|>'"%@`=<]/.test(text) && !/: |:$| #| $|[\n\t]/.test(text) && isPrintable(text)
}

// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const unprintable = /[\x00-\x08\x0B-\x1F\x7F-\x9F\u2028\u2029\uFEFF\uFFFE\uFFFF]/

function isPrintable(text: string): boolean {
  return !unprintable.test(text) && text.isWellFormed()
}

function quoted(text: string): string {
  if (!/[\n\t]/.test(text) && isPrintable(text)) return `'${text.replaceAll("'", "''")}'`
  const escaped = JSON.stringify(text).replaceAll(
    /[\x7F-\x9F\u2028\u2029\uFEFF\uFFFE\uFFFF]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return escaped
}

function numberText(value: number): string {
  const text = String(value)
  // YAML 1.1 wants a point before an exponent.
  return text.includes('e') && !text.includes('.') ? text.replace('e', '.0e') : text
}

function taggedText(value: JsonMapping): string {
  const [name = '', content = null] = Object.entries(value)[0] ?? []
  if (name === '$binary') return `!!binary ${quoted(textOf(content))}`
  if (name === '$float') return `.${textOf(content)}`.replace('.-', '-.')
  if (name === '$set' && Array.isArray(content))
    return `!!set {${content.map((key: Json) => keyText(textOf(key))).join(', ')}}`
  if (name === '$pairs' && Array.isArray(content)) {
    const pairs = content.map((pair: Json) => {
      const [key = null, item = null] = Array.isArray(pair) ? pair : []
      return `{${keyText(textOf(key))}: ${inlineText(item, true)}}`
    })
    return `!!pairs [${pairs.join(', ')}]`
  }
  return textOf(content)
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
