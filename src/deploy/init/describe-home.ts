// An existing Hermes home as the pieces of a sidecar. Reads only; nothing of the home is changed.
//
// A settings file that cannot be read as the engine reads it, or that is a link, ends it: what a deploy would refuse is
// refused here, before anything is made.

import { TimmyError, type Disk } from '../../core/index.ts'
import { formatOf, isUnreadable, type Document, type Engine, type EngineTarget } from '../../hermes/index.ts'
import { entryName } from '../entry-name.ts'
import { readLive } from '../live.ts'
import { describeFiles } from './describe-files.ts'
import { describeJobs } from './describe-jobs.ts'
import { describeAliases, describeSettings } from './describe-keys.ts'
import type { Described, MemoryPiece } from './piece.ts'
import { secretJudge, type SecretJudge } from './secret-judge.ts'

export interface HomeOptions {
  readonly disk: Disk
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  readonly engine: Engine | undefined
  /** Take the learned memories over as well. */
  readonly memories: boolean
}

export interface DescribedHome extends Described {
  readonly judge: SecretJudge
  /** What was left to the engine without naming each. */
  readonly notes: readonly string[]
}

export async function describeHome(target: EngineTarget, options: HomeOptions): Promise<DescribedHome> {
  const { disk, env } = options
  const judge = secretJudge(disk, [...new Set([target.home, target.homeRoot])], env)
  const documents = readDocuments(disk, target.home)
  const settings = await describeSettings(documentAt(documents, 'config.yaml'), judge, { ...options, target })
  const files = describeFiles(disk, target.home, judge)
  const memories = describeMemories(documents, judge)
  const parts: Described[] = [
    settings,
    describeAliases(documentAt(documents, 'channel_aliases.json'), judge),
    describeJobs(documentAt(documents, 'cron/jobs.json'), judge),
    ...(options.memories ? [memories] : []),
    files,
  ]
  return {
    pieces: parts.flatMap(({ pieces }) => pieces),
    leftOut: parts.flatMap(({ leftOut }) => leftOut),
    judge,
    notes: [
      ...(settings.defaults === undefined
        ? ['no engine could be asked, so settings that equal its defaults are in config.yaml too']
        : settings.defaults > 0
          ? [`${count(settings.defaults, 'setting')} equal to the engine's default left to it`]
          : []),
      ...(files.engineSkills > 0 ? [`${count(files.engineSkills, 'skill')} that the engine brought left to it`] : []),
      ...(!options.memories && memories.pieces.length > 0
        ? [
            `${count(memories.pieces.length, 'memory entry', 'memory entries')} left to the agent that learned them (--memories takes them over)`,
          ]
        : []),
    ],
  }
}

const count = (number: number, one: string, many = `${one}s`): string => `${number} ${number === 1 ? one : many}`

const memoryFiles = ['memories/MEMORY.md', 'memories/USER.md'] as const

/** Every file of the home that holds several entries. HOME_UNUSABLE when one of them cannot be owned. */
function readDocuments(disk: Disk, home: string): ReadonlyMap<string, Document> {
  const paths = ['config.yaml', 'channel_aliases.json', 'cron/jobs.json', ...memoryFiles]
  const live = readLive(
    disk,
    { home, workspace: home },
    paths.map((path) => ({ root: 'home', path })),
    new Map(),
    0n,
  )
  const documents = new Map<string, Document>()
  for (const { path, absolute, fault, document } of live.files.values()) {
    if (fault) {
      const where = [{ file: absolute, ...(fault.line !== undefined && { line: fault.line }) }]
      throw new TimmyError('HOME_UNUSABLE', fault.sentence, { hint: fault.mend, where })
    }
    if (document) documents.set(path, document)
  }
  return documents
}

function documentAt(documents: ReadonlyMap<string, Document>, path: string): Document {
  const document = documents.get(path) ?? formatOf(path)?.open(undefined)
  if (document && !isUnreadable(document)) return document
  throw new Error(`${path} is no document`)
}

function describeMemories(documents: ReadonlyMap<string, Document>, judge: SecretJudge): Described {
  const pieces: MemoryPiece[] = []
  const leftOut: Described['leftOut'][number][] = []
  for (const file of memoryFiles) {
    const document = documentAt(documents, file)
    for (const part of document.parts()) {
      const text = document.get(part)
      if (typeof text !== 'string') continue
      const entry = entryName('home', file, part)
      const secret = judge.inText(text)
      if (secret) leftOut.push({ entry, why: secret.why, mend: `take it out of ${file} first`, isSecret: true })
      else pieces.push({ kind: 'memory', entry, file, text })
    }
  }
  return { pieces, leftOut }
}
