// One file judged by itself: read as what it is, then asked by every rule that needs nothing but this file.
//
// Promise: the verdict depends on path, mode and content only, so it may be kept (verdicts.ts). A verdict that would be
// another one on a machine with the missing interpreter says so and is not kept.

import type { Json } from '../core/index.ts'
import type { Finding } from './finding.ts'
import { charactersIn, memoryEntriesOf } from './memory-text.ts'
import { lineAt, maxSettingsBytes, type ReadResult, type Reading } from './reading.ts'
import { findingOf, type FileContent, type Hit, type Rule } from './rule.ts'
import { fileRules } from './rules/index.ts'
import { checkPython, checkShell, isPython, notLooked, pythonSyntax, shellOf, shellSyntax } from './rules/scripts.ts'
import { duplicateKey, fileTooLarge, schemaBroken, unreadableSettings } from './rules/settings.ts'
import type { SidecarFile, SidecarFileKind } from './sidecar.ts'
import type { Verdict } from './verdicts.ts'

/** A file beyond this size is refused unread. */
export const maxFileBytes = 64 * 1024 * 1024

export interface FileVerdict extends Verdict {
  readonly file: SidecarFile
  /** False: ask again next time. */
  readonly isFinal: boolean
}

/** What is wrong with each file, and what the settings among them hold. */
export async function lintFiles(files: readonly { file: SidecarFile; bytes: Buffer }[]): Promise<FileVerdict[]> {
  const opened: Opened[] = []
  const findings: Finding[][] = []
  for (const { file, bytes } of files) {
    const one = await open(file, bytes)
    opened.push(one)
    findings.push([...one.findings, ...(await ask(one.content))])
  }
  const scripts = await lintScripts(opened.map(({ content }) => content))
  return opened.map(({ content }, index): FileVerdict => {
    const script = scripts.get(content.path)
    const all = [...(findings[index] ?? []), ...(script?.findings ?? [])]
    const isKept = content.reading !== undefined && !all.some(({ severity }) => severity === 'error')
    const { bytes: _bytes, text: _text, reading, ...file } = content
    return {
      file,
      findings: all,
      // What is wrong may be a secret: such content is kept nowhere, and given to rules only in this run.
      ...(reading === undefined ? {} : { reading }),
      isFinal: script?.isFinal !== false && (content.reading === undefined || isKept),
    }
  })
}

async function ask(content: FileContent): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const rule of fileRules) {
    const answer = rule.check(content)
    const hits = answer instanceof Promise ? await answer : answer // most are not: no turn of the loop for them
    findings.push(...firstHits(hits).map((hit) => findingOf(rule, hit)))
  }
  return withoutEchoes(findings)
}

/** A file that breaks one rule a thousand times is told of often enough. */
const mostHitsPerRule = 50

function firstHits(hits: Iterable<Hit>): Hit[] {
  const first: Hit[] = []
  for (const hit of hits) {
    const last = first.at(-1)
    if (last !== undefined && first.length >= mostHitsPerRule) {
      first[first.length - 1] = { ...last, message: `${last.message}; and more like it below` }
      break
    }
    first.push(hit)
  }
  return first
}

/** One secret found by several rules is told once, by the first of them. */
function withoutEchoes(findings: readonly Finding[]): Finding[] {
  const told = new Set<string>()
  return findings.filter(({ rule, where }) => {
    if (!rule.startsWith('secret-') || where.line === undefined) return true
    const isNew = !told.has(String(where.line)) || [...told].includes(`${rule} ${where.line}`)
    told.add(String(where.line)).add(`${rule} ${where.line}`)
    return isNew
  })
}

interface Opened {
  readonly content: FileContent
  readonly findings: readonly Finding[]
}

async function open(file: SidecarFile, bytes: Buffer): Promise<Opened> {
  const text = textOf(bytes)
  const base = { ...file, bytes, text }
  if (!isSettingsKind(file.kind)) return { content: { ...base, reading: undefined }, findings: [] }
  const refuse = (rule: Rule, hit: Omit<Hit, 'file'>): Opened => ({
    content: { ...base, reading: undefined },
    findings: [findingOf(rule, { file: file.path, ...hit })],
  })
  if (bytes.length > maxSettingsBytes) return refuse(fileTooLarge, { message: `${file.path} is larger than 1 MiB` })
  if (text === undefined) return refuse(unreadableSettings, { line: 1, message: `${file.path} is not a UTF-8 text` })
  const { reading, faults } = await read(file.kind, text)
  if (reading === undefined) {
    const findings = faults.map(({ line, message }) =>
      findingOf(isDuplicate(message) ? duplicateKey : unreadableSettings, { file: file.path, line, message }),
    )
    return { content: { ...base, reading: undefined }, findings }
  }
  const hits = await judge(file, reading)
  return {
    content: { ...base, reading: hits.length === 0 ? reading : undefined },
    findings: hits.map((hit) => findingOf(schemaBroken, hit)),
  }
}

const parsedKinds: ReadonlySet<SidecarFileKind> = new Set([
  ...(['manifest', 'fleet', 'config', 'defaults', 'portfolios', 'aliases', 'memory', 'soul'] as const),
  ...(['skin', 'playbook', 'cron'] as const),
])

/** Kinds that are read as values. */
export function isSettingsKind(kind: SidecarFileKind): boolean {
  return parsedKinds.has(kind)
}

async function read(kind: SidecarFileKind, text: string): Promise<ReadResult> {
  if (kind === 'soul') return { reading: { value: charactersIn(text), lines: {} }, faults: [] }
  if (kind === 'memory') return { reading: readMemory(text), faults: [] }
  if (kind === 'aliases') return (await import('./read-json.ts')).readJson(text)
  return (await import('./read-yaml.ts')).readYaml(text)
}

function readMemory(text: string): Reading {
  const entries = memoryEntriesOf(text)
  const lines = Object.fromEntries(entries.map(({ line }, index) => [`/${index}`, line]))
  return { value: entries.map((entry) => entry.text), lines }
}

function isDuplicate(message: string): boolean {
  return /duplicate|twice|more than once/i.test(message)
}

/** Kinds that a zod schema judges; layered portfolios are parts, which the whole judges after merging. */
function hasSchema({ kind, layer }: SidecarFile): boolean {
  return ['manifest', 'fleet', 'playbook', 'cron'].includes(kind) || (kind === 'portfolios' && layer === 'base')
}

async function judge(file: SidecarFile, reading: Reading): Promise<Hit[]> {
  if (!hasSchema(file)) return mappingHits(file, reading.value)
  const { schemaHits } = await import('./schema-hits.ts')
  const { isSchemaName } = await import('./schema/index.ts')
  if (!isSchemaName(file.kind)) return []
  return schemaHits(file.kind, reading.value).map(({ path, message, mend }) => ({
    file: file.path,
    line: lineAt(reading.lines, path) ?? 1,
    message,
    ...(mend === undefined ? {} : { mend }),
  }))
}

/** What the engine judges by itself must at least be a mapping; aliases are texts by platform and chat. */
function mappingHits(file: SidecarFile, value: Json): Hit[] {
  if (file.kind === 'memory' || file.kind === 'soul' || value === null) return []
  const isMap = typeof value === 'object' && !Array.isArray(value)
  if (!isMap) return [{ file: file.path, line: 1, message: `${file.path} is not a mapping` }]
  if (file.kind !== 'aliases') return []
  const isNamed = Object.values(value).every(
    (chats) =>
      chats === null ||
      (typeof chats === 'object' &&
        Object.values(chats as object).every((name) => name === null || typeof name === 'string')),
  )
  return isNamed ? [] : [{ file: file.path, line: 1, message: 'aliases are {platform: {chat id: name}}' }]
}

/** Undefined for a binary file. */
function textOf(bytes: Buffer): string | undefined {
  if (bytes.subarray(0, 8192).includes(0)) return undefined
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

interface ScriptFindings {
  readonly findings: readonly Finding[]
  readonly isFinal: boolean
}

async function lintScripts(contents: readonly FileContent[]): Promise<Map<string, ScriptFindings>> {
  const verdicts = new Map<string, ScriptFindings>()
  const tell = (rule: Rule, { path }: FileContent, hits: readonly Hit[] | undefined, interpreter: string): void => {
    const unchecked = [
      findingOf(notLooked, { file: path, message: `there is no ${interpreter} here to parse ${path}` }),
    ]
    verdicts.set(path, {
      findings: hits?.map((hit) => findingOf(rule, hit)) ?? unchecked,
      isFinal: hits !== undefined,
    })
  }
  const shells = contents.flatMap((content) => {
    const shell = shellOf(content)
    return shell === undefined ? [] : [{ content, shell }]
  })
  const waiting = shells.values()
  const askShells = async (): Promise<void> => {
    for (const { content, shell } of waiting) tell(shellSyntax, content, await checkShell(content, shell), shell)
  }
  const pythons = contents.filter((content) => isPython(content))
  const askPython = async (): Promise<void> => {
    if (pythons.length === 0) return
    const answers = await checkPython(pythons)
    for (const [index, content] of pythons.entries()) tell(pythonSyntax, content, answers[index], 'python3')
  }
  await Promise.all([askShells(), askShells(), askPython()])
  return verdicts
}
