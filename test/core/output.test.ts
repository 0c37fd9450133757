// Our output streams on real pipes and terminals: all of it arrives, nobody waits, a person can be asked.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'

const writeMuch = join(import.meta.dirname, 'write-much.ts')
const askOnTerminal = join(import.meta.dirname, 'ask-on-terminal.ts')
const timmy = join(import.meta.dirname, '../../bin/timmy')
const needsPython = { skip: spawnSync('python3', ['-c', 'import pty']).status === 0 ? false : 'no python3 here' }

function shell(script: string, ...argv: string[]) {
  return spawnSync('bash', ['-c', script, ...argv], { encoding: 'utf8' })
}

test('all that was written before the program ends arrives, however slow the reader', () => {
  const script = '"$0" "$1" 3000000 exit | { sleep 0.3; wc -c; }'
  assert.equal(Number(shell(script, process.execPath, writeMuch).stdout), 3_000_000)
})

test('a reader that goes away ends the output in silence, told once, exit 0', () => {
  const script = '"$0" "$1" 3000000 | head -c 10; echo " ${PIPESTATUS[0]}"'
  const { stdout, stderr } = shell(script, process.execPath, writeMuch)
  assert.deepEqual([stdout, stderr], ['xxxxxxxxxx 0\n', 'closed 1\n'])
})

test('a pipe that the other side made non-blocking gets all of it in order', needsPython, () => {
  const code = `
import os, subprocess, sys, time
r, w = os.pipe()
os.set_blocking(w, False)
child = subprocess.Popen([*sys.argv[1:], '3000000'], stdout=w)
os.close(w)
time.sleep(0.5)
total = 0
while part := os.read(r, 65536): total += len(part)
print(total, child.wait())`
  const { stdout } = spawnSync('python3', ['-c', code, process.execPath, writeMuch], { encoding: 'utf8' })
  assert.equal(stdout, '3000000 0\n')
})

/** Runs a program on a terminal of its own, types `answer` at its question; gives what the screen saw. */
function onTerminal(answer: string, env: Record<string, string>, ...argv: string[]) {
  const code = `
import os, pty, sys
pid, fd = pty.fork()
if pid == 0: os.execvp(sys.argv[2], sys.argv[2:])
seen, typed = b'', False
while True:
    try: part = os.read(fd, 65536)
    except OSError: break
    if not part: break
    seen += part
    if not typed and b'[y/N]' in seen:
        typed = True
        os.write(fd, sys.argv[1].encode())
sys.stdout.buffer.write(seen)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))`
  const { NO_COLOR: _, ...outer } = process.env
  const { stdout, status } = spawnSync('python3', ['-c', code, answer, ...argv], {
    encoding: 'utf8',
    env: { ...outer, TERM: 'xterm', ...env },
  })
  return { screen: stdout.replaceAll('\r\n', '\n'), status }
}

for (const [answer, outcome] of [
  ['y\n', 'went on'],
  [' Yes\n', 'went on'],
  ['n\n', 'stopped'],
  ['\n', 'stopped'],
  ['yellow\n', 'stopped'],
  ['\u0004', 'stopped'],
] as const) {
  test(`on a terminal the answer ${JSON.stringify(answer)} means: ${outcome}`, needsPython, () => {
    const { screen, status } = onTerminal(answer, {}, process.execPath, askOnTerminal)
    assert.ok(screen.includes('Go on? [y/N] '))
    assert.ok(screen.trimEnd().endsWith(outcome), screen)
    assert.equal(status, 0)
  })
}

test('Ctrl-C at the question stops the command, exit 130', needsPython, () => {
  const { screen, status } = onTerminal('\u0003', {}, process.execPath, askOnTerminal)
  assert.match(screen, /interrupted; stopped cleanly/)
  assert.equal(status, 130)
})

test('a terminal gets colour, and none with NO_COLOR', needsPython, () => {
  assert.ok(onTerminal('', {}, timmy, 'docter').screen.includes('\u001B[31mtimmy:\u001B[39m'))
  assert.equal(onTerminal('', { NO_COLOR: '1' }, timmy, 'docter').screen.includes('\u001B['), false)
})
