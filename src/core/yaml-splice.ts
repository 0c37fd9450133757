// Edits keys of a YAML text and leaves every other byte as it was.
//
// New values are spliced in by the places of the old ones; then the whole text is read again and must hold exactly
// what was asked for. Promise: the result differs from the old text in the edited keys only, else nothing is
// returned and the reason is told. Where an edited anchor feeds other keys, those keep their values.

import type { JsonMapping } from './json.ts'
import { isMapping, jsonEquals, type Json } from './json.ts'
import { TimmyError } from './errors.ts'
import { isYamlFault, parseYaml, type YamlDocument } from './yaml.ts'
import { applyPatches, planPatches, SpliceProblem } from './yaml-patches.ts'
import { isTagged } from './yaml-scalars.ts'

export interface YamlEdit {
  readonly path: readonly string[]
  /** Undefined takes the key out. */
  readonly value: Json | undefined
}

export interface SpliceOptions {
  /** The file, for messages. */
  readonly file?: string
}

export function spliceYaml(text: string, edits: readonly YamlEdit[], options: SpliceOptions = {}): string {
  const file = options.file ?? 'the YAML text'
  const bom = text.startsWith('\uFEFF') ? '\uFEFF' : ''
  const body = text.slice(bom.length)
  try {
    const before = rootOf(read(body))
    const wanted = edits.reduce(withEdit, before)
    if (jsonEquals(before, wanted)) return text
    return bom + (reach(body, wanted) ?? stepwise(body, before, wanted))
  } catch (problem) {
    if (!(problem instanceof SpliceProblem)) throw problem
    throw new TimmyError(
      'EDIT_REFUSED',
      `${file} cannot be edited without touching more than was asked: ${problem.message}`,
      {
        hint: `edit ${file} by hand`,
        cause: problem,
      },
    )
  }
}

function read(text: string): YamlDocument {
  const parsed = parseYaml(text, { duplicates: 'last', keepTokens: true })
  if (isYamlFault(parsed)) throw new SpliceProblem(`line ${parsed.line}: ${parsed.message}`)
  return parsed
}

/** An empty document counts as an empty mapping. */
function rootOf(document: YamlDocument): JsonMapping {
  const { value } = document
  if (value === null) return {}
  if (isMapping(value) && !isTagged(value)) return value
  throw new SpliceProblem('its root is no mapping')
}

/** More rounds than any file needs: each one mends what the last did to aliases and merged keys. */
const mostRounds = 6

/** Splices until the text holds the wanted value; undefined when that cannot be done in one go. */
function reach(text: string, wanted: JsonMapping, isCoarse = false): string | undefined {
  let current = text
  for (let round = 0; round < mostRounds; round++) {
    const parsed = parseYaml(current, { duplicates: 'last', keepTokens: true })
    if (isYamlFault(parsed)) return undefined
    if (jsonEquals(parsed.value ?? {}, wanted)) return current
    try {
      const next = applyPatches(current, planPatches(current, parsed, wanted, isCoarse))
      if (next === undefined || next === current) return undefined
      current = next
    } catch (problem) {
      if (problem instanceof SpliceProblem && problem.isFinal) throw problem
      if (problem instanceof SpliceProblem) return undefined
      throw problem
    }
  }
  return undefined
}

/** The same, one key after the other, for edits that get into each other's way. */
function stepwise(text: string, before: JsonMapping, wanted: JsonMapping): string {
  let current = text
  let value = before
  for (const edit of differences(before, wanted, [])) {
    value = withEdit(value, edit)
    const next = reach(current, value) ?? reach(current, value, true)
    if (next === undefined) throw new SpliceProblem(`the key ${edit.path.join('.')} stands where it cannot be spliced`)
    current = next
  }
  if (!jsonEquals(rootOf(read(current)), wanted)) throw new SpliceProblem('the result would hold other values')
  return current
}

function differences(from: JsonMapping, to: JsonMapping, path: readonly string[]): YamlEdit[] {
  const names = new Set([...Object.keys(from), ...Object.keys(to)])
  return [...names].flatMap((name): YamlEdit[] => {
    const [old, next] = [own(from, name), own(to, name)]
    if (jsonEquals(old, next)) return []
    if (isBranch(old) && isBranch(next)) return differences(old, next, [...path, name])
    return [{ path: [...path, name], value: next }]
  })
}

function withEdit(tree: JsonMapping, edit: YamlEdit): JsonMapping {
  const [name, ...rest] = edit.path
  if (name === undefined) throw new SpliceProblem('an edit names no key')
  const below = own(tree, name)
  const branch = isBranch(below) ? below : undefined
  // Taking out what is not there must not make its parents.
  if (rest.length > 0 && edit.value === undefined && !branch) return tree
  const next = rest.length > 0 ? withEdit(branch ?? {}, { ...edit, path: rest }) : edit.value
  const entries = Object.entries(tree).filter(([key]) => next !== undefined || key !== name)
  const isNew = next !== undefined && !Object.hasOwn(tree, name)
  const changed = entries.map(([key, value]): [string, Json] => [
    key,
    key === name && next !== undefined ? next : value,
  ])
  return Object.fromEntries(isNew ? [...changed, [name, next]] : changed)
}

function own(mapping: JsonMapping, name: string): Json | undefined {
  return Object.hasOwn(mapping, name) ? mapping[name] : undefined
}

function isBranch(value: Json | undefined): value is JsonMapping {
  return isMapping(value) && !isTagged(value)
}
