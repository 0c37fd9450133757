// What the engine's own commands tell, for answers that its Python would not give: half a second for each call.
//
// Texts are no contract, so only what is plain is taken from them; `config get` prints secrets, so its output is
// parsed and never shown. What they cannot tell stays unknown, with the reason it had.

import { isMapping, isSecretName, jsonEquals, type Json, type RunResult } from '../core/index.ts'
import type { Answers, ChainEntry, KeyAnswer, ListedJob } from './answers.ts'
import type { AskOptions, KeyQuestion, Questions } from './ask.ts'
import { endOf, runEngine, type Engine, type EngineTarget } from './engine.ts'

const commandTimeoutMs = 20_000
/** Half a second each: beyond this many keys the wait is worse than not knowing. */
const maxKeys = 40

/** The answers, with those that are unknown taken from public commands where these can tell. */
export async function answerByCommands(
  engine: Engine,
  target: EngineTarget,
  questions: Questions,
  found: Answers,
  options: AskOptions,
): Promise<Answers> {
  const ask: Ask = (args) => runEngine(engine, target, args, { timeoutMs: commandTimeoutMs, ...options })
  const answers = { ...found }
  if (!answers.keys.known && questions.keys) {
    if (engine.features.has('configGet') && questions.keys.length <= maxKeys) {
      const value: KeyAnswer[] = []
      for (const question of questions.keys) value.push(await keyByCommand(ask, question))
      answers.keys = { known: true, value }
    }
  }
  if (!answers.fallbackChain.known && questions.fallbackChain) {
    const { exitCode, stdout } = await ask(['fallback', 'list'])
    const value = exitCode === 0 ? chainFromText(stdout) : undefined
    if (value) answers.fallbackChain = { known: true, value }
  }
  if (!answers.jobs.known && questions.jobs) {
    const { exitCode, stdout } = await ask(['cron', 'list', '--all'])
    const jobs = exitCode === 0 ? jobsFromText(stdout) : undefined
    if (jobs) answers.jobs = { known: true, value: { jobs, wouldRewrite: false } }
  }
  return answers
}

type Ask = (args: readonly string[]) => Promise<RunResult>

async function keyByCommand(ask: Ask, question: KeyQuestion): Promise<KeyAnswer> {
  const { path, desired } = question
  if (path.some((part) => part.includes('.')))
    return { state: 'unknown', why: 'config get cannot name a key with a dot' }
  const answer = await ask(['config', 'get', path.join('.'), '--json'])
  const plain = { isDefault: false, isManaged: false, unset: [] }
  if (answer.exitCode !== 0) {
    if (!/^Config key not set: /m.test(answer.stderr)) return { state: 'unknown', why: `config get ${endOf(answer)}` }
    return { state: 'absent', hidden: false, ...(desired !== undefined && { agrees: false }), ...plain }
  }
  const value = parse(answer.stdout)
  if (value === undefined) return { state: 'unknown', why: 'config get printed no JSON' }
  const hidden =
    namesIn(value)
      .concat(path.at(-1) ?? '')
      .some(isSecretName) || hasReference(desired)
  if (desired !== undefined && hasReference(desired)) {
    return { state: 'unknown', why: 'it holds a reference, which config get expands' }
  }
  const agrees = desired === undefined ? {} : { agrees: jsonEquals(value, desired) }
  return { state: 'value', hidden, ...(!hidden && { value }), ...agrees, ...plain }
}

function parse(text: string): Json | undefined {
  try {
    const value: Json = JSON.parse(text)
    return value
  } catch {
    return undefined
  }
}

function namesIn(value: Json): string[] {
  if (Array.isArray(value)) return value.flatMap(namesIn)
  return isMapping(value) ? Object.entries(value).flatMap(([name, member]) => [name, ...namesIn(member)]) : []
}

function hasReference(value: Json | undefined): boolean {
  return value !== undefined && /\$\{[^}]+\}/.test(JSON.stringify(value))
}

/** The chain out of `hermes fallback list`; undefined when the text is not what we know. */
export function chainFromText(text: string): ChainEntry[] | undefined {
  if (/No fallback providers configured/.test(text)) return []
  const announced = /Fallback chain \((\d+) entr/.exec(text)?.[1]
  const lines = [...text.matchAll(/^ +\d+\. (.+?) {2}\(via ([^)]+)\)(?: {2}\[([^\]]+)\])?$/gm)]
  if (announced === undefined || lines.length !== Number(announced)) return undefined
  return lines.map(([, model = '', provider = '', baseUrl]) => ({
    model,
    provider,
    baseUrl: baseUrl ?? null,
    keyName: null,
    key: 'unknown',
  }))
}

/** Ids and names of the jobs out of `hermes cron list --all`; undefined when the text is not what we know. */
export function jobsFromText(text: string): ListedJob[] | undefined {
  if (/^No scheduled jobs\./m.test(text)) return []
  if (!text.includes('Scheduled Jobs')) return undefined
  return [...text.matchAll(/^ {2}(\S+) \[(\w+)\]\n {4}Name: +(.*)$/gm)].map(([, id = '', state = '', name = '']) => ({
    job: { id, name, state: state === 'active' ? 'scheduled' : state },
  }))
}
