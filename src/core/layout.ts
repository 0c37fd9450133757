// Text for people: columns, trees, and other people's text made safe to print.
//
// Widths are counted in terminal columns, colour codes not counted. Pure: values in, text out.

import { stripVTControlCharacters } from 'node:util'

export interface TableOptions {
  /** Put before each line. */
  readonly indent?: string
  /** Columns that are aligned to the right, by index. */
  readonly right?: readonly number[]
}

/** Rows in columns two spaces apart; no line ends in spaces. */
export function table(rows: readonly (readonly string[])[], options: TableOptions = {}): string {
  const widths: number[] = []
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, widthOf(cell))
  }
  return rows.map((row) => line(row, widths, options)).join('')
}

function line(row: readonly string[], widths: readonly number[], { indent = '', right = [] }: TableOptions): string {
  const cells = row.map((cell, column) => {
    const padding = ' '.repeat((widths[column] ?? 0) - widthOf(cell))
    return right.includes(column) ? padding + cell : cell + padding
  })
  return `${(indent + cells.join('  ')).trimEnd()}\n`
}

export interface TreeNode {
  readonly label: string
  readonly children?: readonly TreeNode[]
}

/** The nodes as an indented tree, one line each. */
export function tree(nodes: readonly TreeNode[], indent = ''): string {
  return nodes.map((node, index) => branch(node, indent, index === nodes.length - 1)).join('')
}

function branch(node: TreeNode, indent: string, isLast: boolean): string {
  const below = tree(node.children ?? [], indent + (isLast ? '   ' : '│  '))
  return `${indent}${isLast ? '└─ ' : '├─ '}${node.label}\n${below}`
}

const wide = /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60]|\p{Emoji_Presentation}/u
const mark = /[\p{Mn}\u{200B}-\u{200D}]/u

function widthOf(text: string): number {
  let width = 0
  for (const character of stripVTControlCharacters(text)) {
    width += wide.test(character) ? 2 : mark.test(character) ? 0 : 1
  }
  return width
}

/** Control characters, and those that turn the direction of writing. */
const unprintable = /[\p{Cc}\u2028\u2029\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF]|\p{Cs}/gu
const shortEscapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** Foreign text on one line: what could move a cursor or hide a word is shown as an escape. */
export function printable(text: string): string {
  return text.replaceAll(unprintable, (character) => {
    const code = character.codePointAt(0) ?? 0
    return shortEscapes[character] ?? (code < 256 ? `\\x${hex(code, 2)}` : `\\u${hex(code, 4)}`)
  })
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0')
}
