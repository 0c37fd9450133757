// What others do to a home behind our back: the engine, the agent, a hand. Each writes as it really does.

import { isMapping, isYamlFault, parseYaml, spliceYaml, type Json, type JsonMapping } from '../core/index.ts'
import { readText, writeText } from './folder-files.ts'
import { job } from './lived-in-home.ts'

/** `hermes config set`: parses, sets, dumps. Comments are lost, order is kept. */
export function engineSetsKey(home: string, path: readonly string[], value: Json): void {
  const parsed = parseYaml(readText(home, 'config.yaml'))
  if (isYamlFault(parsed) || !isMapping(parsed.value)) throw new Error('the config.yaml of the demo does not parse')
  const all = Object.entries(parsed.value).map(([key, member]) => ({ path: [key], value: member }))
  writeText(home, 'config.yaml', spliceYaml('', [...all, { path, value }]))
}

/** A hand with an editor: one line, comments kept. */
export function handSetsKey(home: string, path: readonly string[], value: Json): void {
  writeText(home, 'config.yaml', spliceYaml(readText(home, 'config.yaml'), [{ path, value }]))
}

export function agentLearns(home: string, text: string): void {
  writeText(home, 'memories/MEMORY.md', `${readText(home, 'memories/MEMORY.md')}\n§\n${text}`)
}

/** The ticker ran a job: its state moves, and the whole file is written anew. */
export function cronRan(home: string, name: string): void {
  changeJobs(home, (jobs) =>
    jobs.map((one) =>
      one['name'] === name
        ? {
            ...one,
            last_run_at: '2026-05-01T09:00:00.000000+00:00',
            next_run_at: '2026-05-01T11:00:00.000000+00:00',
            last_status: 'ok',
            repeat: { times: null, completed: completedOf(one) + 1 },
          }
        : one,
    ),
  )
}

export function completedOf(one: JsonMapping): number {
  const completed = isMapping(one['repeat']) ? one['repeat']['completed'] : 0
  return typeof completed === 'number' ? completed : 0
}

export function agentAddsJob(home: string, name: string): void {
  changeJobs(home, (jobs) => [...jobs, job('0123456789ab', name, 'Count the birds at the window.', 60)])
}

export function agentRewordsJob(home: string, name: string, prompt: string): void {
  changeJobs(home, (jobs) => jobs.map((one) => (one['name'] === name ? { ...one, prompt } : one)))
}

export function gatewayRebuildsDirectory(home: string): void {
  const directory = { updated_at: '2026-05-01T09:05:00.000001', platforms: {} }
  writeText(home, 'channel_directory.json', JSON.stringify(directory, null, 2))
}

export function jobsIn(home: string): JsonMapping[] {
  const file = JSON.parse(readText(home, 'cron/jobs.json')) as { jobs: JsonMapping[] }
  return file.jobs
}

export function jobNamed(home: string, name: string): JsonMapping {
  return jobsIn(home).find((one) => one['name'] === name) ?? {}
}

/** The value of a key in the live config.yaml; null where there is none. */
export function settingIn(home: string, ...path: string[]): Json {
  const parsed = parseYaml(readText(home, 'config.yaml'), { duplicates: 'last' })
  let value: Json | undefined = isYamlFault(parsed) ? undefined : parsed.value
  for (const key of path) value = isMapping(value) ? value[key] : undefined
  return value ?? null
}

function changeJobs(home: string, change: (jobs: JsonMapping[]) => JsonMapping[]): void {
  const jobs = change(jobsIn(home))
  writeText(home, 'cron/jobs.json', JSON.stringify({ jobs, updated_at: '2026-05-01T09:00:01.000000+00:00' }, null, 2))
}
