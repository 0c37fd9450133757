// The doctrine of portfolios: a role that matters does not fall silent, does not fall with another, and does less
// the further it has fallen.
//
// Every rule looks at merged portfolios, so a layer that swaps one endpoint is judged together with its base.

import { didYouMean } from '../nearest.ts'
import type { Sourced } from '../overlay.ts'
import type { PathKey } from '../reading.ts'
import type { Hit, Rule, SidecarRule } from '../rule.ts'
import type { Endpoint, Model, Portfolio, Portfolios, Slot } from '../schema/portfolios.ts'

interface Role {
  readonly name: string
  readonly portfolio: Portfolio
  /** Slots whose model and endpoint exist. */
  readonly slots: readonly ResolvedSlot[]
}

interface ResolvedSlot {
  readonly index: number
  readonly slot: Slot
  readonly model: Model
  readonly endpointName: string
  readonly endpoint: Endpoint
}

class Doctrine {
  readonly value: Portfolios
  readonly roles: readonly Role[]
  readonly #from: Sourced<Portfolios>

  constructor(from: Sourced<Portfolios>) {
    this.#from = from
    this.value = from.value
    this.roles = Object.entries(from.value.portfolios).map(([name, portfolio]) => ({
      name,
      portfolio,
      slots: portfolio.slots.flatMap((slot, index) => this.#resolve(slot, index)),
    }))
  }

  at(path: readonly PathKey[], message: string): Hit {
    const { file, line } = this.#from.sourceOf(path)
    return { file, line, message }
  }

  #resolve(slot: Slot, index: number): ResolvedSlot[] {
    const model = this.value.models[slot.model]
    const endpoint = model && this.value.endpoints[model.endpoint]
    return model && endpoint ? [{ index, slot, model, endpointName: model.endpoint, endpoint }] : []
  }
}

function doctrineRule(rule: Rule, check: (doctrine: Doctrine) => Iterable<Hit>): SidecarRule {
  return {
    ...rule,
    *check({ merged }) {
      for (const { portfolios } of merged) if (portfolios !== undefined) yield* check(new Doctrine(portfolios))
    },
  }
}

/** Local: in the house. A tailnet may lead anywhere. */
function isLocal({ endpoint }: ResolvedSlot): boolean {
  return endpoint.locality === 'host' || endpoint.locality === 'lan'
}

const unresolved = doctrineRule(
  {
    id: 'portfolio-unresolved',
    severity: 'error',
    explains:
      'Every slot names a model, every model an endpoint; what does not resolve would be dropped by the engine without a word.',
    example: 'slots: [{model: hermes-lcoal}]',
    mend: 'name a model or an endpoint of the same file',
  },
  function* (doctrine) {
    const { endpoints, models, portfolios, auxiliary = {}, canaries = [], budgets } = doctrine.value
    const roles = Object.keys(portfolios)
    for (const [name, { endpoint }] of Object.entries(models)) {
      if (endpoints[endpoint] !== undefined) continue
      const near = didYouMean(endpoint, Object.keys(endpoints))
      yield doctrine.at(['models', name, 'endpoint'], `there is no endpoint "${endpoint}"${near}`)
    }
    for (const [name, { slots }] of Object.entries(portfolios)) {
      for (const [index, { model }] of slots.entries()) {
        if (models[model] !== undefined) continue
        const near = didYouMean(model, Object.keys(models))
        yield doctrine.at(['portfolios', name, 'slots', index, 'model'], `there is no model "${model}"${near}`)
      }
    }
    const named: [PathKey[], string | undefined][] = [
      ...Object.entries(auxiliary).map(([task, role]): [PathKey[], string] => [['auxiliary', task], role]),
      ...canaries.map(({ portfolio }, index): [PathKey[], string | undefined] => [
        ['canaries', index, 'portfolio'],
        portfolio,
      ]),
      ...Object.keys(budgets?.roles ?? {}).map((role): [PathKey[], string] => [['budgets', 'roles', role], role]),
    ]
    for (const [path, role] of named) {
      if (role !== undefined && !roles.includes(role))
        yield doctrine.at(path, `there is no portfolio "${role}"${didYouMean(role, roles)}`)
    }
  },
)

const fourSlots = doctrineRule(
  {
    id: 'portfolio-slots',
    severity: 'error',
    explains: 'A critical role has at least four slots: a primary, two fallbacks, and one to end on.',
    example: 'critical: true with two slots',
    mend: 'add slots, or do not call the role critical',
  },
  function* (doctrine) {
    for (const { name, portfolio } of doctrine.roles) {
      if (portfolio.critical !== true || portfolio.slots.length >= 4) continue
      yield doctrine.at(
        ['portfolios', name, 'slots'],
        `the critical role "${name}" has ${portfolio.slots.length} slots of four`,
      )
    }
  },
)

const sharedStart = doctrineRule(
  {
    id: 'portfolio-shared-start',
    severity: 'error',
    explains: 'Two critical roles with the same primary and first fallback fail together.',
    example: 'judgment and builder both begin with a, b',
    mend: 'begin one of them with another model',
  },
  function* (doctrine) {
    const seen = new Map<string, string>()
    for (const { name, portfolio, slots } of doctrine.roles) {
      const [first, second] = slots
      if (portfolio.critical !== true || first === undefined || second === undefined) continue
      const key = JSON.stringify([first, second].map(({ model, endpointName }) => [endpointName, model.served]))
      const other = seen.get(key)
      if (other === undefined) seen.set(key, name)
      else
        yield doctrine.at(['portfolios', name, 'slots', 0], `"${name}" and "${other}" share primary and first fallback`)
    }
  },
)

function endsLocal({ portfolio, slots }: Role): boolean {
  const last = slots.find(({ index }) => index === portfolio.slots.length - 1)
  return last === undefined || isLocal(last) // what does not resolve has a finding of its own
}

const localEnd = doctrineRule(
  {
    id: 'portfolio-local-end',
    severity: 'error',
    explains:
      'A critical role ends on a slot in the house (locality host or lan), and at least one role does: everything works without a cloud.',
    example: 'critical: true with a cloud model as the last slot',
    mend: 'add a local model as the last slot',
  },
  function* (doctrine) {
    for (const role of doctrine.roles) {
      if (role.portfolio.critical !== true || endsLocal(role)) continue
      const path = ['portfolios', role.name, 'slots', role.portfolio.slots.length - 1]
      yield doctrine.at(path, `the critical role "${role.name}" ends in a cloud`)
    }
    if (doctrine.roles.length > 0 && !doctrine.roles.some(endsLocal))
      yield doctrine.at(['portfolios'], 'no role ends on a local slot')
  },
)

const sovereignty = doctrineRule(
  {
    id: 'portfolio-sovereignty',
    severity: 'error',
    explains:
      'What `sovereignty` says holds for every slot: no cloud at all, cloud after local only, enough local slots for critical roles.',
    example: 'sovereignty: {cloud: never} with a cloud slot',
    mend: 'change the slots, or the rule',
  },
  function* (doctrine) {
    const { cloud, min_local_slots: minLocal = 0 } = doctrine.value.sovereignty ?? {}
    for (const { name, portfolio, slots } of doctrine.roles) {
      for (const { index, endpoint } of slots) {
        if (endpoint.locality !== 'cloud') continue
        const path = ['portfolios', name, 'slots', index]
        if (cloud === 'never')
          yield doctrine.at(path, `slot ${index + 1} of "${name}" is in a cloud, and sovereignty says never`)
        const before = slots.some((slot) => slot.index < index && isLocal(slot))
        if (cloud === 'last_resort' && !before) {
          yield doctrine.at(path, `slot ${index + 1} of "${name}" is in a cloud with no local slot before it`)
        }
      }
      const local = slots.filter((slot) => isLocal(slot)).length
      if (portfolio.critical === true && local < minLocal) {
        yield doctrine.at(
          ['portfolios', name, 'slots'],
          `the critical role "${name}" has ${local} local slots of ${minLocal}`,
        )
      }
    }
  },
)

const banUnsigned = doctrineRule(
  {
    id: 'portfolio-ban-unsigned',
    severity: 'error',
    explains: 'A ban is a decision: it carries the date on which it was made and the owner who made it.',
    example: 'bans: [{provider: anthropic}]',
    mend: 'add date and owner',
  },
  function* (doctrine) {
    for (const [index, { provider, date, owner }] of (doctrine.value.bans ?? []).entries()) {
      const lacks = [...(date === undefined ? ['date'] : []), ...(owner === undefined ? ['owner'] : [])]
      if (lacks.length > 0)
        yield doctrine.at(['bans', index], `the ban of "${provider}" has no ${lacks.join(' and no ')}`)
    }
  },
)

const banned = doctrineRule(
  {
    id: 'portfolio-banned',
    severity: 'error',
    explains: 'A banned provider is used in no slot.',
    example: 'bans: [{provider: anthropic, …}] with an endpoint of kind anthropic in a slot',
    mend: 'take the slot out, or lift the ban',
  },
  function* (doctrine) {
    const bans = new Set((doctrine.value.bans ?? []).map(({ provider }) => provider))
    for (const { name, slots } of doctrine.roles) {
      for (const { index, slot, endpoint, endpointName, model } of slots) {
        const names = [
          endpoint.provider,
          endpoint.kind,
          endpointName,
          endpoint.failure_domain,
          model.served.split('/')[0],
        ]
        const hit = names.find((candidate) => candidate !== undefined && bans.has(candidate))
        if (hit === undefined) continue
        yield doctrine.at(
          ['portfolios', name, 'slots', index],
          `slot ${index + 1} of "${name}" uses "${slot.model}", and "${hit}" is banned`,
        )
      }
    }
  },
)

const rights = doctrineRule(
  {
    id: 'portfolio-rights',
    severity: 'error',
    explains:
      'A role that has fallen back decides less: it names its rights, later slots lose some of them, and what is lost stays lost further down.',
    example: 'critical: true, four slots, and no slot with `loses`',
    mend: 'name `rights` of the role, and on later slots what it `loses`',
  },
  function* (doctrine) {
    for (const { name, portfolio } of doctrine.roles) {
      const path = ['portfolios', name]
      const held = portfolio.rights ?? []
      const losing = portfolio.slots.some(({ loses = [] }) => loses.length > 0)
      const mustLose = (portfolio.critical === true || held.length > 0) && portfolio.slots.length > 1
      if (mustLose && !losing) yield doctrine.at(path, `the role "${name}" keeps all its rights however far it falls`)
      let lost: readonly string[] = []
      for (const [index, { loses = [] }] of portfolio.slots.entries()) {
        const slotPath = [...path, 'slots', index]
        if (index === 0 && loses.length > 0)
          yield doctrine.at(slotPath, `the first slot of "${name}" loses rights: take them from the role`)
        for (const right of loses) {
          if (!held.includes(right))
            yield doctrine.at(slotPath, `the role "${name}" has no right "${right}" to lose${didYouMean(right, held)}`)
        }
        const back = lost.filter((right) => !loses.includes(right))
        if (back.length > 0)
          yield doctrine.at(
            slotPath,
            `slot ${index + 1} of "${name}" has "${back.join('", "')}" back, lost on an earlier slot`,
          )
        lost = loses
      }
    }
  },
)

const keys = doctrineRule(
  {
    id: 'portfolio-key',
    severity: 'error',
    explains:
      "The engine sends the primary's key to a fallback host that has none of its own. So every endpoint of a slot names a key, and no two hosts the same one, also where the server asks for none.",
    example: 'two endpoints on different hosts, one without key_env',
    mend: 'give each host a key_env of its own; any value in .env does where the server asks for none',
  },
  function* (doctrine) {
    const names = new Set(doctrine.roles.flatMap(({ slots }) => slots.map(({ endpointName }) => endpointName)))
    const used = new Map(Object.entries(doctrine.value.endpoints).filter(([name]) => names.has(name)))
    const hostOf = new Map([...used].map(([name, { base_url: url }]) => [name, URL.parse(url)?.host ?? url]))
    const isAlone = new Set(hostOf.values()).size < 2
    const holder = new Map<string, string>()
    for (const [name, { key_env: key }] of used) {
      const host = hostOf.get(name) ?? ''
      if (key === undefined) {
        if (!isAlone) yield doctrine.at(['endpoints', name], `the endpoint "${name}" has no key_env of its own`)
        continue
      }
      const other = holder.get(key)
      if (other === undefined) holder.set(key, name)
      else if (hostOf.get(other) !== host) {
        yield doctrine.at(
          ['endpoints', name, 'key_env'],
          `"${name}" and "${other}" are different hosts and share the key ${key}`,
        )
      }
    }
  },
)

const sameDomain = doctrineRule(
  {
    id: 'portfolio-adjacent-domain',
    severity: 'warning',
    explains: 'Two slots in a row that fail together (machine, network, account, vendor) are one slot.',
    example: 'two models of one vendor after each other',
    mend: 'put a slot of another failure domain between them',
  },
  function* (doctrine) {
    for (const { name, slots } of doctrine.roles) {
      for (const [position, { index, endpoint }] of slots.entries()) {
        const before = slots[position - 1]
        if (before?.index !== index - 1 || before.endpoint.failure_domain !== endpoint.failure_domain) continue
        const message = `slots ${index} and ${index + 1} of "${name}" are both in the failure domain "${endpoint.failure_domain}"`
        yield doctrine.at(['portfolios', name, 'slots', index], message)
      }
    }
  },
)

const shortOfRequire = doctrineRule(
  {
    id: 'portfolio-require',
    severity: 'error',
    explains: 'Every slot brings what the role requires: capabilities, context, price.',
    example: 'require: {capabilities: [tools]} with a model that has none',
    mend: 'take another model, or require less',
  },
  function* (doctrine) {
    for (const { name, portfolio, slots } of doctrine.roles) {
      const { capabilities = [], min_context: minContext, max_price: maxPrice } = portfolio.require ?? {}
      for (const { index, slot, model } of slots) {
        const lacks = capabilities.filter((capability) => !model.capabilities?.includes(capability))
        const short = [
          ...lacks.map((capability) => `it cannot do "${capability}"`),
          ...(minContext !== undefined && (model.context ?? 0) < minContext
            ? [`it serves ${model.context ?? 'an unknown'} tokens of ${minContext}`]
            : []),
          ...(maxPrice !== undefined && (model.price?.output ?? 0) > maxPrice
            ? [`it costs more than ${maxPrice}`]
            : []),
        ]
        if (short.length === 0) continue
        const message = `slot ${index + 1} of "${name}", "${slot.model}", is short of what the role requires: ${short.join(', ')}`
        yield doctrine.at(['portfolios', name, 'slots', index], message)
      }
    }
  },
)

const undefinedEnd = doctrineRule(
  {
    id: 'portfolio-end',
    severity: 'error',
    explains:
      'After the last slot work is held, the owner is asked, or it fails: which one is said, not left to chance.',
    example: 'a portfolio without `end`',
    mend: 'write end: hold, ask or fail',
  },
  function* (doctrine) {
    for (const { name, portfolio } of doctrine.roles) {
      if (portfolio.end === undefined) yield doctrine.at(['portfolios', name], `the role "${name}" has no end`)
    }
  },
)

const sessionContext = doctrineRule(
  {
    id: 'portfolio-context',
    severity: 'warning',
    explains: 'A fallback with less context than a session needs fails in the middle of one.',
    example: 'defaults: {session_context: 64000} with a slot of 8192',
    mend: 'serve more context, or lower defaults.session_context',
  },
  function* (doctrine) {
    const budget = doctrine.value.defaults?.session_context
    if (budget === undefined) return
    for (const { name, slots } of doctrine.roles) {
      for (const { index, slot, model } of slots) {
        if (model.context === undefined || model.context >= budget) continue
        const message = `slot ${index + 1} of "${name}", "${slot.model}", serves ${model.context} tokens of ${budget}`
        yield doctrine.at(['portfolios', name, 'slots', index], message)
      }
    }
  },
)

const unknownPrice = doctrineRule(
  {
    id: 'portfolio-price',
    severity: 'warning',
    explains: 'Money spent on a slot without a price is counted by nobody.',
    example: 'a cloud model without `price`',
    mend: 'add its price',
  },
  function* (doctrine) {
    const told = new Set<string>()
    for (const { slot, model, endpoint } of doctrine.roles.flatMap(({ slots }) => slots)) {
      if (endpoint.locality !== 'cloud' || model.price !== undefined || told.has(slot.model)) continue
      told.add(slot.model)
      yield doctrine.at(['models', slot.model], `the cloud model "${slot.model}" has no price`)
    }
  },
)

const canaryPattern = doctrineRule(
  {
    id: 'portfolio-canary',
    severity: 'error',
    explains: 'What a canary expects is a regular expression.',
    example: 'expect: "(OK"',
    mend: 'mend the expression',
  },
  function* (doctrine) {
    for (const [index, { name, expect }] of (doctrine.value.canaries ?? []).entries()) {
      try {
        RegExp(expect)
      } catch {
        yield doctrine.at(['canaries', index, 'expect'], `the expectation of "${name}" is no regular expression`)
      }
    }
  },
)

export const portfolioRules: readonly SidecarRule[] = [
  unresolved,
  fourSlots,
  sharedStart,
  localEnd,
  sovereignty,
  banUnsigned,
  banned,
  rights,
  keys,
  sameDomain,
  shortOfRequire,
  undefinedEnd,
  sessionContext,
  unknownPrice,
  canaryPattern,
]
