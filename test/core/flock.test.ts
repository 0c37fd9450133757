// The engine's lock: excludes other processes of ours and Python's fcntl, is freed by close and by death.

import assert from 'node:assert/strict'
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, renameSync, statSync, symlinkSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { isFlocked, withFlock } from '../../src/core/index.ts'
import { scratchFolder } from '../scratch.ts'

const noPython = spawnSync('python3', ['-c', 'import fcntl']).status === 0 ? false : 'no python3 here'

/** A process that holds the lock, ours or Python's, from the time this returns. */
async function holder(argv: readonly [string, ...string[]]): Promise<ChildProcess & Disposable> {
  const [program, ...rest] = argv
  const child = spawn(program, rest, { stdio: ['pipe', 'pipe', 'inherit'] })
  await Promise.race([once(child.stdout, 'data'), once(child, 'exit').then(() => assert.fail('the holder ended'))])
  return Object.assign(child, { [Symbol.dispose]: () => void child.kill('SIGKILL') })
}

const ourHolder = (file: string) => holder([process.execPath, join(import.meta.dirname, 'hold-flock.ts'), file])
const pythonHolder = (file: string) =>
  holder([
    'python3',
    '-c',
    'import fcntl,sys; f=open(sys.argv[1],"a+"); fcntl.flock(f,fcntl.LOCK_EX); print("held",flush=True); sys.stdin.read()',
    file,
  ])

/** Whether Python gets the lock without waiting. */
function pythonGets(file: string): boolean {
  const code = 'import fcntl,sys; f=open(sys.argv[1],"a+"); fcntl.flock(f,fcntl.LOCK_EX|fcntl.LOCK_NB)'
  return spawnSync('python3', ['-c', code, file]).status === 0
}

const nothing = (): void => {}

test('the lock file is made private, the action runs and its value comes back', async () => {
  using folder = scratchFolder()
  const file = folder.at('.jobs.lock')
  assert.equal(await withFlock(file, { timeoutMs: 5_000 }, () => 'value'), 'value')
  assert.equal(statSync(file).mode & 0o777, 0o600)
  assert.equal(await isFlocked(file), false)
})

test('while another process holds it we wait for our time only, and say LOCKED with the file', async () => {
  using folder = scratchFolder()
  const file = folder.at('lock')
  using _ = await ourHolder(file)
  assert.equal(await isFlocked(file), true)
  for (const timeoutMs of [0, 200]) {
    const startedAt = performance.now()
    await assert.rejects(
      withFlock(file, { timeoutMs }, () => assert.fail('ran without the lock')),
      { code: 'LOCKED', exitCode: 5, where: [{ file }] },
    )
    assert.ok(performance.now() - startedAt >= timeoutMs)
  }
})

test('a holder killed with SIGKILL frees the lock for one who waits', async () => {
  using folder = scratchFolder()
  const file = folder.at('lock')
  using other = await ourHolder(file)
  const waiting = withFlock(file, { timeoutMs: 10_000 }, () => 'mine')
  await sleep(100)
  other.kill('SIGKILL')
  assert.equal(await waiting, 'mine')
})

test('it is freed when the action throws, and the error goes on as it is', async () => {
  using folder = scratchFolder()
  const file = folder.at('lock')
  const fail = (): never => {
    throw new Error('inner')
  }
  await assert.rejects(withFlock(file, { timeoutMs: 1_000 }, fail), { message: 'inner' })
  assert.equal(await isFlocked(file), false)
})

test('two holders in one process exclude each other', async () => {
  using folder = scratchFolder()
  const file = folder.at('lock')
  await withFlock(file, { timeoutMs: 1_000 }, async () => {
    await assert.rejects(withFlock(file, { timeoutMs: 50 }, nothing), { code: 'LOCKED' })
  })
})

test('of twenty that want it at once each gets it, one at a time', async () => {
  using folder = scratchFolder()
  let inside = 0
  const turns = Array.from({ length: 20 }, () =>
    withFlock(folder.at('lock'), { timeoutMs: 20_000 }, async () => {
      inside += 1
      assert.equal(inside, 1)
      await sleep(2)
      inside -= 1
    }),
  )
  await Promise.all(turns)
})

test('a wait ends at once when the signal aborts', async () => {
  using folder = scratchFolder()
  const file = folder.at('lock')
  using _ = await ourHolder(file)
  const controller = new AbortController()
  const waiting = withFlock(file, { timeoutMs: 60_000, signal: controller.signal }, nothing)
  await sleep(100)
  controller.abort(new Error('stop now'))
  await assert.rejects(waiting, { message: 'stop now' })
})

test('a lock on a file that was replaced meanwhile is not taken for the lock on the new one', async () => {
  using folder = scratchFolder()
  const file = folder.at('lock')
  using other = await ourHolder(file)
  const waiting = withFlock(file, { timeoutMs: 10_000 }, () => isFlocked(file))
  await sleep(200)
  renameSync(file, folder.at('old'))
  other.stdin?.end()
  assert.equal(await waiting, true, 'the lock is on the file that has the name now')
})

test('a missing file is not locked and is not made by asking', async () => {
  using folder = scratchFolder()
  assert.equal(await isFlocked(folder.at('lock')), false)
  assert.equal(existsSync(folder.at('lock')), false)
})

test('a link in place of the lock file is refused', async () => {
  using folder = scratchFolder()
  symlinkSync(folder.write('outside', ''), folder.at('lock'))
  await assert.rejects(withFlock(folder.at('lock'), { timeoutMs: 100 }, nothing), { code: 'ELOOP' })
  unlinkSync(folder.at('lock'))
})

test('without the program flock the error says what to install', async () => {
  using folder = scratchFolder()
  const path = process.env['PATH']
  process.env['PATH'] = folder.path
  try {
    await assert.rejects(withFlock(folder.at('lock'), { timeoutMs: 100 }, nothing), { code: 'TOOL_MISSING' })
  } finally {
    process.env['PATH'] = path
  }
})

test('Python that holds it by fcntl.flock keeps us out', { skip: noPython }, async () => {
  using folder = scratchFolder()
  const file = folder.at('lock')
  using _ = await pythonHolder(file)
  assert.equal(await isFlocked(file), true)
  await assert.rejects(withFlock(file, { timeoutMs: 50 }, nothing), { code: 'LOCKED' })
})

test('we keep Python out, and let it in again', { skip: noPython }, async () => {
  using folder = scratchFolder()
  const file = folder.at('lock')
  await withFlock(file, { timeoutMs: 1_000 }, () => assert.equal(pythonGets(file), false))
  assert.equal(pythonGets(file), true)
})
