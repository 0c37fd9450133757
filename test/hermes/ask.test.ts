// Asking an engine whose Python misbehaves: every answer is then unknown with a reason, and nothing throws.
// (What real engines answer: contract.test.ts.)

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { realDisk } from '../../src/core/index.ts'
import { askEngine, type Answers, type Engine } from '../../src/hermes/index.ts'
import { chainFromText, jobsFromText } from '../../src/hermes/public.ts'
import { scratchHome } from '../engine.ts'
import { scratchFolder } from '../scratch.ts'

/** An engine whose Python is this shell script, and whose program fails at everything. */
async function askScript(script: string, timeoutMs = 20_000): Promise<Answers> {
  using programs = scratchFolder()
  using home = scratchHome()
  const engine: Engine = {
    program: programs.write('hermes', '#!/bin/sh\nexit 1\n', 0o755),
    interpreter: programs.write('python3', `#!/bin/sh\n${script}\n`, 0o755),
    version: '0.19.0',
    known: true,
    features: new Set(['configGet']),
    packageRoot: undefined,
  }
  const questions = { keys: [{ path: ['a'] }], soul: true, jobs: true, fallbackChain: true } as const
  return await askEngine(engine, home, questions, { env: home.env, timeoutMs })
}

const whyOf = ({ soul }: Answers): string => (soul.known ? 'known' : soul.why)

test('a Python that fails, hangs, or answers something else is told as such', async () => {
  assert.equal(whyOf(await askScript('exit 7')), "the engine's Python ended with 7")
  assert.equal(whyOf(await askScript('sleep 30', 200)), "the engine's Python did not answer in time")
  assert.equal(whyOf(await askScript('echo hello')), 'the engine answered in a shape we do not know')
  assert.equal(
    whyOf(await askScript(`echo '{"soul":{"known":true,"value":{"state":"happy"}}}'`)),
    whyOf(await askScript('echo 1')),
  )
})

test('one part that has moved leaves the others known', async () => {
  const answers = await askScript(
    `echo '{"soul":{"known":true,"value":{"state":"absent"}},"jobs":{"known":false,"why":"moved"}}'`,
  )
  assert.equal(answers.soul.known && answers.soul.value.state, 'absent')
  assert.deepEqual(answers.jobs, { known: false, why: 'moved' })
})

test('a part that was not asked says so', async () => {
  assert.deepEqual((await askScript('echo {}')).skin, { known: false, why: 'not asked' })
})

test('without a Python and with commands that fail, each key says why', async () => {
  const { keys, fallbackChain } = await askScript('exit 1')
  assert.deepEqual(keys, { known: true, value: [{ state: 'unknown', why: 'config get ended with 1' }] })
  assert.equal(fallbackChain.known, false)
})

test('questions reach a Python that knows nothing of the folder we are in, and its home is the profile’s', async () => {
  using programs = scratchFolder()
  using home = scratchHome({ profile: 'scout' })
  const seen = programs.at('seen')
  const interpreter = programs.write(
    'python3',
    `#!/bin/sh\necho "$PWD $HERMES_HOME $1 $2" >${seen}\ncat >>${seen}\n`,
    0o755,
  )
  const engine = {
    program: 'no',
    interpreter,
    version: 'x',
    known: false,
    features: new Set<never>(),
    packageRoot: undefined,
  }
  await askEngine(engine, home, { soul: true }, { env: home.env })
  const expected = `/ ${join(home.homeRoot, 'profiles/scout')} -I -c\n{"soul":true}`
  assert.equal(realDisk.read(seen).toString('utf8'), expected)
})

test('texts of commands that we do not know give no answer rather than a wrong one', () => {
  assert.equal(chainFromText('Fallback chain (2 entries):\n    1. a  (via b)\n'), undefined)
  assert.equal(chainFromText('Traceback'), undefined)
  assert.equal(jobsFromText('Traceback'), undefined)
})
