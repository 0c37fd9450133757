// Completion in the real shells. zsh and fish are tested where they are installed.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { runTimmy } from '../../src/app.ts'
import { scratchFolder } from '../scratch.ts'
import { deployBench } from '../deploy/bench.ts'
import { testWorld, type TestWorldOptions } from '../world.ts'

const bin = join(import.meta.dirname, '../../bin')

async function scriptOf(shell: string): Promise<string> {
  const world = testWorld()
  await runTimmy(['completion', shell], world)
  return world.stdoutText()
}

const proposals = (...words: string[]): Promise<string[]> => proposalsIn({}, ...words)

async function proposalsIn(options: TestWorldOptions, ...words: string[]): Promise<string[]> {
  const world = testWorld(options)
  await runTimmy(['__complete', ...words], world)
  assert.deepEqual([world.stderrText(), world.exitCode()], ['', 0])
  return world
    .stdoutText()
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split('\t')[0] ?? '')
}

const lacks = (shell: string): string | false =>
  spawnSync(shell, ['-c', 'exit 0']).status === 0 ? false : `${shell} is not installed`

test('commands, flags, and values of arguments are proposed', async () => {
  assert.deepEqual(await proposals('doc'), ['doctor'])
  assert.ok((await proposals('doctor', '--')).includes('--json'))
  assert.ok((await proposals('doctor', '--j')).includes('--json'))
  assert.deepEqual(await proposals('completion', ''), ['bash', 'zsh', 'fish'])
  assert.deepEqual(await proposals('help', 'dri'), ['drift', 'drill'])
})

test('targets and entries of the sidecar here are proposed: all to explain, the differing ones to look at or decide', async () => {
  using bench = deployBench({
    sidecar: { 'config.yaml': 'agent:\n  max_turns: 60\n  "a b": 1\n', 'skins/a.yaml': 'name: a\n' },
  })
  await bench.expect(0, 'deploy', '--yes')
  const there = { cwd: bench.sidecar.path, env: bench.env }
  assert.deepEqual(await proposalsIn(there, 'plan', '--target', ''), ['local'])
  assert.deepEqual(await proposalsIn(there, 'explain', ''), ['config.yaml#agent.max_turns', 'skins/a.yaml'])
  assert.deepEqual(await proposalsIn(there, 'adopt', ''), [])
  bench.home.write('skins/a.yaml', 'name: b\n')
  for (const command of ['adopt', 'park', 'diff']) {
    assert.deepEqual(await proposalsIn(there, command, 'skins'), ['skins/a.yaml'])
  }
})

test('without a sidecar no entry is proposed, and nothing is said', async () => {
  using folder = scratchFolder()
  assert.deepEqual(await proposalsIn({ cwd: folder.path, env: { HOME: folder.path } }, 'explain', ''), [])
})

test('nonsense is met with silence', async () => {
  assert.deepEqual(await proposals(), [])
  assert.deepEqual(await proposals('nonsense', ''), [])
  assert.deepEqual(await proposals('doctor', '--nonsense', ''), [])
})

/** What bash would offer for a line with the cursor at its end. */
function inBash(script: string, line: string, words: readonly string[]): string[] {
  const code = `${script}
COMP_LINE=$1 COMP_POINT=\${#1} COMP_WORDS=("\${@:2}") COMP_CWORD=$(($# - 2))
_timmy "\${COMP_WORDS[0]}"
printf '%s\\n' "\${COMPREPLY[@]}"`
  const env = { ...process.env, PATH: `${bin}:${process.env['PATH']}` }
  const { stdout, stderr } = spawnSync('bash', ['-c', code, 'bash', line, ...words], { encoding: 'utf8', env })
  assert.equal(stderr, '')
  return stdout.split('\n').filter(Boolean)
}

test('bash: commands, flags and arguments', { skip: lacks('bash') }, async () => {
  const script = await scriptOf('bash')
  assert.deepEqual(inBash(script, 'timmy doc', ['timmy', 'doc']), ['doctor'])
  assert.ok(inBash(script, 'timmy ', ['timmy', '']).includes('completion'))
  assert.ok(inBash(script, 'timmy doctor --js', ['timmy', 'doctor', '--js']).includes('--json'))
  assert.deepEqual(inBash(script, 'timmy completion z', ['timmy', 'completion', 'z']), ['zsh'])
  assert.deepEqual(inBash(script, 'timmy nonsense ', ['timmy', 'nonsense', '']), [])
})

test('bash: what stands before a colon or an at sign is not offered twice', { skip: lacks('bash') }, async () => {
  using folder = scratchFolder()
  folder.write('timmy', '#!/bin/sh\nprintf "timmy:SOUL.md\\ta file\\ncron/jobs.json@daily\\ta job\\n"\n', 0o755)
  const script = (await scriptOf('bash')).replace('"$1" __complete', `${folder.at('timmy')} __complete`)
  assert.ok(inBash(script, 'timmy explain timmy:S', ['timmy', 'explain', 'timmy', ':', 'S']).includes('SOUL.md'))
  assert.ok(inBash(script, 'timmy explain timmy:', ['timmy', 'explain', 'timmy', ':']).includes('SOUL.md'))
  const jobs = inBash(script, 'timmy explain cron/jobs.json@d', ['timmy', 'explain', 'cron/jobs.json', '@d'])
  assert.ok(jobs.includes('@daily') || jobs.includes('daily'))
})

test('zsh: the script completes a command', { skip: lacks('zsh') }, async () => {
  using folder = scratchFolder()
  folder.write('functions/_timmy', await scriptOf('zsh'))
  // A terminal of its own, for zsh completes nowhere else.
  const code = `
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PS1=; path=(${bin} \\$path); fpath=(${folder.at('functions')} \\$fpath); autoload -Uz compinit; compinit -u -d ${folder.at('dump')}; print rea''dy"
zpty -r -m shell line '*ready*'
zpty -n -w shell $'timmy doct\\t'
zpty -r -m shell line '*doctor*' && print found
zpty -d shell`
  const { stdout } = spawnSync('zsh', ['-f', '-c', code], { encoding: 'utf8', timeout: 20_000 })
  assert.match(stdout, /found/)
})

test('fish: the script completes a command', { skip: lacks('fish') }, async () => {
  const code = `${await scriptOf('fish')}\ncomplete -C 'timmy doct'`
  const env = { ...process.env, PATH: `${bin}:${process.env['PATH']}` }
  const { stdout } = spawnSync('fish', ['--no-config', '-c', code], { encoding: 'utf8', env })
  assert.match(stdout, /^doctor\t/)
})
