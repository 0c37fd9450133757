// What the files of a gateway say after each way it can end: recorded ones, and real gateways in gateway-live.test.ts.

import assert from 'node:assert/strict'
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { realDisk, withFlock } from '../../src/core/index.ts'
import { fencesAround, readGateway } from '../../src/hermes/index.ts'
import { machineEpoch, startTicksOf } from '../../src/hermes/processes.ts'
import { fixtures, scratchHome, type ScratchHome } from '../engine.ts'

const takenAt = new Date('2026-11-22T17:20:30Z')

function recorded(state: string): ScratchHome {
  const home = scratchHome()
  cpSync(join(fixtures, 'gateway-states', state), home.home, { recursive: true })
  return home
}

for (const state of ['restart-requested', 'sigint', 'sigkill', 'sigterm', 'stopped-by-command']) {
  test(`a gateway that ended (${state}) is stopped, whatever its state file says`, async () => {
    using home = recorded(state)
    const gateway = await readGateway(realDisk, home.home, takenAt)
    assert.equal(gateway.state, 'stopped', JSON.stringify(gateway.evidence))
    assert.equal(gateway.process, undefined)
    assert.equal(gateway.isRestartRequested, state === 'restart-requested')
    assert.equal(gateway.reported, state === 'sigkill' || state === 'sigterm' ? 'running' : 'stopped')
  })
}

test('a held lock means running, even where the recorded process cannot be seen', async () => {
  using home = recorded('running')
  await withFlock(join(home.home, 'gateway.lock'), { timeoutMs: 1000 }, async () => {
    const gateway = await readGateway(realDisk, home.home, takenAt)
    assert.equal(gateway.state, 'running')
    assert.equal(gateway.process, undefined)
    assert.equal(gateway.evidence[0]?.source, 'lock')
    assert.equal(gateway.heartbeatAt?.toISOString(), '2026-11-22T17:20:27.555Z')
  })
})

test('a lock that is held while the heartbeat is five minutes old is a wedged gateway', async () => {
  using home = recorded('running')
  await withFlock(join(home.home, 'gateway.lock'), { timeoutMs: 1000 }, async () => {
    assert.equal((await readGateway(realDisk, home.home, new Date('2026-11-22T17:26:00Z'))).isWedged, true)
  })
})

test('another process with the recorded number is not the gateway', async () => {
  using home = recorded('sigkill')
  rmSync(join(home.home, 'gateway.lock'))
  const record = { pid: process.pid, kind: 'hermes-gateway', argv: [], start_time: 1 }
  writeFileSync(join(home.home, 'gateway.pid'), JSON.stringify(record))
  assert.equal((await readGateway(realDisk, home.home, takenAt)).state, 'stopped')
  writeFileSync(join(home.home, 'gateway.pid'), JSON.stringify({ ...record, start_time: startTicksOf(process.pid) }))
  const gateway = await readGateway(realDisk, home.home, takenAt)
  assert.deepEqual([gateway.state, gateway.process?.pid], ['running', process.pid])
})

test('a home without a trace of a gateway has none that runs; a trace without a witness is unknown', async () => {
  using home = scratchHome()
  assert.equal((await readGateway(realDisk, home.home, takenAt)).state, 'stopped')
  home.write('gateway_state.json', '{"gateway_state":"running"}')
  assert.equal((await readGateway(realDisk, home.home, takenAt)).state, 'unknown')
})

test('torn, empty and foreign status files are no evidence and no failure', async () => {
  using home = recorded('running')
  for (const file of ['gateway.pid', 'gateway_state.json', 'state/gateway.heartbeat', 'cron/ticker_heartbeat']) {
    home.write(file, '{"pid": ')
  }
  const gateway = await readGateway(realDisk, home.home, takenAt)
  assert.deepEqual([gateway.state, gateway.reported, gateway.heartbeatAt], ['stopped', undefined, undefined])
})

test('a tick that succeeds no more is told', async () => {
  using home = recorded('running')
  home.write('cron/ticker_heartbeat', '2000.5')
  home.write('cron/ticker_last_success', '1000')
  const { evidence } = await readGateway(realDisk, home.home, takenAt)
  assert.ok(evidence.some(({ detail }) => detail === 'the scheduler ticks and fails'))
})

test('a quiet home has no fence', async () => {
  using home = scratchHome({ livedIn: true })
  assert.deepEqual(await fencesAround(home, { env: home.env, disk: realDisk, now: takenAt }), [])
})

const now = new Date('2026-11-22T18:00:00Z')
const signs = {
  '.hermes-update-in-progress': ['', 'engine-update'],
  '.update-incomplete': ['', 'update-incomplete'],
  '.drain_request.json': ['{"principal":"the operator"}', 'drain-request'],
  '.gateway-planned-stop.json': ['{"written_at":"2026-11-22T17:59:30Z"}', 'planned-stop'],
  '.managed': ['', 'package-managed'],
} as const
for (const [file, [content, fence]] of Object.entries(signs)) {
  test(`${file} is a fence with an owner and a way out`, async () => {
    using home = scratchHome({ files: { [file]: content } })
    const fences = await fencesAround(home, { env: home.env, disk: realDisk, now })
    assert.deepEqual(
      fences.map((found) => found.fence),
      [fence],
    )
    assert.ok(fences.every(({ owner, sentence, hint }) => owner !== '' && sentence.endsWith('.') && hint !== ''))
  })
}

test('a planned stop of more than a minute ago and a drain from before this boot bind nobody', async () => {
  using home = scratchHome()
  home.write('.gateway-planned-stop.json', '{"written_at":"2026-11-22T17:58:30Z"}')
  home.write('.drain_request.json', '{"principal":"x","epoch":"another-boot:1"}')
  assert.deepEqual(await fencesAround(home, { env: home.env, disk: realDisk, now }), [])
  home.write('.drain_request.json', JSON.stringify({ epoch: machineEpoch() }))
  const [fence] = await fencesAround(home, { env: home.env, disk: realDisk, now })
  assert.equal(fence?.owner, 'an unknown party')
})

test('a gateway that drains is a fence', async () => {
  using home = recorded('running')
  const record = readFileSync(join(home.home, 'gateway_state.json'), 'utf8')
  home.write('gateway_state.json', record.replace('"gateway_state":"running"', '"gateway_state":"draining"'))
  await withFlock(join(home.home, 'gateway.lock'), { timeoutMs: 1000 }, async () => {
    const [fence] = await fencesAround(home, { env: home.env, disk: realDisk, now: takenAt })
    assert.equal(fence?.fence, 'draining')
  })
})

test('a package manager, a remote backend and an administrator are named as owners of the configuration', async () => {
  using home = scratchHome()
  home.write('../managed/config.yaml', 'agent: {max_turns: 7}\n')
  const env = { ...home.env, HERMES_MANAGED: 'brew', HERMES_CONFIG_BACKEND: 'remote' }
  const fences = await fencesAround(home, { env, disk: realDisk, now })
  assert.deepEqual(
    fences.map(({ fence, blocks, owner }) => [fence, blocks, owner.replace(home.folder, '')]),
    [
      ['package-managed', 'config', 'brew'],
      ['remote-config', 'config', 'the remote configuration backend'],
      ['managed-scope', 'keys', 'the administrator, by /managed'],
    ],
  )
})
