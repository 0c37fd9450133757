// Which home a command means: HERMES_HOME, profiles, the sticky one; and a SOUL.md that nobody wrote.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { realDisk } from '../../src/core/index.ts'
import { homeOf, isSeededSoul, profileFault, profilesOf, resolveHome, stickyProfile } from '../../src/hermes/index.ts'
import { scratchHome } from '../engine.ts'
import { seededSoul } from '../fake-hermes/answer.ts'

test('without HERMES_HOME the home is ~/.hermes', () => {
  const target = resolveHome({ env: { HOME: '/u' }, cwd: '/w' })
  assert.deepEqual(target, { home: '/u/.hermes', homeRoot: '/u/.hermes', profile: 'default' })
})

test('HERMES_HOME in the folder of a profile means that profile of its root', () => {
  const env = { HERMES_HOME: '/h/profiles/scout' }
  assert.deepEqual(resolveHome({ env, cwd: '/' }), homeOf('/h', 'scout'))
  assert.deepEqual(resolveHome({ env, cwd: '/' }, 'default'), homeOf('/h', 'default'))
})

test('a relative HERMES_HOME counts from the working folder', () => {
  assert.equal(resolveHome({ env: { HERMES_HOME: 'h' }, cwd: '/w' }, 'a').home, '/w/h/profiles/a')
})

test('profile names follow the engine: others would be ignored by it without a word', () => {
  for (const name of ['default', 'a', '0', 'timmy-2_b', 'x'.repeat(64)]) assert.equal(profileFault(name), undefined)
  for (const name of ['', 'Upper', '-a', 'a b', 'a/b', '..', 'x'.repeat(65), 'root', 'hermes', 'sudo']) {
    assert.match(profileFault(name) ?? '', /^A profile's name|keeps the profile name/, name)
  }
})

test('profiles are the folders with a name the engine takes', () => {
  using home = scratchHome()
  assert.deepEqual(profilesOf(realDisk, home.homeRoot), ['default'])
  for (const name of ['b', 'a', 'Not One']) home.write(`profiles/${name}/SOUL.md`, '')
  home.write('profiles/file', '')
  assert.deepEqual(profilesOf(realDisk, home.homeRoot), ['default', 'a', 'b'])
})

test('active_profile is told when it redirects', () => {
  using home = scratchHome()
  assert.equal(stickyProfile(realDisk, home.homeRoot), undefined)
  home.write('active_profile', 'default\n')
  assert.equal(stickyProfile(realDisk, home.homeRoot), undefined)
  home.write('active_profile', 'scout\n')
  assert.equal(stickyProfile(realDisk, home.homeRoot), 'scout')
})

test('a blank or seeded SOUL.md is nobody’s, a written one is somebody’s', () => {
  assert.equal(isSeededSoul(`${seededSoul}\r\n`), true)
  assert.equal(isSeededSoul(`${seededSoul} Mine.`), false)
  assert.equal(isSeededSoul('\uFEFF \r\n'), true)
  assert.equal(isSeededSoul('You are Timmy.'), false)
})
