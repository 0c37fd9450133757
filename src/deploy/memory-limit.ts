// The limit of memory files: what the engine's memory tool can still edit.
//
// The engine counts the whole file in characters, delimiters included (engine reference, 4.2). An addition that would
// pass the limit is left out and reported as a conflict: the agent's own entries are never dropped to make room.

import type { Change } from './plan.ts'
import { liveKey, type Live } from './live.ts'

const limits = [
  { path: 'memories/MEMORY.md', key: 'memory_char_limit', defaultLimit: 2200 },
  { path: 'memories/USER.md', key: 'user_char_limit', defaultLimit: 1375 },
] as const
const delimiter = '\n§\n'

/** The same changes, without those additions that do not fit. */
export function limitMemories(changes: readonly Change[], live: Live): Change[] {
  return limits.reduce<Change[]>((kept, limit) => limitOne(kept, live, limit), [...changes])
}

function limitOne(changes: Change[], live: Live, { path, key, defaultLimit }: (typeof limits)[number]): Change[] {
  const isHere = (change: Change): boolean => change.root === 'home' && change.path === path
  if (!changes.some((change) => isHere(change) && change.action === 'create')) return changes
  const limit = configuredLimit(changes, live, key) ?? defaultLimit
  const removed = changes.filter((change) => isHere(change) && change.action === 'delete').map(({ live: text }) => text)
  const bytes = live.files.get(liveKey('home', path))?.bytes
  let count = charactersOf(bytes?.toString('utf8').trim() ?? '')
  for (const text of removed) count -= charactersOf(textOfLive(text)) + charactersOf(delimiter)
  return changes.map((change) => {
    if (!isHere(change) || change.action !== 'create') return change
    const size = charactersOf(textOf(change)) + (count > 0 ? charactersOf(delimiter) : 0)
    if (count + size > limit)
      return { ...change, class: 'conflict', action: 'none', reason: tooFull(path, count, size, limit) }
    count += size
    return change
  })
}

function configuredLimit(changes: readonly Change[], live: Live, key: string): number | undefined {
  const planned = changes.find(({ entry, action }) => entry === `config.yaml#memory.${key}` && action !== 'none')
  const desired = planned?.desired?.content
  const value =
    desired?.kind === 'value'
      ? desired.value
      : live.files.get(liveKey('home', 'config.yaml'))?.document?.get({ kind: 'key', path: ['memory', key] })
  return typeof value === 'number' ? value : undefined
}

const tooFull = (path: string, count: number, size: number, limit: number): string =>
  `${path} holds ${count} characters, this entry needs ${size} more, the limit is ${limit}: shorten it or raise the limit`

/** Code points, as Python counts them. */
const charactersOf = (text: string): number => Array.from(text).length

const textOfLive = (live: Change['live']): string => (typeof live === 'string' ? live : '')

const textOf = ({ desired }: Change): string =>
  desired?.content?.kind === 'value' && typeof desired.content.value === 'string' ? desired.content.value : ''
