// Real gateways: seen alive, ended in each way, restarted on new evidence.

import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import { realDisk } from '../../src/core/index.ts'
import {
  engineCommand,
  readGateway,
  restartGateway,
  runEngine,
  type Engine,
  type Gateway,
} from '../../src/hermes/index.ts'
import { environmentOf, isAlive } from '../../src/hermes/processes.ts'
import { engineOf, engineVersions, scratchHome, skipReason, type ScratchHome } from '../engine.ts'

const settings = { security: { tirith_enabled: false, allow_lazy_installs: false }, approvals: { timeout: 5 } }
const model = { default: 'm', provider: 'custom', base_url: 'http://127.0.0.1:9/v1' }
const files = { 'config.yaml': JSON.stringify({ model, ...settings }) }

/** A gateway that we started; ended with its scope, whatever became of it. */
class LiveGateway {
  readonly #child: ChildProcess
  readonly home: ScratchHome
  readonly exited: Promise<unknown[]>

  constructor(engine: Engine, home: ScratchHome) {
    const { argv, env } = engineCommand(engine, home, ['gateway', 'run'], { ...home.env, STARTED_WITH: 'mine' })
    const [program = '', ...args] = argv
    this.#child = spawn(program, args, { stdio: 'ignore', env, cwd: home.home })
    this.home = home
    this.exited = once(this.#child, 'exit')
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  async until(isSo: (gateway: Gateway) => boolean): Promise<Gateway> {
    const giveUpAt = performance.now() + 60_000
    for (;;) {
      const gateway = await readGateway(realDisk, this.home.home, new Date())
      if (isSo(gateway)) return gateway
      if (performance.now() > giveUpAt) assert.fail(`still ${JSON.stringify(gateway)}`)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }

  isUp(): Promise<Gateway> {
    return this.until(({ state, reported }) => state === 'running' && reported === 'running')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    this.#child.kill('SIGKILL')
    await this.exited
  }
}

describe('real gateways', { concurrency: 2 }, () => {
  for (const version of engineVersions) {
    test(`${version}: alive with its own process, then stopped by command`, { skip: skipReason(version) }, async () => {
      const engine = await engineOf(version)
      using home = scratchHome({ files })
      await using live = new LiveGateway(engine, home)
      const gateway = await live.isUp()
      assert.equal(gateway.process?.pid, live.pid)
      assert.deepEqual(
        gateway.evidence.filter(({ says }) => says === 'alive').map(({ source }) => source),
        ['lock', 'process'],
      )
      if (engine.features.has('gatewayHeartbeat')) await live.until(({ heartbeatAt }) => heartbeatAt !== undefined)
      await runEngine(engine, home, ['gateway', 'stop'], { env: home.env, timeoutMs: 60_000 })
      assert.equal((await live.until(({ state }) => state !== 'running')).state, 'stopped')
    })
  }

  const version = '0.19.0'
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGUSR1', 'SIGKILL'] as const) {
    test(
      `${version}: after ${signal} it is stopped, whatever it left behind`,
      { skip: skipReason(version) },
      async () => {
        using home = scratchHome({ files })
        await using live = new LiveGateway(await engineOf(version), home)
        await live.isUp()
        live.signal(signal)
        await live.exited
        const gateway = await readGateway(realDisk, home.home, new Date())
        assert.deepEqual([gateway.state, gateway.process], ['stopped', undefined])
        assert.equal(gateway.reported, signal === 'SIGTERM' || signal === 'SIGKILL' ? 'running' : 'stopped')
        assert.equal(gateway.isRestartRequested, signal === 'SIGUSR1')
      },
    )
  }

  test(
    `${version}: restarted, it is another process with the old one's environment`,
    { skip: skipReason(version) },
    async () => {
      const engine = await engineOf(version)
      using home = scratchHome({ files })
      await using live = new LiveGateway(engine, home)
      const before = await live.isUp()
      const result = await restartGateway(engine, home, { env: home.env, disk: realDisk, timeoutMs: 60_000 })
      const { process: after } = await live.isUp()
      try {
        assert.equal(result.done, true, result.why)
        assert.deepEqual([result.before, result.after], [before.process, after])
        assert.notEqual(after?.pid, live.pid)
        assert.equal(before.process && isAlive(before.process), false)
        assert.equal(environmentOf(after?.pid ?? 0)['STARTED_WITH'], 'mine')
      } finally {
        // Only while it runs: a stop that finds no gateway looks for others on the machine and ends those.
        await runEngine(engine, home, ['gateway', 'stop'], { env: home.env, timeoutMs: 60_000 })
        await live.until(({ state }) => state === 'stopped')
      }
    },
  )

  test(`${version}: where none runs, nothing is started`, { skip: skipReason(version) }, async () => {
    using home = scratchHome({ files })
    const options = { env: home.env, disk: realDisk, timeoutMs: 1000 }
    const result = await restartGateway(await engineOf(version), home, options)
    assert.deepEqual(result, { done: false, why: 'The gateway is stopped: nothing was restarted.' })
  })
})
