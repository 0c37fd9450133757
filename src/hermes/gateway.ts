// Is the gateway of a home alive? What its files and the kernel say, each with its weight.
//
// The lock is the best witness: the kernel frees it with the process. The recorded process is one only with its start
// time, for a pid comes back. State file and heartbeat stay behind a dead gateway and tell what it did, not that it
// lives. Absent is unknown. Promise: reading only, the lock is looked at for a moment and never made.
// Sources: the gateway's own status code of 0.18.0 to 0.19.0, and every way of ending it, run.

import { join } from 'node:path'
import { isFlocked, type Disk, type JsonMapping } from '../core/index.ts'
import { isAlive, type ProcessIdentity } from './processes.ts'
import { instantIn, readStatus, textIn } from './status-file.ts'

export type GatewayState = 'running' | 'draining' | 'stopped' | 'unknown'

export interface GatewayEvidence {
  readonly source: 'lock' | 'process' | 'state' | 'heartbeat' | 'cron'
  readonly says: 'alive' | 'dead' | 'unclear'
  readonly detail: string
}

export interface Gateway {
  readonly state: GatewayState
  /** Every witness, best first. */
  readonly evidence: readonly GatewayEvidence[]
  /** The live process, as far as it can be told. */
  readonly process: ProcessIdentity | undefined
  /** What the gateway last wrote of itself: starting, running, draining, degraded, stopped, startup_failed. */
  readonly reported: string | undefined
  readonly reportedAt: Date | undefined
  readonly isRestartRequested: boolean
  readonly activeAgents: number
  /** Alive, and its heartbeat is older than five minutes. */
  readonly isWedged: boolean
  readonly heartbeatAt: Date | undefined
  readonly cronTickAt: Date | undefined
  /** Older than the tick: the scheduler runs and fails. */
  readonly cronSuccessAt: Date | undefined
}

const suspectAfterMs = 90_000
const wedgedAfterMs = 300_000

/** Looks at the gateway of a home. */
export async function readGateway(disk: Disk, home: string, now: Date): Promise<Gateway> {
  const lockPath = join(home, 'gateway.lock')
  const isLocked = disk.stat(lockPath)?.kind === 'file' ? await isFlocked(lockPath) : undefined
  const recorded = identityIn(readStatus(disk, home, 'gateway.pid'))
  const lockedBy = identityIn(readStatus(disk, home, 'gateway.lock'))
  const report = readStatus(disk, home, 'gateway_state.json')
  const reported = textIn(report, 'gateway_state')
  const heartbeatAt = instantIn(readStatus(disk, home, 'state/gateway.heartbeat'), 'updated_at')
  const process = [lockedBy, recorded].find((identity) => identity && isAlive(identity))

  const evidence: GatewayEvidence[] = []
  if (isLocked !== undefined) {
    const detail = isLocked ? 'gateway.lock is held' : 'gateway.lock is free'
    evidence.push({ source: 'lock', says: isLocked ? 'alive' : 'dead', detail })
  }
  if (recorded) {
    const alive = isAlive(recorded)
    const detail = `process ${recorded.pid} of gateway.pid ${alive ? 'lives' : 'is gone, or another has its number'}`
    evidence.push({ source: 'process', says: alive ? 'alive' : 'dead', detail })
  }
  if (reported !== undefined) {
    const ended = reported === 'stopped' || reported === 'startup_failed'
    evidence.push({ source: 'state', says: ended ? 'dead' : 'unclear', detail: `gateway_state.json says ${reported}` })
  }
  if (heartbeatAt) {
    const ageMs = now.getTime() - heartbeatAt.getTime()
    const detail = `the last heartbeat is ${Math.round(ageMs / 1000)} s old`
    evidence.push({ source: 'heartbeat', says: ageMs > wedgedAfterMs ? 'dead' : 'unclear', detail })
  }
  const cronTickAt = epochOf(disk, join(home, 'cron/ticker_heartbeat'))
  const cronSuccessAt = epochOf(disk, join(home, 'cron/ticker_last_success'))
  if (cronTickAt && cronSuccessAt && cronTickAt.getTime() - cronSuccessAt.getTime() > suspectAfterMs) {
    evidence.push({ source: 'cron', says: 'unclear', detail: 'the scheduler ticks and fails' })
  }

  const isAliveNow = judge(evidence)
  return {
    state: stateOf(isAliveNow, reported),
    evidence,
    process: isAliveNow ? process : undefined,
    reported,
    reportedAt: instantIn(report, 'updated_at'),
    isRestartRequested: report?.['restart_requested'] === true,
    activeAgents: Number(report?.['active_agents'] ?? 0) || 0,
    isWedged: isAliveNow === true && heartbeatAt !== undefined && now.getTime() - heartbeatAt.getTime() > wedgedAfterMs,
    heartbeatAt,
    cronTickAt,
    cronSuccessAt,
  }
}

/** The best witness that is clear; a home without any trace of a gateway has none that lives. */
function judge(evidence: readonly GatewayEvidence[]): boolean | undefined {
  const clear = evidence.find(({ source, says }) => says !== 'unclear' && source !== 'heartbeat')
  if (clear) return clear.says === 'alive'
  return evidence.some(({ source }) => source !== 'cron') ? undefined : false
}

function stateOf(isAliveNow: boolean | undefined, reported: string | undefined): GatewayState {
  if (isAliveNow === undefined) return 'unknown'
  if (!isAliveNow) return 'stopped'
  return reported === 'draining' ? 'draining' : 'running'
}

function identityIn(record: JsonMapping | undefined): ProcessIdentity | undefined {
  const { pid, start_time: startTicks } = record ?? {}
  return typeof pid === 'number' && typeof startTicks === 'number' ? { pid, startTicks } : undefined
}

function epochOf(disk: Disk, path: string): Date | undefined {
  try {
    const seconds = Number(disk.read(path).toString('utf8').trim() || Number.NaN)
    return Number.isFinite(seconds) ? new Date(seconds * 1000) : undefined
  } catch {
    return undefined
  }
}
