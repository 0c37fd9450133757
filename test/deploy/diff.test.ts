// Line by line what differs, with secrets masked.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deployBench } from './bench.ts'

const canary = ['xoxb', '1234567890', 'abcdefABCDEF123456'].join('-')

async function deployed() {
  const bench = deployBench({
    sidecar: {
      'config.yaml': 'agent:\n  max_turns: 60\n  tools: [a, b]\nproviders:\n  x: { api_key: "${X_KEY}" }\n',
      'scripts/a.sh': '#!/bin/sh\n# one\n# two\n# three\n# four\n# five\necho a\n',
    },
  })
  await bench.expect(0, 'deploy', '--yes')
  return bench
}

test('no difference prints nothing, exit 0', async () => {
  using bench = await deployed()
  assert.deepEqual(await bench.timmy('diff'), { exit: 0, stdout: '', stderr: '' })
})

test('a file and a list: unified, from what is live to what the sidecar wants, exit 2', async () => {
  using bench = await deployed()
  bench.home.edit('scripts/a.sh', 'echo a', 'echo b')
  bench.home.write('config.yaml', bench.home.read('config.yaml').replace(/tools:.*(\n +- .*)*/, 'tools: [a, c]'))
  const { stdout } = await bench.expect(2, 'diff')
  assert.equal(
    stdout,
    `config.yaml#agent.tools drift
--- live/config.yaml#agent.tools
+++ sidecar/config.yaml#agent.tools
@@ -1,3 +1,3 @@
 tools:
   - a
-  - c
+  - b
scripts/a.sh drift
--- live/scripts/a.sh
+++ sidecar/scripts/a.sh
@@ -4,4 +4,4 @@
 # three
 # four
 # five
-echo b
+echo a
`,
  )
})

test('only the entries that are named are shown; one that is nowhere is refused', async () => {
  using bench = await deployed()
  bench.home.edit('scripts/a.sh', 'echo a', 'echo b')
  bench.home.edit('config.yaml', 'max_turns: 60', 'max_turns: 70')
  const { document } = await bench.json('diff', 'scripts/*')
  assert.deepEqual(
    document.diffs.map(({ entry }: { entry: string }) => entry),
    ['scripts/a.sh'],
  )
  await bench.expect(0, 'diff', 'config.yaml#agent.tools')
  assert.equal((await bench.json('diff', 'nowhere')).document.code, 'ENTRY_UNKNOWN')
})

test('--applied compares what is live with what we applied, whatever the sidecar wants by now', async () => {
  using bench = await deployed()
  bench.home.edit('config.yaml', 'max_turns: 60', 'max_turns: 70')
  bench.sidecar.edit('config.yaml', 'max_turns: 60', 'max_turns: 80')
  bench.sidecar.edit('scripts/a.sh', 'echo a', 'echo z')
  const { stdout } = await bench.expect(3, 'diff', '--applied')
  assert.equal(
    stdout,
    'config.yaml#agent.max_turns conflict\n--- applied/config.yaml#agent.max_turns\n+++ live/config.yaml#agent.max_turns\n@@ -1,1 +1,1 @@\n-max_turns: 60\n+max_turns: 70\n',
  )
})

test('a conflict is exit 3, a file that is gone is told as absent', async () => {
  using bench = await deployed()
  bench.home.remove('scripts/a.sh')
  const { stdout } = await bench.expect(2, 'diff')
  assert.match(stdout, /--- live\/scripts\/a\.sh \(absent\)\n\+\+\+ sidecar\/scripts\/a\.sh\n/)
  bench.sidecar.edit('scripts/a.sh', 'echo a', 'echo z')
  await bench.expect(3, 'diff')
})

test('a binary file is told and not shown', async () => {
  using bench = await deployed()
  bench.home.write('scripts/a.sh', Buffer.from([0, 1, 2, 255]))
  const { document } = await bench.json('diff')
  assert.deepEqual([document.diffs[0].binary, document.diffs[0].diff], [true, null])
})

test('secrets are masked on both sides, by name and by form', async () => {
  using bench = await deployed()
  bench.home.write('config.yaml', bench.home.read('config.yaml').replace(/api_key: .*/, 'api_key: hunter2hunter2'))
  bench.home.edit('scripts/a.sh', 'echo a', `echo ${canary}`)
  for (const argv of [['diff'], ['diff', '--json'], ['diff', '--applied']]) {
    const { stdout } = await bench.timmy(...argv)
    assert.equal(stdout.includes('hunter2') || stdout.includes(canary), false, stdout)
    assert.match(stdout, /\[redacted\]/)
  }
})

test('control characters of foreign text cannot move the cursor', async () => {
  using bench = await deployed()
  bench.home.edit('scripts/a.sh', 'echo a', 'echo \u001B[2J\u202E')
  const { stdout } = await bench.timmy('diff')
  assert.match(stdout, /-echo \\x1b\[2J\\u202e/)
})

test('on a terminal removed and added lines have colours', async () => {
  using bench = await deployed()
  bench.home.edit('config.yaml', 'max_turns: 60', 'max_turns: 70')
  const { stdout } = await bench.timmyWith({ answer: true }, 'diff')
  assert.ok(stdout.includes('\u001B[31m-max_turns: 70\u001B[39m\n\u001B[32m+max_turns: 60\u001B[39m'))
})
