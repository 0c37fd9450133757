// JSON Lines: one value a line, appended by many, read while it grows.
//
// A line that a crash cut short is never joined with the next one: appending starts a new line after it, and
// reading skips it at the end of the file. Lines are bounded, so a broken file cannot fill the memory.

import { closeSync, createReadStream, constants, fstatSync, openSync, readSync, writeSync } from 'node:fs'
import { TimmyError } from './errors.ts'
import { atomicWrite, type WriteOptions } from './files.ts'
import type { Json } from './json.ts'

const newline = 0x0a
const defaultMaxLineBytes = 16 * 1024 * 1024

/** Adds values at the end, in one write; creates the file with mode 0600. */
export function appendJsonl(file: string, ...values: readonly Json[]): void {
  if (values.length === 0) return
  const descriptor = openSync(file, constants.O_RDWR | constants.O_CREAT | constants.O_APPEND, 0o600)
  try {
    const text = Buffer.from((endsInMiddleOfLine(descriptor) ? '\n' : '') + linesOf(values))
    for (let written = 0; written < text.length;) written += writeSync(descriptor, text, written)
  } finally {
    closeSync(descriptor)
  }
}

function endsInMiddleOfLine(descriptor: number): boolean {
  const { size } = fstatSync(descriptor)
  if (size === 0) return false
  const last = Buffer.alloc(1)
  readSync(descriptor, last, 0, 1, size - 1)
  return last[0] !== newline
}

/** Replaces the file by exactly these values, atomically. */
export async function writeJsonl(file: string, values: Iterable<Json>, options: WriteOptions = {}): Promise<void> {
  await atomicWrite(file, linesOf(values), options)
}

function linesOf(values: Iterable<Json>): string {
  let text = ''
  for (const value of values) text += `${JSON.stringify(value)}\n`
  return text
}

/** A line that could not be read. */
export interface BadLine {
  readonly line: number
  readonly reason: string
}

export interface ReadJsonlOptions {
  /** 16 MiB unless told. */
  readonly maxLineBytes?: number
  /** Is told each line that is skipped; without it such a line is an error, but for a torn last one. */
  readonly onBadLine?: (bad: BadLine) => void
}

/** The values of a file in order; blank lines do not count. */
export async function* readJsonl(file: string, options: ReadJsonlOptions = {}): AsyncGenerator<Json, void, undefined> {
  const refuse =
    options.onBadLine ??
    (({ line, reason }) => {
      throw new TimmyError('FILE_INVALID', `${file} line ${line} ${reason}`, {
        hint: `edit ${file} and mend or remove that line`,
        where: [{ file, line }],
      })
    })
  let number = 0
  for await (const line of boundedLines(file, options.maxLineBytes ?? defaultMaxLineBytes)) {
    number += 1
    if (line.text === undefined) {
      refuse({ line: number, reason: 'is longer than allowed' })
      continue
    }
    if (line.text.trim() === '') continue
    const value = parse(line.text)
    if (value !== undefined) yield value
    else if (line.isEnded || options.onBadLine) refuse({ line: number, reason: 'is not JSON' })
  }
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}

interface Line {
  /** Undefined: too long. */
  readonly text: string | undefined
  /** It has its newline. */
  readonly isEnded: boolean
}

async function* boundedLines(file: string, maxBytes: number): AsyncGenerator<Line, void, undefined> {
  let parts: Buffer[] = []
  let bytes = 0
  const take = (part: Buffer): void => {
    bytes += part.length
    if (bytes <= maxBytes) parts.push(part)
    else parts = []
  }
  const finish = (isEnded: boolean): Line => {
    const text = bytes <= maxBytes ? Buffer.concat(parts).toString('utf8') : undefined
    parts = []
    bytes = 0
    return { text, isEnded }
  }
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    let start = 0
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      take(chunk.subarray(start, end))
      yield finish(true)
      start = end + 1
    }
    take(chunk.subarray(start))
  }
  if (bytes > 0) yield finish(false)
}
