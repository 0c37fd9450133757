import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findSidecar, placesOf, readTargets, sidecarRecord } from '../../src/config/index.ts'
import { realDisk, TimmyError } from '../../src/core/index.ts'
import { scratchFolder } from '../scratch.ts'
import { sidecarOf } from './sidecar-builder.ts'

test('a sidecar is the one named, else that of the environment, else a parent folder, else the one recorded', () => {
  using folder = scratchFolder()
  for (const name of ['flag', 'env', 'near', 'recorded']) folder.write(`${name}/timmy.yaml`, 'timmy: 1\nname: x\n')
  folder.write('near/deep/er/file', '')
  folder.write('state/sidecar', `${folder.at('recorded')}\n`)
  const env = { TIMMY_STATE_DIR: folder.at('state') }
  const world = { cwd: folder.at('near/deep/er'), env: { ...env, TIMMY_SIDECAR: folder.at('env') }, disk: realDisk }
  assert.equal(findSidecar(world, '../../../flag'), folder.at('flag'))
  assert.equal(findSidecar(world), folder.at('env'))
  assert.equal(findSidecar({ ...world, env }), folder.at('near'))
  assert.equal(findSidecar({ ...world, env, cwd: folder.path }), folder.at('recorded'))
  assert.equal(sidecarRecord(placesOf({ cwd: '/', env })), folder.at('state/sidecar'))
})

test('no sidecar is SIDECAR_MISSING with the way to make one', () => {
  using folder = scratchFolder()
  const world = { cwd: folder.path, env: { TIMMY_STATE_DIR: folder.at('state') }, disk: realDisk }
  for (const flag of [undefined, folder.path]) {
    assert.throws(
      () => findSidecar(world, flag),
      (error) => error instanceof TimmyError && error.code === 'SIDECAR_MISSING' && error.hint.includes('timmy init'),
    )
  }
})

test('places follow the environment, an empty variable counts as none', () => {
  const set = { HERMES_HOME: '/h', TIMMY_HOME: '/t', TIMMY_STATE_DIR: '/s', TIMMY_HOST: 'far', HOME: '/me' }
  assert.deepEqual(placesOf({ cwd: '/', env: set }), { homeRoot: '/h', workspace: '/t', state: '/s', host: 'far' })
  assert.deepEqual(placesOf({ cwd: '/', env: { HOME: '/me', HERMES_HOME: '', TIMMY_HOST: '' } }), {
    homeRoot: '/me/.hermes',
    workspace: '/me/.timmy',
    state: '/me/.local/state/timmy',
    host: 'local',
  })
})

test('inside a profile the root is that of all profiles, so that no target lands in the wrong home', () => {
  assert.equal(placesOf({ cwd: '/', env: { HERMES_HOME: '/h/profiles/wolf' } }).homeRoot, '/h')
})

test('a home is one target: the agent that lives there is its alias, others are targets by their names', async () => {
  using sidecar = sidecarOf()
  const env = { HERMES_HOME: '/h', TIMMY_HOME: '/t', TIMMY_STATE_DIR: '/s' }
  const targets = await readTargets(sidecar.path, { cwd: '/', env, disk: realDisk })
  assert.deepEqual(
    targets.map(({ name, aliases, home, agent, deploysWorkspace }) => ({
      name,
      aliases,
      home,
      agent,
      deploysWorkspace,
    })),
    [
      { name: 'main', aliases: ['timmy'], home: '/h', agent: 'timmy', deploysWorkspace: true },
      { name: 'wolf', aliases: [], home: '/h/profiles/wolf', agent: 'wolf', deploysWorkspace: false },
    ],
  )
})

test('another host has its own targets', async () => {
  using sidecar = sidecarOf()
  const env = { HERMES_HOME: '/h', TIMMY_HOST: 'far' }
  const targets = await readTargets(sidecar.path, { cwd: '/', env, disk: realDisk })
  assert.deepEqual(
    targets.map(({ name, host, home }) => [name, host, home]),
    [['crow', 'far', '/h']],
  )
})

test('targets are known beside settings that are broken', async () => {
  using sidecar = sidecarOf({ 'config.yaml': '[', 'fallback-portfolios.yaml': '[', 'cron/report.yaml': '[' })
  const targets = await readTargets(sidecar.path, { cwd: '/', env: { HERMES_HOME: '/h' }, disk: realDisk })
  assert.equal(targets.length, 2)
})
