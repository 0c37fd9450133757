// Restarting a gateway and seeing that another one is up.
//
// Through the supervisor that keeps it, else through `hermes gateway restart`, which stops the old one by the engine's
// own rules. Promise: no signal to a process that we did not start, no end of waiting without a word, and `done` only
// on new evidence: another process that holds the lock and has written its state after we began.

import { run, type Disk } from '../core/index.ts'
import { engineCommand, type Engine, type EngineTarget } from './engine.ts'
import { readGateway, type Gateway } from './gateway.ts'
import { controlGroupOf, environmentOf, folderOf, type ProcessIdentity } from './processes.ts'

export interface RestartOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly disk: Disk
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

export interface RestartResult {
  readonly done: boolean
  /** What was done, or why not, as a sentence. */
  readonly why: string
  readonly before?: ProcessIdentity
  readonly after?: ProcessIdentity
}

const lookEveryMs = 200

/** Restarts the gateway of a home that runs one; where none runs nothing is started. */
export async function restartGateway(
  engine: Engine,
  target: EngineTarget,
  options: RestartOptions,
): Promise<RestartResult> {
  if (options.env['_HERMES_GATEWAY'] === '1') {
    return { done: false, why: 'This command runs inside the gateway, which cannot restart itself from there.' }
  }
  const beganAt = new Date()
  const before = await readGateway(options.disk, target.home, beganAt)
  if (before.state !== 'running') return { done: false, why: `The gateway is ${before.state}: nothing was restarted.` }
  if (!before.process) return { done: false, why: 'The gateway is not a process of this machine that we can see.' }
  const unit = await unitOf(before.process.pid, options.env)
  const started = unit ? restartUnit(unit, options) : restartByEngine(engine, target, before.process, options)
  return waitForAnother(target, before.process, beganAt, started, options)
}

/** A restart on its way: how it is called, and what became of its command as soon as that is known. */
interface Started {
  readonly by: string
  failure(): string | undefined
}

interface Unit {
  readonly name: string
  readonly scope: readonly string[]
}

/** The systemd unit whose main process this is; undefined for a gateway that was started by hand. */
async function unitOf(pid: number, env: RestartOptions['env']): Promise<Unit | undefined> {
  const group = controlGroupOf(pid) ?? ''
  const name = group.split('/').at(-1) ?? ''
  if (!name.endsWith('.service')) return undefined
  const scope = group.includes('/user@') ? ['--user'] : []
  const { stdout } = await run(['systemctl', ...scope, 'show', '-p', 'MainPID', '--value', name], {
    timeoutMs: 10_000,
    env,
  })
  return Number(stdout) === pid ? { name, scope } : undefined
}

function restartUnit(unit: Unit, options: RestartOptions): Started {
  let failure: string | undefined
  const by = `systemctl restart ${unit.name}`
  // `--no-ask-password`: a system unit needs rights that we have or have not.
  void run(['systemctl', ...unit.scope, '--no-ask-password', 'restart', unit.name], {
    timeoutMs: options.timeoutMs,
    env: options.env,
  }).then(({ exitCode }) => {
    if (exitCode !== 0) failure = `${by} ended with ${exitCode ?? 'a signal'}`
  })
  return { by, failure: () => failure }
}

/**
 * Without a supervisor `hermes gateway restart` becomes the new gateway itself: it gets a session of its own, nothing
 * of our streams, and the environment and folder that the old one was started with.
 */
function restartByEngine(engine: Engine, target: EngineTarget, old: ProcessIdentity, options: RestartOptions): Started {
  let failure: string | undefined
  const by = 'hermes gateway restart'
  const started = environmentOf(old.pid)
  const base = Object.keys(started).length > 0 ? started : options.env
  const { argv, env } = engineCommand(engine, target, ['gateway', 'restart'], { ...base, _HERMES_GATEWAY: undefined })
  const [program = '', ...args] = argv
  const { spawn } = process.getBuiltinModule('node:child_process')
  const child = spawn(program, args, { detached: true, stdio: 'ignore', env, cwd: folderOf(old.pid) ?? target.home })
  child.once('error', (cause) => (failure = `${by} did not start: ${cause.message}`))
  child.once('exit', (code) => {
    if (code !== 0) failure = `${by} ended with ${code ?? 'a signal'}`
  })
  child.unref()
  return { by, failure: () => failure }
}

async function waitForAnother(
  target: EngineTarget,
  before: ProcessIdentity,
  beganAt: Date,
  started: Started,
  options: RestartOptions,
): Promise<RestartResult> {
  const giveUpAt = performance.now() + options.timeoutMs
  for (;;) {
    const gateway = await readGateway(options.disk, target.home, new Date())
    if (isAnother(gateway, before, beganAt)) {
      return {
        done: true,
        why: `Restarted by ${started.by}.`,
        before,
        ...(gateway.process && { after: gateway.process }),
      }
    }
    const failure = started.failure()
    if (failure !== undefined) return { done: false, why: `${failure}; the gateway is ${gateway.state}.`, before }
    if (options.signal?.aborted) return { done: false, why: 'Interrupted while waiting for the new gateway.', before }
    if (performance.now() > giveUpAt) {
      const seconds = Math.round(options.timeoutMs / 1000)
      return { done: false, why: `No new gateway came up within ${seconds} s; it is ${gateway.state}.`, before }
    }
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
  }
}

/** New evidence: another process, running by its own word, given after we began. */
function isAnother(gateway: Gateway, before: ProcessIdentity, beganAt: Date): boolean {
  const { process, reported, reportedAt } = gateway
  if (gateway.state !== 'running' || !process) return false
  if (process.pid === before.pid && process.startTicks === before.startTicks) return false
  return (reported === 'running' || reported === 'degraded') && reportedAt !== undefined && reportedAt >= beganAt
}
