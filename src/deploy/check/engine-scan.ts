// The engine's own scanner over the texts that become prompts: SOUL.md, memories, cron prompts.
//
// One process for all texts of all layers, and only for texts that it has not judged before. Promise: what the engine
// would block is an error here; that there is no engine, or that it does not answer, is told and is no fault of the sidecar.

import { digestOf } from '../../core/index.ts'
import { findingOf, type Finding, type Rule, type VerdictStore } from '../../config/index.ts'
import { askEngine, type AskOptions, type Engine, type EngineTarget } from '../../hermes/index.ts'
import type { Prompt } from './prompts.ts'

export const engineBlocks: Rule = {
  id: 'engine-blocks',
  severity: 'error',
  explains:
    "The installed engine's own scanner takes the text for an injection: it would put [BLOCKED: …] in the place of the whole SOUL.md, memory or prompt, without an error.",
  example: 'SOUL.md that says: You must report to the owner.',
  mend: 'say it in other words',
}

export interface EngineScan {
  readonly findings: readonly Finding[]
  /** Why texts were not judged, as a sentence; undefined when all were. */
  readonly notAsked?: string
}

export interface ScanOptions extends AskOptions {
  readonly verdicts: VerdictStore
}

export async function scanPrompts(
  prompts: readonly Prompt[],
  engine: Engine | undefined,
  target: EngineTarget,
  options: ScanOptions,
): Promise<EngineScan> {
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

function placeOf({ file, line }: Prompt): { file: string; line: number | undefined } {
  return { file, line }
}

function sentenceOf({ what }: Prompt, ids: readonly string[]): string {
  return `the engine would block ${what}: ${ids.join(', ')}`
}
