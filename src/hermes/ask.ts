// What the engine itself sees in a home: one fresh process of its Python, all questions at once, 0.2 to 0.6 s.
//
// Promise: asking changes nothing in the home, starts nothing and calls nobody; no secret value leaves the process
// that read it (question-script.ts). Each answer is known or says why it is not: nothing is guessed, nothing throws.
// Where the private interface has moved, public.ts asks the program's own commands for what they can tell.

import { run, type Json } from '../core/index.ts'
import type { Answers } from './answers.ts'
import { endOf, type Engine, type EngineTarget } from './engine.ts'
import { answerByCommands } from './public.ts'

/** A key to look up. With `desired` the engine's Python compares, `${NAME}` references expanded. */
export interface KeyQuestion {
  readonly path: readonly string[]
  readonly desired?: Json
}

/** `context` is what SOUL.md is read with, `strict` what memories and cron prompts are. */
export interface ThreatQuestion {
  readonly text: string
  readonly scope: 'all' | 'context' | 'strict'
}

export interface Questions {
  readonly config?: true
  readonly keys?: readonly KeyQuestion[]
  /** Names of providers: which does the engine resolve? */
  readonly providers?: readonly string[]
  readonly fallbackChain?: true
  readonly threats?: readonly ThreatQuestion[]
  /** Name of a skin. */
  readonly skin?: string
  readonly jobs?: true
  readonly soul?: true
  readonly memories?: true
}

export interface AskOptions {
  /** The environment the engine runs with; its `.env` is read by its own loader. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

const defaultTimeoutMs = 30_000

/** Asks the engine about a home. */
export async function askEngine(
  engine: Engine,
  target: EngineTarget,
  questions: Questions,
  options: AskOptions,
): Promise<Answers> {
  const answers = await askPython(engine, target, questions, options)
  return answerByCommands(engine, target, questions, answers, options)
}

async function askPython(
  engine: Engine,
  target: EngineTarget,
  questions: Questions,
  options: AskOptions,
): Promise<Answers> {
  const { readAnswers, unknownAll } = await import('./answers.ts')
  if (engine.interpreter === undefined) return unknownAll(questions, `which Python runs ${engine.program} is not known`)
  const { questionScript } = await import('./question-script.ts')
  const answer = await run([engine.interpreter, '-I', '-c', questionScript], {
    timeoutMs: options.timeoutMs ?? defaultTimeoutMs,
    cwd: '/', // the engine's packages have common names: no folder of ours may come before them
    env: { ...options.env, HERMES_HOME: target.home, HERMES_DISABLE_LAZY_INSTALLS: '1' },
    input: JSON.stringify(questions),
    ...(options.signal && { signal: options.signal }),
  })
  if (answer.exitCode !== 0 || answer.timedOut) return unknownAll(questions, `the engine's Python ${endOf(answer)}`)
  return readAnswers(questions, answer.stdout)
}
