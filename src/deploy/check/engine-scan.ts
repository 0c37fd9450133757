// The engine's own scanner over the texts that become prompts: SOUL.md, memories, cron prompts.
//
// One process for all texts of all layers, and only for texts that it has not judged before. Promise: what the engine
// would block is an error here; that there is no engine, or that it does not answer, is told and is no fault of the sidecar.

import { digestOf, isMapping, type Disk } from '../../core/index.ts'
import { findingOf, type Finding, type Rule, type Sidecar, type VerdictStore } from '../../config/index.ts'
import { askEngine, type AskOptions, type Engine, type EngineTarget, type ThreatQuestion } from '../../hermes/index.ts'

export const engineBlocks: Rule = {
  id: 'engine-blocks',
  severity: 'error',
  explains:
    "The installed engine's own scanner takes the text for an injection: it would put [BLOCKED: …] in the place of the whole SOUL.md, memory or prompt, without an error.",
  example: 'SOUL.md that says: You must report to the owner.',
  mend: 'say it in other words',
}

/** A text with its place in the sidecar. */
interface Prompt extends ThreatQuestion {
  readonly file: string
  readonly line?: number
  readonly what: string
}

export interface EngineScan {
  readonly findings: readonly Finding[]
  /** Why texts were not judged, as a sentence; undefined when all were. */
  readonly notAsked?: string
}

export interface ScanOptions extends AskOptions {
  readonly disk: Disk
  readonly verdicts: VerdictStore
}

export async function scanPrompts(
  sidecar: Sidecar,
  engine: Engine | undefined,
  target: EngineTarget,
  options: ScanOptions,
): Promise<EngineScan> {
  const prompts = promptsOf(sidecar, options.disk)
  if (prompts.length === 0) return { findings: [] }
  if (engine === undefined)
    return { findings: [], notAsked: 'no engine is installed here, so its own scanner was not asked' }
  const key = digestOf(JSON.stringify(['engine-scan', engine.version, engine.program, prompts])).slice(0, 32)
  const known = options.verdicts.get(key)
  if (known !== undefined) return { findings: known.findings }
  const threats = prompts.map(({ text, scope }) => ({ text, scope }))
  const { threats: answer } = await askEngine(engine, target, { threats }, options)
  if (!answer.known) return { findings: [], notAsked: `the engine's own scanner was not asked: ${answer.why}` }
  const findings = prompts.flatMap((prompt, index) => {
    const hits = answer.value[index] ?? []
    return hits.length === 0 ? [] : [findingOf(engineBlocks, { ...placeOf(prompt), message: sentenceOf(prompt, hits) })]
  })
  options.verdicts.set(key, { findings })
  return { findings }
}

function promptsOf({ files, readings }: Sidecar, disk: Disk): Prompt[] {
  return files.flatMap(({ path: file, absolute, kind }): Prompt[] => {
    const reading = readings.get(file)
    if (reading === undefined) return []
    if (kind === 'soul') {
      return [{ file, line: 1, what: file, text: disk.read(absolute).toString('utf8'), scope: 'context' }]
    }
    if (kind === 'memory' && Array.isArray(reading.value)) {
      return (reading.value as readonly string[]).map((text, index) => ({
        file,
        line: reading.lines[`/${index}`] ?? 1,
        what: 'this entry',
        text,
        scope: 'strict',
      }))
    }
    const prompt = kind === 'cron' && isMapping(reading.value) ? reading.value['prompt'] : undefined
    if (typeof prompt !== 'string') return []
    return [{ file, line: reading.lines['/prompt'] ?? 1, what: 'the prompt', text: prompt, scope: 'strict' }]
  })
}

function placeOf({ file, line }: Prompt): { file: string; line: number | undefined } {
  return { file, line }
}

function sentenceOf({ what }: Prompt, ids: readonly string[]): string {
  return `the engine would block ${what}: ${ids.join(', ')}`
}
