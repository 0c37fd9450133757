// Rules that follow a name from one file to another: roles, lanes, hosts, agents, targets.

import { isMapping } from '../../core/index.ts'
import { didYouMean } from '../nearest.ts'
import { lineAt, type PathKey } from '../reading.ts'
import type { Hit, SidecarRule, Whole } from '../rule.ts'

function inFleet({ readings }: Whole, path: readonly PathKey[], message: string): Hit {
  return { file: 'fleet.yaml', line: lineAt(readings.get('fleet.yaml')?.lines ?? {}, path), message }
}

function inManifest({ readings }: Whole, path: readonly PathKey[], message: string): Hit {
  return { file: 'timmy.yaml', line: lineAt(readings.get('timmy.yaml')?.lines ?? {}, path), message }
}

const roleMissing: SidecarRule = {
  id: 'portfolio-missing',
  severity: 'error',
  explains: 'An agent, a playbook or a job names a role that fallback-portfolios.yaml does not have.',
  example: 'portfolio: jugdment',
  mend: 'name a role of fallback-portfolios.yaml',
  *check(whole) {
    if (whole.broken.has('portfolios') || whole.broken.has('fleet')) return
    for (const { layers, portfolios, playbooks, cronJobs } of whole.merged) {
      const roles = Object.keys(portfolios?.value.portfolios ?? {})
      const fault = (role: string | undefined): string | undefined =>
        role === undefined || roles.includes(role)
          ? undefined
          : `there is no portfolio "${role}"${didYouMean(role, roles)}`
      for (const { value, sourceOf } of [...playbooks, ...cronJobs]) {
        const message = fault(value.portfolio)
        const { file, line } = sourceOf(['portfolio'])
        if (message !== undefined) yield { file, line, message }
      }
      const agent = layers.find((layer) => layer.startsWith('agents/'))?.slice('agents/'.length)
      const message = agent === undefined ? undefined : fault(whole.fleet?.agents?.[agent]?.portfolio)
      if (agent !== undefined && message !== undefined) yield inFleet(whole, ['agents', agent, 'portfolio'], message)
    }
  },
}

const laneMissing: SidecarRule = {
  id: 'playbook-lane-missing',
  severity: 'error',
  explains: 'A playbook of a lane that no agent takes is never run.',
  example: 'lanes: [biuld]',
  mend: 'name a lane that an agent of fleet.yaml takes, or give it to one',
  *check({ merged, fleet, broken }) {
    if (broken.has('fleet')) return
    const lanes = Object.values(fleet?.agents ?? {}).flatMap((agent) => agent.lanes ?? [])
    for (const { value, sourceOf } of merged.flatMap(({ playbooks }) => playbooks)) {
      for (const [index, lane] of value.lanes.entries()) {
        if (lanes.includes(lane)) continue
        const { file, line } = sourceOf(['lanes', index])
        yield { file, line, message: `no agent takes the lane "${lane}"${didYouMean(lane, lanes)}` }
      }
    }
  },
}

const rightMissing: SidecarRule = {
  id: 'playbook-right-missing',
  severity: 'error',
  explains: 'A playbook asks for a right that its role does not have on any slot.',
  example: 'rights: [merge] for a role without the right',
  mend: 'give the role the right in fallback-portfolios.yaml, or take it from the playbook',
  *check({ merged }) {
    for (const { portfolios, playbooks } of merged) {
      for (const { value, sourceOf } of playbooks) {
        const role = portfolios?.value.portfolios[value.portfolio ?? '']
        if (role === undefined) continue
        for (const [index, right] of (value.rights ?? []).entries()) {
          if (role.rights?.includes(right)) continue
          const { file, line } = sourceOf(['rights', index])
          const message = `the role "${value.portfolio}" has no right "${right}"${didYouMean(right, role.rights ?? [])}`
          yield { file, line, message }
        }
      }
    }
  },
}

const playbookNeverStarts: SidecarRule = {
  id: 'playbook-trigger-empty',
  severity: 'warning',
  explains: 'A playbook with an empty trigger is never started.',
  example: 'trigger: {}',
  mend: 'name events, labels or a schedule, or write manual: true',
  *check({ merged }) {
    for (const { value, sourceOf } of merged.flatMap(({ playbooks }) => playbooks)) {
      const { events = [], labels = [], schedule, manual } = value.trigger
      if (events.length > 0 || labels.length > 0 || schedule !== undefined || manual === true) continue
      const { file, line } = sourceOf(['trigger'])
      yield { file, line, message: `nothing starts ${value.name}` }
    }
  },
}

const layerUnknown: SidecarRule = {
  id: 'layer-unknown',
  severity: 'error',
  explains: 'A layer for a host or an agent that fleet.yaml does not know is laid on nothing.',
  example: 'agents/wlof/config.yaml',
  mend: 'rename the folder, or name the host or agent in fleet.yaml',
  *check({ files, fleet, manifest, broken }) {
    if (broken.has('fleet') || broken.has('manifest')) return
    const targets = Object.values(manifest.targets ?? {})
    const known = {
      hosts: [...Object.keys(fleet?.hosts ?? {}), ...targets.flatMap(({ host }) => host ?? [])],
      agents: [...Object.keys(fleet?.agents ?? {}), ...targets.flatMap(({ agent }) => agent ?? [])],
    }
    const seen = new Set<string>()
    for (const { layer, path } of files) {
      const [kind = '', name = ''] = layer.split('/')
      if (seen.has(layer) || (kind !== 'hosts' && kind !== 'agents')) continue
      seen.add(layer)
      if (known[kind].includes(name)) continue
      yield { file: path, message: `${layer}/ is the layer of no ${kind.slice(0, -1)}${didYouMean(name, known[kind])}` }
    }
  },
}

const hostMissing: SidecarRule = {
  id: 'fleet-host-missing',
  severity: 'error',
  explains: 'An agent or a target is on a host that fleet.yaml does not list.',
  example: 'agents: {wolf: {host: locla, …}}',
  mend: 'name a host of fleet.yaml, or add it there',
  *check(whole) {
    const { fleet, manifest } = whole
    if (fleet === undefined) return
    const hosts = Object.keys(fleet.hosts ?? {})
    for (const [name, { host }] of Object.entries(fleet.agents ?? {})) {
      if (hosts.includes(host)) continue
      yield inFleet(
        whole,
        ['agents', name, 'host'],
        `the host "${host}" of ${name} is not listed${didYouMean(host, hosts)}`,
      )
    }
    for (const [name, { host, agent }] of Object.entries(manifest.targets ?? {})) {
      if (host !== undefined && !hosts.includes(host)) {
        yield inManifest(
          whole,
          ['targets', name, 'host'],
          `the host "${host}" is not in fleet.yaml${didYouMean(host, hosts)}`,
        )
      }
      const agents = Object.keys(fleet.agents ?? {})
      if (agent !== undefined && !agents.includes(agent)) {
        yield inManifest(
          whole,
          ['targets', name, 'agent'],
          `the agent "${agent}" is not in fleet.yaml${didYouMean(agent, agents)}`,
        )
      }
    }
  },
}

const budgetUnknown: SidecarRule = {
  id: 'fleet-budget-unknown',
  severity: 'error',
  explains: 'A budget is that of the fleet or of an agent; one of nobody limits nothing.',
  example: 'budgets: {wlof: {usdPerDay: 1}}',
  mend: 'write "fleet" or the name of an agent',
  *check(whole) {
    const known = ['fleet', ...Object.keys(whole.fleet?.agents ?? {})]
    for (const name of Object.keys(whole.fleet?.budgets ?? {})) {
      if (!known.includes(name))
        yield inFleet(whole, ['budgets', name], `there is no "${name}" to limit${didYouMean(name, known)}`)
    }
  },
}

/** Refused by the engine itself (reference: profile names). */
const reservedProfiles = new Set(['root', 'hermes', 'test', 'tmp', 'sudo'])

function isRefused(profile: string | undefined): boolean {
  if (profile === undefined) return false
  return reservedProfiles.has(profile) || !/^[a-z0-9][a-z0-9_-]{0,63}$/.test(profile)
}

const profileRefused: SidecarRule = {
  id: 'fleet-profile-refused',
  severity: 'error',
  explains: 'The engine refuses profiles with a dot in the name, and some reserved names.',
  example: 'profile: test',
  mend: 'choose another profile name',
  *check(whole) {
    for (const [name, { profile }] of Object.entries(whole.fleet?.agents ?? {})) {
      if (isRefused(profile))
        yield inFleet(whole, ['agents', name, 'profile'], `the engine refuses the profile "${profile}"`)
    }
    for (const [name, { profile }] of Object.entries(whole.manifest.targets ?? {})) {
      if (isRefused(profile))
        yield inManifest(whole, ['targets', name, 'profile'], `the engine refuses the profile "${profile}"`)
    }
  },
}

const sameHome: SidecarRule = {
  id: 'fleet-home-shared',
  severity: 'error',
  explains:
    'Two agents in one Hermes home would be given two identities in turn: one SOUL was once loaded into two agents for months.',
  example: 'two agents with profile default on one host',
  mend: 'give each agent a profile of its own',
  *check(whole) {
    const seen = new Map<string, string>()
    for (const [name, { host, home, profile }] of Object.entries(whole.fleet?.agents ?? {})) {
      const key = JSON.stringify([host, home?.replace(/\/$/, '') ?? '~/.hermes', profile])
      const other = seen.get(key)
      if (other !== undefined) yield inFleet(whole, ['agents', name], `${name} lives in the same home as ${other}`)
      else seen.set(key, name)
    }
  },
}

const targetClash: SidecarRule = {
  id: 'target-name-clash',
  severity: 'error',
  explains:
    'An agent of this host is a target by its name; a target of the manifest with the same name must be the same home.',
  example: 'targets: {wolf: {profile: default}} beside an agent wolf with profile wolf',
  mend: 'rename the target, or give it the profile and host of the agent',
  *check(whole) {
    for (const [name, { host = 'local', profile = 'default' }] of Object.entries(whole.manifest.targets ?? {})) {
      const agent = whole.fleet?.agents?.[name]
      if (agent === undefined || (agent.host === host && agent.profile === profile)) continue
      yield inManifest(whole, ['targets', name], `the agent "${name}" lives on ${agent.host}, profile ${agent.profile}`)
    }
  },
}

const ownUnclear: SidecarRule = {
  id: 'own-unclear',
  severity: 'error',
  explains:
    'A rule of ownership says a policy, a mode, a list rule or heal; list rules and modes other than ignore are for keys and records.',
  example: 'own: [{match: "skins/*", mode: default}]',
  mend: 'write `config.yaml#key.*` for keys, or a policy for files',
  *check(whole) {
    for (const [index, rule] of (whole.manifest.own ?? []).entries()) {
      const isPart =
        rule.match.includes('#') || rule.match.includes('@') || rule.policy === 'keys' || rule.policy === 'records'
      const saysNothing = [rule.policy, rule.mode, rule.list, rule.heal].every((part) => part === undefined)
      if (saysNothing) yield inManifest(whole, ['own', index], `the rule for "${rule.match}" says nothing`)
      else if (!isPart && (rule.list !== undefined || (rule.mode ?? 'ignore') !== 'ignore')) {
        yield inManifest(
          whole,
          ['own', index],
          `"${rule.match}" means whole files, which have no mode and no list rule`,
        )
      }
    }
  },
}

const referencePlace: SidecarRule = {
  id: 'reference-place',
  severity: 'warning',
  explains: 'The engine expands ${NAME} in the values of config.yaml only; elsewhere it stays as it is written.',
  example: 'deliver: "telegram:${CHAT}" in a cron job',
  mend: 'write the value itself, or move it to config.yaml',
  *check({ files, readings }) {
    for (const { path, kind } of files) {
      const reading = readings.get(path)
      if (reading === undefined || !['aliases', 'skin', 'cron', 'memory'].includes(kind)) continue
      for (const { at, name } of referencesIn(reading.value, [])) {
        if (kind === 'cron' && at[0] === 'prompt') continue // a prompt may speak of variables
        yield { file: path, line: lineAt(reading.lines, at), message: `\${${name}} is not expanded here` }
      }
    }
  },
}

function* referencesIn(value: unknown, at: readonly PathKey[]): Generator<{ at: readonly PathKey[]; name: string }> {
  if (typeof value === 'string') {
    for (const [, name = ''] of value.matchAll(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g)) yield { at, name }
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* referencesIn(item, [...at, index])
  } else if (isMapping(value)) {
    for (const [key, member] of Object.entries(value)) yield* referencesIn(member, [...at, key])
  }
}

export const referenceRules: readonly SidecarRule[] = [
  roleMissing,
  laneMissing,
  rightMissing,
  playbookNeverStarts,
  layerUnknown,
  hostMissing,
  budgetUnknown,
  profileRefused,
  sameHome,
  targetClash,
  ownUnclear,
  referencePlace,
]
