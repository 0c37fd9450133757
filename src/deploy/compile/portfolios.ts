// Portfolios: the role of the target's agent as the engine's own keys, `model`, `fallback_providers`, `auxiliary.*`
// and `delegation.*`, each from the file and line of its slot. Pins of cron jobs are cron.ts.
//
// Promise: no key has two sources. What config.yaml says of the same routes is a finding that names both places.

import type { Finding, Leaf, Overlay, Portfolios, Source, Sourced } from '../../config/index.ts'
import { keyDraft, type Compiled, type Draft } from './draft.ts'
import { chainEntry, providerDrafts, routesOf, type Route } from './route.ts'
import { compileRules, placeOf, problem } from './rules.ts'

/** What a name under `auxiliary` means to the engine, where it is not the name of a side task itself. */
const sideTasks: Readonly<Record<string, readonly string[]>> = {
  kanban: ['kanban_decomposer', 'triage_specifier'],
  title: ['title_generation'],
}

/** The keys of a mapping that say where a call goes. */
const routingKeys = new Set([
  'default',
  'model',
  'provider',
  'base_url',
  'context_length',
  'api_key',
  'key_env',
  'api_key_env',
  'api_mode',
  'fallback_chain',
])

export function compilePortfolios({ portfolios, role, config }: Overlay): Compiled {
  if (!portfolios || !role) return { drafts: [], findings: [] }
  const main = routesOf(portfolios, role.name)
  const sides = sideRoles(portfolios.value).map(({ task, name }) => ({ task, routes: routesOf(portfolios, name) }))
  const drafts = [
    ...providerDrafts([main, ...sides.map(({ routes }) => routes)].flat(), portfolios),
    ...modelDrafts(main, role.name, portfolios),
    ...sides.flatMap(({ task, routes }) =>
      task === 'delegation' ? delegationDrafts(routes) : sideDrafts(task, routes),
    ),
  ]
  return { drafts, findings: [...repeatedSlots(main, role.name), ...twoSources(config, drafts)] }
}

function modelDrafts(routes: readonly Route[], role: string, portfolios: Sourced<Portfolios>): Draft[] {
  const [first, ...rest] = routes
  if (!first) return []
  const { model, provider, baseUrl, context, source } = first
  return [
    keyDraft('config.yaml', ['model', 'default'], model, source),
    keyDraft('config.yaml', ['model', 'provider'], provider, source),
    keyDraft('config.yaml', ['model', 'base_url'], baseUrl, source),
    ...(context === undefined ? [] : [keyDraft('config.yaml', ['model', 'context_length'], context, source)]),
    keyDraft(
      'config.yaml',
      ['fallback_providers'],
      rest.map(chainEntry),
      rest[0]?.source ?? portfolios.sourceOf(['portfolios', role, 'slots']),
    ),
  ]
}

function sideDrafts(task: string, routes: readonly Route[]): Draft[] {
  const [first, ...rest] = routes
  if (!first) return []
  const { model, provider, baseUrl, keyEnv, source } = first
  const add = (key: string, value: Draft['value'] & {}): Draft =>
    keyDraft('config.yaml', ['auxiliary', task, key], value, source)
  return [
    add('provider', provider),
    add('model', model),
    add('base_url', baseUrl),
    ...(keyEnv === undefined ? [] : [add('key_env', keyEnv)]),
    add('fallback_chain', rest.map(chainEntry)),
  ]
}

/** No base_url: with one the engine hands the parent's key to the child's server. An own one of the home is emptied. */
function delegationDrafts([first]: readonly Route[]): Draft[] {
  if (!first) return []
  const { model, provider, source } = first
  return [
    keyDraft('config.yaml', ['delegation', 'provider'], provider, source),
    keyDraft('config.yaml', ['delegation', 'model'], model, source),
    keyDraft('config.yaml', ['delegation', 'base_url'], '', source),
  ]
}

function sideRoles({ auxiliary = {} }: Portfolios): { task: string; name: string }[] {
  return Object.entries(auxiliary).flatMap(([task, name]) =>
    task === 'cron' ? [] : (sideTasks[task] ?? [task]).map((one) => ({ task: one, name })),
  )
}

function repeatedSlots(routes: readonly Route[], role: string): Finding[] {
  return routes.flatMap((route, index) => {
    const before = routes[index - 1]
    if (before?.model !== route.model || before.baseUrl !== route.baseUrl) return []
    const message = `slot ${index + 1} of ${role} is the same server and model as slot ${index}; the engine skips it`
    return [problem(compileRules.slotTwice, route.source, message)]
  })
}

/** Leaves of config.yaml that say the same as the portfolios, or change what it means. */
function twoSources(config: readonly Leaf[], drafts: readonly Draft[]): Finding[] {
  const compiled = new Map(drafts.map(({ part, source }) => [part?.kind === 'key' ? part.path.join('\0') : '', source]))
  const mappings = new Map<string, Source>()
  for (const { part, source } of drafts) {
    if (part?.kind === 'key') mappings.set(part.path.slice(0, -1).join('\0'), source)
  }
  return config.flatMap(({ path, source }) => {
    const other =
      compiled.get(path.join('\0')) ?? (routesElsewhere(path) ? mappings.get(path.slice(0, -1).join('\0')) : undefined)
    const chain =
      path[0] === 'fallback_model' || path[0] === 'fallback_providers' ? compiled.get('fallback_providers') : undefined
    const from = other ?? chain
    if (!from) return []
    const key = path.join('.')
    const message = `${key} is set here and compiled from the portfolio at ${placeOf(from)}`
    return [problem(compileRules.keyTwoSources, source, message)]
  })
}

function routesElsewhere(path: readonly string[]): boolean {
  return path[0] !== 'fallback_providers' && routingKeys.has(path.at(-1) ?? '')
}
