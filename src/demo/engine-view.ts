// What the engine itself says of the home, where one is installed: a fresh process of its own program sees the settings,
// the skin, the jobs, the identity and the memories that were deployed.

import { parseYaml, isYamlFault, isMapping, type Disk, type Json } from '../core/index.ts'
import { askEngine, findEngine, homeOf, type Engine } from '../hermes/index.ts'
import { readText } from './folder-files.ts'
import { jobsIn } from './others.ts'
import type { Stage } from './stage.ts'
import { same, step, Unmet, type Step } from './step.ts'

export async function engineOf({ env, folder, signal }: Stage, disk: Disk): Promise<Engine | undefined> {
  return findEngine({ cwd: folder, env, disk, signal })
}

export function engineView(engine: Engine): readonly Step[] {
  return [
    step(
      `the engine itself (hermes ${engine.version}) sees the settings, the skin, the jobs, who it is and its memories`,
      ({ home, env, signal }) =>
        askEngine(
          engine,
          homeOf(home, 'default'),
          {
            keys: keysAsked.map((path) => ({ path })),
            skin: 'timmy',
            jobs: true,
            soul: true,
            memories: true,
          },
          { env, signal },
        ),
      (answers, { home, sidecar }) => {
        const { keys, skin, jobs, soul, memories } = answers
        if (keys.known) {
          const seen = keys.value.map((answer) => (answer.state === 'value' ? (answer.value ?? null) : answer.state))
          same(
            'settings',
            seen,
            keysAsked.map((path) => wanted(sidecar, path)),
          )
        } else throw new Unmet('settings', 'the engine answers', keys.why)
        if (skin.known) same('the skin', skin.value, { source: 'home', shownAs: 'timmy' })
        else throw new Unmet('the skin', 'the engine answers', skin.why)
        if (jobs.known) {
          const listed = jobs.value.jobs.map(({ job, fault }) => [isMapping(job) ? job['id'] : null, fault ?? null])
          same(
            'the jobs',
            listed,
            jobsIn(home).map(({ id }) => [id, null]),
          )
        } else throw new Unmet('the jobs', 'the engine answers', jobs.why)
        if (soul.known) same('who it is', soul.value.state, 'loaded')
        else throw new Unmet('who it is', 'the engine answers', soul.why)
        if (memories.known) {
          const entries = readText(home, 'memories/MEMORY.md').split('\n§\n')
          same(
            'its memories',
            memories.value['MEMORY.md'].entries,
            entries.map((text) => ({ text, blocked: false })),
          )
        } else throw new Unmet('its memories', 'the engine answers', memories.why)
      },
    ),
  ]
}

const keysAsked = [
  ['agent', 'max_turns'],
  ['approvals', 'timeout'],
  ['compression', 'threshold'],
  ['display', 'skin'],
]

function wanted(sidecar: string, path: readonly string[]): Json {
  const parsed = parseYaml(readText(sidecar, 'config.yaml'))
  let value: Json | undefined = isYamlFault(parsed) ? undefined : parsed.value
  for (const key of path) value = isMapping(value) ? value[key] : undefined
  return value ?? null
}
