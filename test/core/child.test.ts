// Child processes: bounded in time and output, ended as a group, never a shell.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { run } from '../../src/core/index.ts'
import { scratchFolder } from '../scratch.ts'

const timeoutMs = 20_000

/** Dead, or dead and not yet buried by init. */
function isAlive(pid: number): boolean {
  if (!existsSync(`/proc/${pid}/stat`)) return false
  return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
}

async function fileAppears(file: string): Promise<string> {
  for (let tries = 0; tries < 400; tries += 1) {
    if (existsSync(file) && readFileSync(file, 'utf8').endsWith('\n')) return readFileSync(file, 'utf8').trim()
    await sleep(25)
  }
  throw new Error(`${file} did not appear`)
}

test('exit code, both streams and input are given back', async () => {
  const result = await run(['sh', '-c', 'cat; echo err >&2; exit 3'], { timeoutMs, input: 'in' })
  assert.deepEqual(result, {
    exitCode: 3,
    endedBy: null,
    stdout: 'in',
    stderr: 'err\n',
    timedOut: false,
    truncated: false,
    notFound: false,
  })
})

test('arguments reach the program as they are: nothing is a shell to them', async () => {
  const words = ['a b', '$(id)', '`id`', '; rm -rf x', "'", '*', 'new\nline', '']
  const { stdout } = await run(['printf', '%s|', ...words], { timeoutMs })
  assert.equal(stdout, words.map((word) => `${word}|`).join(''))
})

test('a program that is not there, or not executable, is told as such', async () => {
  using folder = scratchFolder()
  const plain = folder.write('plain', '#!/bin/sh\n', 0o600)
  for (const program of ['no-such-program-here', plain]) {
    const { notFound, exitCode } = await run([program], { timeoutMs })
    assert.deepEqual({ notFound, exitCode }, { notFound: true, exitCode: null })
  }
})

test('output beyond the cap is dropped and said to be; the child is not held up', async () => {
  const result = await run(['sh', '-c', 'head -c 3000000 /dev/zero; echo end >&2'], { timeoutMs, maxOutputBytes: 1000 })
  assert.equal(result.stdout.length, 1000)
  assert.equal(result.stderr, 'end\n')
  assert.deepEqual([result.truncated, result.exitCode], [true, 0])
})

test('a child that does not read a long input does not break us', async () => {
  const { exitCode } = await run(['true'], { timeoutMs, input: 'x'.repeat(1_000_000) })
  assert.equal(exitCode, 0)
})

test('when the time is up the child is ended, and said to be', async () => {
  const startedAt = performance.now()
  const result = await run(['sleep', '60'], { timeoutMs: 50 })
  assert.deepEqual([result.timedOut, result.endedBy], [true, 'SIGTERM'])
  assert.ok(performance.now() - startedAt < 5_000)
})

test('a grandchild that ignores SIGTERM and holds no pipe of ours is dead when run returns', async () => {
  using folder = scratchFolder()
  const pidFile = folder.at('pid')
  const script = `(trap '' TERM; exec >/dev/null 2>&1 </dev/null; sh -c 'echo $PPID' > '${pidFile}.new'; mv '${pidFile}.new' '${pidFile}'; while :; do sleep 1; done) & wait`
  const ending = run(['sh', '-c', script], { timeoutMs: 700 })
  const pid = Number(await fileAppears(pidFile))
  assert.ok(isAlive(pid))
  assert.equal((await ending).timedOut, true)
  assert.equal(isAlive(pid), false)
})

test('a child that ignores SIGTERM is killed after the grace', async () => {
  const result = await run(['sh', '-c', "trap '' TERM; while :; do sleep 0.1; done"], { timeoutMs: 100 })
  assert.deepEqual([result.timedOut, result.endedBy], [true, 'SIGKILL'])
})

test('an aborted signal ends the child, and is no timeout', async () => {
  const controller = new AbortController()
  const ending = run(['sleep', '60'], { timeoutMs, signal: controller.signal })
  controller.abort()
  const result = await ending
  assert.deepEqual([result.timedOut, result.endedBy], [false, 'SIGTERM'])
})

test('what still runs when the program ends is killed with it', async () => {
  using folder = scratchFolder()
  const child = join(import.meta.dirname, '../../src/core/child.ts')
  const program = `
    import { run } from ${JSON.stringify(child)}
    void run(['sh', '-c', 'echo $$ > pid.new; mv pid.new pid; exec sleep 60'], { timeoutMs: 60_000, cwd: ${JSON.stringify(folder.path)} })
    const { existsSync } = await import('node:fs')
    while (!existsSync(${JSON.stringify(folder.at('pid'))})) await new Promise((resolve) => setTimeout(resolve, 10))
    process.exit(0)`
  const { status } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })
  assert.equal(status, 0)
  const pid = Number(readFileSync(folder.at('pid'), 'utf8'))
  for (let tries = 0; isAlive(pid) && tries < 200; tries += 1) await sleep(10)
  assert.equal(isAlive(pid), false)
})
