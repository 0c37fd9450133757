// Whatever goes wrong is told once: as a sentence or as a document, with its exit code, without a secret.

import assert from 'node:assert/strict'
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { test } from 'node:test'
import { runTimmy } from '../src/app.ts'
import { errorKinds, TimmyError, type ErrorCode } from '../src/core/index.ts'
import { tellProblem } from '../src/problem.ts'
import { scratchFolder } from './scratch.ts'
import { testWorld } from './world.ts'

const missing = new TimmyError('HOME_MISSING', 'there is no home at /h', {
  hint: 'hermes setup',
  where: [{ file: 'timmy.yaml', line: 3 }, { file: 'fleet.yaml' }],
})

test('a person reads the sentence, the places and the next command on stderr', async () => {
  const world = testWorld()
  await tellProblem(missing, ['plan'], world)
  assert.equal(
    world.stderrText(),
    'timmy: there is no home at /h\n  at timmy.yaml:3\n  at fleet.yaml\n  next: hermes setup\n',
  )
  assert.deepEqual([world.stdoutText(), world.exitCode()], ['', 4])
})

test('a program reads one document on stdout', async () => {
  const world = testWorld()
  await tellProblem(missing, ['plan', '--json'], world)
  assert.deepEqual(JSON.parse(world.stdoutText()), {
    schema: 'timmy.error/1',
    code: 'HOME_MISSING',
    message: 'there is no home at /h',
    hint: 'hermes setup',
    where: [{ file: 'timmy.yaml', line: 3 }, { file: 'fleet.yaml' }],
    exit: 4,
  })
  assert.deepEqual([world.stderrText(), world.exitCode()], ['', 4])
})

for (const code of Object.keys(errorKinds) as ErrorCode[]) {
  test(`${code} exits ${errorKinds[code].exit}`, async () => {
    const world = testWorld()
    await tellProblem(new TimmyError(code, 'it happened', { hint: 'do this' }), [], world)
    assert.equal(world.exitCode(), errorKinds[code].exit)
    assert.match(errorKinds[code].when, /^[A-Z`].*\.$/s, 'the page of errors has a sentence for it')
  })
}

/** Recognisable, and put together at run time. */
const canary = ['canary', 'of', 'a', 'secret', '4711'].join('-')

test('an unexpected exception exits 1 and leaves a private report without secrets or values', async () => {
  using folder = scratchFolder()
  const world = testWorld({
    env: { TIMMY_STATE_DIR: folder.at('state'), SOME_API_KEY: canary },
    now: '2026-05-04T03:02:01Z',
  })
  const argv = ['run', `prompt ${canary}`, '--model', canary, `--key=${canary}`, '-v']
  await tellProblem(new Error(`broke on ${canary}`), argv, world)
  assert.equal(world.exitCode(), 1)
  const [name = ''] = readdirSync(folder.at('state/crashes'))
  const file = folder.at('state/crashes', name)
  assert.equal(
    world.stderrText(),
    `timmy: a fault of ours: broke on [redacted]\n  at ${file}\n  next: send us ${file}\n`,
  )
  assert.equal(statSync(file).mode & 0o777, 0o600)
  assert.equal(statSync(folder.at('state/crashes')).mode & 0o777, 0o700)
  const report = readFileSync(file, 'utf8')
  assert.match(
    report,
    /^timmy \d+\.\d+\.\d+\nnode v24.*\nat 2026-05-04T03:02:01\.000Z\nargv run \. --model \. --key=\. -v\n/,
  )
  assert.match(report, /at .*problem\.test\.ts/)
  assert.equal(report.includes(canary), false)
})

test('a fault whose report cannot be written is told all the same', async () => {
  using folder = scratchFolder()
  const world = testWorld({ env: { TIMMY_STATE_DIR: folder.write('file', '') } })
  await tellProblem(new Error('broke'), ['plan', '--json'], world)
  const { code, exit, hint } = JSON.parse(world.stdoutText())
  assert.deepEqual([code, exit], ['FAULT', 1])
  assert.match(hint, /no crash report could be written/)
})

test('a disk that is full or read-only is no fault of ours: exit 8, with the file', async () => {
  for (const code of ['ENOSPC', 'EROFS']) {
    const world = testWorld()
    await tellProblem(Object.assign(new Error(`${code}: no`), { code, path: '/h/a' }), ['--json'], world)
    const problem = JSON.parse(world.stdoutText())
    assert.deepEqual([problem.code, problem.exit, problem.where], ['DISK_REFUSED', 8, [{ file: '/h/a' }]])
  }
})

test('a message cannot move the cursor', async () => {
  const world = testWorld()
  await tellProblem(new TimmyError('USAGE', 'name \u001B[2J\nline', { hint: '\u0007' }), [], world)
  assert.equal(world.stderrText(), 'timmy: name \\x1b[2J\n  line\n  next: \\x07\n')
})

test('what is thrown inside a command comes out of the program as a problem', async () => {
  using folder = scratchFolder()
  const world = testWorld({ env: { TIMMY_STATE_DIR: folder.path } })
  world.process.stdout.write = () => {
    throw new Error('the stream broke')
  }
  await runTimmy(['help'], world)
  assert.match(world.stderrText(), /^timmy: a fault of ours: the stream broke/)
  assert.equal(world.exitCode(), 1)
})
