// Verifying: the engine itself is asked what it now sees of what we deployed.
//
// A file that is right on disk proves little: a broken config.yaml does not stop the engine, one phrase blanks the
// whole SOUL, a fallback entry is dropped without a word. So one fresh process of the engine answers for every owned
// key, the chain, SOUL, memories, skin and jobs. Only what this generation changed can fail it; a disagreement about
// the rest is a warning, for putting this generation back would not mend it.
//
// Not its job: putting back (settle.ts), restarting (restart.ts).

import { isMapping, type Json } from '../core/index.ts'
import { askEngine, type Answers, type Engine, type EngineTarget, type KeyAnswer } from '../hermes/index.ts'
import type { DesiredEntry } from './entry.ts'

export interface Disagreement {
  readonly entry: string
  readonly sentence: string
  /** Changed by this generation: the generation fails. */
  readonly isOurs: boolean
}

export interface Verification {
  /** `engine`: it agreed on all that was asked. `files`: not all could be asked. `failed`: it sees something else. */
  readonly state: 'engine' | 'files' | 'failed'
  readonly disagreements: readonly Disagreement[]
  /** What could not be asked, and why. */
  readonly unknown: readonly string[]
}

export interface VerifyInput {
  readonly engine: Engine | undefined
  readonly target: EngineTarget
  /** Entries that stand in the home as the sidecar wants them. */
  readonly standing: readonly DesiredEntry[]
  /** ENTRY texts that this generation changed. */
  readonly changed: ReadonlySet<string>
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal?: AbortSignal
}

export async function verify(input: VerifyInput): Promise<Verification> {
  const { engine } = input
  if (!engine) return { state: 'files', disagreements: [], unknown: ['no engine is installed here'] }
  const own = ownedOf(input.standing)
  const answers = await askEngine(
    engine,
    input.target,
    {
      config: true,
      keys: own.keys.map(({ path, value }) => (value === undefined ? { path } : { path, desired: value })),
      ...(own.hasChain && { fallbackChain: true as const }),
      ...(own.skin !== undefined && { skin: own.skin }),
      ...(own.jobs.length > 0 && { jobs: true as const }),
      ...(own.hasSoul && { soul: true as const }),
      ...(own.memories.length > 0 && { memories: true as const }),
    },
    { env: input.env, ...(input.signal && { signal: input.signal }) },
  )
  const found = [
    ...configDisagreements(answers),
    ...keyDisagreements(own, answers),
    ...chainDisagreements(own, answers),
    ...soulDisagreements(answers),
    ...memoryDisagreements(own, answers),
    ...skinDisagreements(own, answers),
    ...jobDisagreements(own, answers),
  ].map(({ entry, sentence }) => ({ entry, sentence, isOurs: isChanged(entry, input.changed) }))
  const isAnswered = Object.values(answers).every((answer) => answer.known || answer.why === notAsked)
  return {
    state: found.some(({ isOurs }) => isOurs) ? 'failed' : isAnswered ? 'engine' : 'files',
    disagreements: found,
    unknown: unknownOf(answers, own),
  }
}

/** What an answer says that no question was put for (ask.ts). */
const notAsked = 'not asked'

interface Owned {
  readonly keys: readonly { readonly entry: string; readonly path: readonly string[]; readonly value?: Json }[]
  readonly hasChain: boolean
  readonly chainLength: number
  readonly skin: string | undefined
  readonly jobs: readonly { readonly entry: string; readonly id: string; readonly name: string | undefined }[]
  readonly hasSoul: boolean
  readonly memories: readonly {
    readonly entry: string
    readonly file: 'MEMORY.md' | 'USER.md'
    readonly text: string
  }[]
}

interface Said {
  readonly entry: string
  readonly sentence: string
}

function ownedOf(standing: readonly DesiredEntry[]): Owned {
  const inHome = standing.filter(({ root }) => root === 'home')
  const keys = inHome.flatMap(({ entry, path, part, mode, content, list }) => {
    if (path !== 'config.yaml' || part?.kind !== 'key' || mode === 'default') return []
    const isWhole = list === 'atomic' && content?.kind === 'value' && !isEmptyMapping(content.value)
    return [{ entry, path: part.path, ...(isWhole && { value: content.value }) }]
  })
  const valueOf = (name: string): Json | undefined => keys.find(({ path }) => path.join('.') === name)?.value
  const chain = valueOf('fallback_providers')
  const skin = valueOf('display.skin')
  return {
    keys,
    hasChain: Array.isArray(chain),
    chainLength: Array.isArray(chain) ? chain.length : 0,
    skin: typeof skin === 'string' ? skin : undefined,
    jobs: inHome.flatMap(({ entry, path, part }) =>
      path === 'cron/jobs.json' && part?.kind === 'record' ? [{ entry, id: part.id, name: part.name }] : [],
    ),
    hasSoul: inHome.some(({ path }) => path === 'SOUL.md'),
    memories: inHome.flatMap(({ entry, path, content }) => {
      const file = path === 'memories/MEMORY.md' ? 'MEMORY.md' : path === 'memories/USER.md' ? 'USER.md' : undefined
      if (!file || content?.kind !== 'value' || typeof content.value !== 'string') return []
      return [{ entry, file, text: content.value }]
    }),
  }
}

function configDisagreements({ config }: Answers): Said[] {
  if (!config.known || config.value.fault === null) return []
  const sentence = `the engine cannot read config.yaml and runs on its defaults: ${config.value.fault}`
  return [{ entry: 'config.yaml', sentence }]
}

function keyDisagreements({ keys }: Owned, answers: Answers): Said[] {
  if (!answers.keys.known) return []
  return answers.keys.value.flatMap((answer, index) => {
    const key = keys[index]
    const sentence = key && disagreementOf(answer, key.value)
    return sentence === undefined ? [] : [{ entry: key?.entry ?? '', sentence }]
  })
}

function disagreementOf(answer: KeyAnswer, desired: Json | undefined): string | undefined {
  if (answer.state === 'unknown' || answer.agrees === true || desired === undefined) return undefined
  if (answer.isManaged) return "the engine's managed scope pins another value; its administrator owns this key"
  if (answer.unset.length > 0) return undefined // names that .env lacks: told as unknown below
  if (answer.state === 'absent') return 'the engine does not see this key'
  return answer.agrees === false ? 'the engine sees another value' : undefined
}

function chainDisagreements({ hasChain, chainLength }: Owned, { fallbackChain }: Answers): Said[] {
  if (!hasChain || !fallbackChain.known) return []
  const entry = 'config.yaml#fallback_providers'
  const said: Said[] = []
  const survived = fallbackChain.value.length
  if (survived < chainLength) {
    said.push({ entry, sentence: `the engine kept ${survived} of ${chainLength} fallback entries` })
  }
  for (const { provider, model, key } of fallbackChain.value) {
    if (key !== 'none') continue
    said.push({ entry, sentence: `${provider} ${model} has no key of its own: the engine would send it the primary's` })
  }
  return said
}

function soulDisagreements({ soul }: Answers): Said[] {
  if (!soul.known) return []
  const { state, threats } = soul.value
  if (state === 'loaded') return []
  const why = threats.length > 0 ? ` (${threats.join(', ')})` : ''
  const meanings = {
    blocked: `the engine's scanner blocks the whole SOUL${why}`,
    cut: 'the engine cuts the SOUL: it is too long',
    blank: 'the engine sees an empty SOUL',
    absent: 'the engine sees no SOUL',
    unreadable: 'the engine cannot read the SOUL',
  }
  return [{ entry: 'SOUL.md', sentence: meanings[state] }]
}

function memoryDisagreements({ memories }: Owned, answers: Answers): Said[] {
  if (!answers.memories.known) return []
  const seen = answers.memories.value
  return memories.flatMap(({ entry, file, text }) => {
    const found = seen[file].entries.find((one) => one.text === text)
    if (!found) return [{ entry, sentence: 'the engine does not see this memory entry' }]
    return found.blocked ? [{ entry, sentence: "the engine's scanner blocks this memory entry" }] : []
  })
}

function skinDisagreements({ skin }: Owned, answers: Answers): Said[] {
  if (skin === undefined || !answers.skin.known || answers.skin.value.source !== null) return []
  return [{ entry: 'config.yaml#display.skin', sentence: `the engine finds no skin named ${skin}` }]
}

function jobDisagreements({ jobs }: Owned, answers: Answers): Said[] {
  if (!answers.jobs.known) return []
  const listed = answers.jobs.value.jobs.map(({ job, fault }) => ({ ...namesOf(job), fault }))
  return jobs.flatMap(({ entry, id, name }) => {
    const found = listed.find((one) => one.id === id) ?? listed.find((one) => one.name === name)
    if (!found) return [{ entry, sentence: 'the engine does not list this job' }]
    return found.fault ? [{ entry, sentence: `the engine lists this job with a fault: ${found.fault}` }] : []
  })
}

function namesOf(job: Json): { id: Json | undefined; name: Json | undefined } {
  return isMapping(job) ? { id: job['id'], name: job['name'] } : { id: undefined, name: undefined }
}

function unknownOf(answers: Answers, { keys }: Owned): string[] {
  const parts = Object.entries(answers).flatMap(([part, answer]) =>
    !answer.known && answer.why !== notAsked ? [`${part}: ${answer.why}`] : [],
  )
  if (!answers.keys.known) return parts
  const unset = answers.keys.value.flatMap((answer, index) => {
    if (answer.state === 'unknown') return [`${keys[index]?.entry}: ${answer.why}`]
    return answer.unset.map((name) => `${keys[index]?.entry}: ${name} is not set in the engine's environment`)
  })
  return [...parts, ...unset]
}

/** A whole file stands for all its entries: a config.yaml that cannot be read is ours when we changed any key of it. */
function isChanged(entry: string, changed: ReadonlySet<string>): boolean {
  if (changed.has(entry)) return true
  return !entry.includes('#') && !entry.includes('@') && [...changed].some((one) => one.startsWith(`${entry}#`))
}

const isEmptyMapping = (value: Json): boolean => isMapping(value) && Object.keys(value).length === 0
