// Where things lie by the environment.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stateFolderOf } from '../../src/core/index.ts'

test('our records lie where TIMMY_STATE_DIR says, else XDG_STATE_HOME, else below the home folder', () => {
  const of = (env: Record<string, string>) => stateFolderOf({ env: { HOME: '/home/x', ...env }, cwd: '/here' })
  assert.equal(of({}), '/home/x/.local/state/timmy')
  assert.equal(of({ XDG_STATE_HOME: '/var/x' }), '/var/x/timmy')
  assert.equal(of({ XDG_STATE_HOME: '/var/x', TIMMY_STATE_DIR: '/s' }), '/s')
  assert.equal(of({ TIMMY_STATE_DIR: 'relative' }), '/here/relative')
  assert.equal(of({ TIMMY_STATE_DIR: '' }), '/home/x/.local/state/timmy')
})
