// Desired entries: what one target shall have, compiled from its overlay, owned by rule, named and in order.
//
// Pure: values in, values out. Promise: entries are sorted by their names and each name is there once; whatever cannot
// be written as wanted is a finding with its file and line, and is not among the entries.

import type { Finding, Overlay, OwnRule, Rule, Source } from '../config/index.ts'
import { ownershipOf } from '../hermes/index.ts'
import { compileAliases } from './compile/aliases.ts'
import { compileConfigKeys } from './compile/config-keys.ts'
import { compileCronJobs } from './compile/cron.ts'
import type { Compiled, Draft, EngineFacts } from './compile/draft.ts'
import { compileFiles } from './compile/files.ts'
import { compileMemories } from './compile/memories.ts'
import { compilePlaybooks } from './compile/playbooks.ts'
import { compilePortfolios } from './compile/portfolios.ts'
import { compileRules, placeOf, problem } from './compile/rules.ts'
import { compileSoul } from './compile/soul.ts'
import type { DesiredEntry, EntryContent, Mode, Policy } from './entry.ts'
import { entryMatches, entryName, keyText } from './entry-name.ts'
import { digestOfOwned } from './owned-value.ts'

export type { EngineFacts } from './compile/draft.ts'

export interface Desired {
  readonly entries: DesiredEntry[]
  readonly findings: Finding[]
}

/** What an overlay wants of its target. Entries mean something only when no finding is an error. */
export function desiredOf(overlay: Overlay, facts: EngineFacts): Desired {
  const compiled: Compiled[] = [
    compileSoul(overlay),
    compileConfigKeys(overlay, facts),
    compilePortfolios(overlay),
    compileAliases(overlay),
    compileMemories(overlay),
    compileCronJobs(overlay),
    compilePlaybooks(overlay),
    compileFiles(overlay),
  ]
  const findings = compiled.flatMap((part) => part.findings)
  const wanted = new Map<string, DesiredEntry>()
  for (const draft of compiled.flatMap((part) => part.drafts)) {
    const entry = owned(draft, overlay.own, findings)
    if (entry) place(entry, wanted, findings)
  }
  const entries = [...wanted.values()].toSorted((a, b) => (a.entry < b.entry ? -1 : 1))
  return { entries, findings: [...findings, ...nestedKeys(entries)] }
}

type OwnedBy = Overlay['own'][number]

/** The draft under the first rule of the manifest that matches it, else as the built-in table has it. */
function owned(draft: Draft, own: Overlay['own'], findings: Finding[]): DesiredEntry | undefined {
  const entry = entryName(draft.root, draft.path, draft.part)
  const by = own.find(({ rule }) => entryMatches(rule.match, entry))
  const policy = policyOf(draft, by, findings)
  const mode = modeOf(draft, by?.rule)
  if (!policy || !mode) return undefined
  const list = by?.rule.list ?? 'atomic'
  const content = mode === 'remove' ? undefined : contentOf(draft, list)
  return {
    entry,
    root: draft.root,
    path: draft.path,
    ...(draft.part && { part: draft.part }),
    policy,
    mode,
    list,
    heal: by?.rule.heal ?? false,
    ...(content && { content }),
    fileMode: draft.fileMode,
    source: draft.source,
  }
}

/** Which policies a file, a key and a record can have; the first unless the manifest says another. */
const policiesOf: Readonly<Record<'file' | 'key' | 'record', readonly Policy[]>> = {
  file: ['file', 'seed'],
  key: ['keys'],
  record: ['records'],
}

/** What the built-in table keeps for the engine or the owner stays theirs, whatever the manifest says. */
function policyOf(draft: Draft, by: OwnedBy | undefined, findings: Finding[]): Policy | undefined {
  const refuse = (rule: Rule, source: Source, message: string): undefined => {
    findings.push(problem(rule, source, message))
  }
  const { path, part, source, root } = draft
  const known = root === 'home' ? ownershipOf(path) : undefined
  if (known?.policy === 'never' || known?.policy === 'read') {
    return refuse(compileRules.pathNeverOurs, source, `${path} ${known.why}`)
  }
  const asked = by?.rule.policy
  if (by && asked === 'never') {
    return refuse(compileRules.pathNeverOurs, source, `${path} is never ours: own at ${placeOf(by.source)} says so`)
  }
  if (root === 'home' && !known && asked === undefined) {
    return refuse(compileRules.pathUnowned, source, `no rule of ownership matches ${path}`)
  }
  const kind = part?.kind ?? 'file'
  const fits = policiesOf[kind].find((policy) => asked === undefined || policy === asked)
  const subject = kind === 'file' ? `the file ${path}` : `a ${kind} of ${path}`
  return fits ?? refuse(compileRules.ownUnfit, by?.source ?? source, `${subject} cannot be owned by ${asked}`)
}

/** Undefined: the manifest says to ignore it. A removal of the manifest stays one, whatever its rule says first. */
function modeOf({ mode, part }: Draft, rule: OwnRule | undefined): Mode | undefined {
  if (mode === 'remove' || !part || rule?.mode === undefined) return rule?.mode === 'ignore' ? undefined : mode
  return rule.mode === 'ignore' ? undefined : rule.mode
}

function contentOf({ bytes, value, part }: Draft, list: DesiredEntry['list']): EntryContent | undefined {
  if (bytes) return bytes
  if (value === undefined) return undefined
  return { kind: 'value', digest: digestOfOwned(value, part?.kind === 'record' ? 'fields' : list), value }
}

/** A default gives way to whatever is enforced or removed; the same wish twice is one; two wishes are a fault. */
function place(entry: DesiredEntry, wanted: Map<string, DesiredEntry>, findings: Finding[]): void {
  const other = wanted.get(entry.entry)
  const isStronger = other !== undefined && weightOf(entry) > weightOf(other)
  if (!other || isStronger) wanted.set(entry.entry, entry)
  if (!other || isSameWish(entry, other)) return
  const [weaker, stronger] = isStronger ? [other, entry] : [entry, other]
  if (weightOf(weaker) < weightOf(stronger)) findings.push(...hiddenDefault(weaker, stronger))
  else {
    const message = `${entry.entry} is wanted here and at ${placeOf(other.source)}`
    findings.push(problem(compileRules.entryTwice, entry.source, message))
  }
}

/** What config.yaml says is meant more than config.defaults.yaml, also where a rule of the manifest makes it a default. */
function weightOf({ mode, source }: DesiredEntry): number {
  if (mode !== 'default') return 2
  return source.file.endsWith('config.defaults.yaml') ? 0 : 1
}

/** Told where one layer hides its own default; a higher layer or a portfolio that goes beyond one is their purpose. */
function hiddenDefault(weaker: DesiredEntry, { source }: DesiredEntry): Finding[] {
  if (source.layer !== weaker.source.layer || !source.file.endsWith('config.yaml')) return []
  const message = `${weaker.entry} is set at ${placeOf(source)}, so this default is never used`
  return [problem(compileRules.defaultHidden, weaker.source, message)]
}

function isSameWish(a: DesiredEntry, b: DesiredEntry): boolean {
  return isSamePlace(a.source, b.source) && a.mode === b.mode && a.content?.digest === b.content?.digest
}

function isSamePlace(a: Source, b: Source): boolean {
  return a.file === b.file && a.line === b.line
}

/** Keys that are wanted as a value while keys below them are wanted too. */
function nestedKeys(entries: readonly DesiredEntry[]): Finding[] {
  const values = new Map<string, DesiredEntry>()
  for (const entry of entries) {
    if (entry.part?.kind === 'key') values.set([entry.path, ...entry.part.path].join('\0'), entry)
  }
  return [...values.values()].flatMap(({ part, path, source }) => {
    if (part?.kind !== 'key') return []
    for (let length = part.path.length - 1; length > 0; length -= 1) {
      const above = values.get([path, ...part.path.slice(0, length)].join('\0'))
      if (!above) continue
      const key = keyText(part.path)
      const message = `${key} is wanted here, and ${keyText(part.path.slice(0, length))} as a whole at ${placeOf(above.source)}`
      return [problem(compileRules.entryNested, source, message)]
    }
    return []
  })
}
