// Routes: where a slot of a portfolio leads, in the engine's own words.
//
// Every endpoint becomes a named provider of the engine (`providers.timmy-<endpoint>`: address and the NAME of its
// key), and every slot goes through it as `custom:timmy-<endpoint>`. Never plain `custom`. Seen by running 0.18.0,
// 0.18.2 and 0.19.0 with a primary that has a key, OPENAI_API_KEY set, and a second server that notes what it is sent:
//
//   entry of the chain                               the second server received
//   custom, no key                                   OPENAI_API_KEY; without one the primary's key (0.19: same host only)
//   custom, key_env unset or empty                   the same: a leak
//   custom, api_key: ${NAME}, NAME unset             the text "${NAME}"; NAME set but empty: OPENAI_API_KEY, a leak
//   custom, the primary's model name, another host   nothing: the engine skips the entry
//   custom:<named>, key_env set                      its own key
//   custom:<named>, key_env unset or empty           "no-key-required"; so a server without keys needs no other form
//   custom:<named>, no such provider                 nothing: the engine skips the entry
//
// Side tasks, delegation and pinned jobs resolve named providers the same way; a side task's own chain skips plain
// `custom` after plain `custom`, and delegation hands the parent's key to a bare base_url. The engine (0.19) reads the
// context of a fallback from providers.<name>.models.<model>.context_length alone, not from the chain's entry.
// test/deploy/compile/key-leak.test.ts watches the second server.

import type { Json, JsonMapping } from '../../core/index.ts'
import type { Portfolios, Source, Sourced } from '../../config/index.ts'
import { keyDraft, type Draft } from './draft.ts'

export interface Route {
  /** Name of the endpoint in the portfolios. */
  readonly endpoint: string
  /** As the engine is told: `custom:timmy-<endpoint>`. */
  readonly provider: string
  /** The model's name on that server. */
  readonly model: string
  readonly baseUrl: string
  /** The name of the key, never its value. */
  readonly keyEnv?: string
  /** Tokens. */
  readonly context?: number
  readonly source: Source
}

/** The slots of a role in order. Config's lint has seen that every name leads somewhere. */
export function routesOf({ value, sourceOf }: Sourced<Portfolios>, role: string): Route[] {
  return named(value.portfolios, role).slots.map((slot, index) => {
    const model = named(value.models, slot.model)
    const endpoint = named(value.endpoints, model.endpoint)
    return {
      endpoint: model.endpoint,
      provider: `custom:${providerName(model.endpoint)}`,
      model: model.served,
      baseUrl: endpoint.base_url.replace(/\/+$/, ''),
      ...(endpoint.key_env !== undefined && { keyEnv: endpoint.key_env }),
      ...(model.context !== undefined && { context: model.context }),
      source: sourceOf(['portfolios', role, 'slots', index]),
    }
  })
}

/** The route as an entry of fallback_providers or of a side task's fallback_chain. */
export function chainEntry({ provider, model, baseUrl, keyEnv, context }: Route): JsonMapping {
  return {
    provider,
    model,
    base_url: baseUrl,
    ...(keyEnv !== undefined && { key_env: keyEnv }),
    ...(context !== undefined && { context_length: context }),
  }
}

/** The named providers behind some routes. */
export function providerDrafts(routes: Iterable<Route>, portfolios: Sourced<Portfolios>): Draft[] {
  const drafts = new Map<string, Draft>()
  for (const { endpoint, model, baseUrl, keyEnv, context } of routes) {
    const add = (path: readonly string[], value: Json, from: readonly string[]): void => {
      const key = ['providers', providerName(endpoint), ...path]
      drafts.set(key.join('\0'), keyDraft('config.yaml', key, value, portfolios.sourceOf(from)))
    }
    add(['base_url'], baseUrl, ['endpoints', endpoint, 'base_url'])
    if (keyEnv !== undefined) add(['key_env'], keyEnv, ['endpoints', endpoint, 'key_env'])
    if (context !== undefined) {
      const id = Object.entries(portfolios.value.models).find(
        ([, one]) => one.endpoint === endpoint && one.served === model,
      )?.[0]
      add(['models', model, 'context_length'], context, ['models', id ?? '', 'context'])
    }
  }
  return [...drafts.values()]
}

/** The prefix keeps an endpoint apart from the providers that the engine knows by itself. */
function providerName(endpoint: string): string {
  return `timmy-${endpoint}`
}

function named<T>(members: Readonly<Record<string, T>>, name: string): T {
  const member = Object.hasOwn(members, name) ? members[name] : undefined
  if (member === undefined) throw new Error(`the portfolios name "${name}", which lint should have refused`)
  return member
}
