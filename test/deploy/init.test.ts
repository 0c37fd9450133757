// `timmy init`: the example as a new sidecar, the folder made whole or not at all, git where it is welcome.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { realDisk, type Disk } from '../../src/core/index.ts'
import { deployBench, snapshotOf, type Bench } from './bench.ts'

const example = join(import.meta.dirname, '../../sidecar')
const author = {
  GIT_AUTHOR_NAME: 'Owner',
  GIT_AUTHOR_EMAIL: 'owner@example.invalid',
  GIT_COMMITTER_NAME: 'Owner',
  GIT_COMMITTER_EMAIL: 'owner@example.invalid',
  GIT_CONFIG_NOSYSTEM: '1',
}

function git(bench: Bench, folder: string, ...args: string[]): string {
  return execFileSync('git', ['-C', folder, ...args], {
    encoding: 'utf8',
    env: bench.env,
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim()
}

function withoutGit(folder: string): Record<string, string> {
  return Object.fromEntries(Object.entries(snapshotOf(folder)).filter(([path]) => !path.startsWith('.git/')))
}

test('a new sidecar is the example byte by byte, with its programs executable, checked and committed', async () => {
  using bench = deployBench({ env: author })
  const { document, exit } = await bench.json('init', 'mine')
  const folder = bench.folder.at('mine')
  assert.equal(exit, 0)
  assert.deepEqual({ folder: document.folder, from: document.from }, { folder, from: 'example' })
  assert.deepEqual(Object.keys(withoutGit(folder)), Object.keys(snapshotOf(example)))
  for (const name of ['SOUL.md', 'timmy.yaml', 'fallback-portfolios.yaml', 'agents/wolf/SOUL.md']) {
    assert.equal(readFileSync(join(folder, name), 'utf8'), readFileSync(join(example, name), 'utf8'))
  }
  assert.equal(statSync(join(folder, 'deploy.sh')).mode & 0o111, 0o111)
  assert.equal(git(bench, folder, 'status', '--porcelain'), '')
  assert.equal(git(bench, folder, 'rev-list', '--count', 'HEAD'), '1')
  await bench.expect(0, 'check', '--sidecar', folder)
})

test('from then on a command that is told no sidecar uses it', async () => {
  using bench = deployBench({ env: { ...author, TIMMY_SIDECAR: '' } })
  await bench.expect(0, 'init', 'mine', '--no-git')
  const { document } = await bench.json('plan')
  assert.equal(document.sidecar, bench.folder.at('mine'))
})

test('without a name the folder is my-sidecar, in the folder where one stands', async () => {
  using bench = deployBench({ env: author })
  await bench.expect(0, 'init')
  assert.ok(existsSync(bench.folder.at('my-sidecar/timmy.yaml')))
})

test('a folder that holds anything is refused and left as it is', async () => {
  using bench = deployBench()
  bench.folder.write('mine/notes.txt', 'mine')
  const { document, exit } = await bench.json('init', 'mine')
  assert.deepEqual({ exit, code: document.code }, { exit: 4, code: 'DIRECTORY_NOT_EMPTY' })
  assert.deepEqual(readdirSync(bench.folder.at('mine')), ['notes.txt'])
})

test('a file and a link in the place of the folder are refused', async () => {
  using bench = deployBench()
  bench.folder.write('mine', 'a file')
  const { document } = await bench.json('init', 'mine')
  assert.equal(document.code, 'DIRECTORY_NOT_EMPTY')
  execFileSync('ln', ['-s', bench.home.path, bench.folder.at('linked')])
  assert.equal((await bench.json('init', 'linked')).document.code, 'DIRECTORY_NOT_EMPTY')
})

test('an empty folder is filled and stays the same folder', async () => {
  using bench = deployBench()
  const folder = bench.folder.at('mine')
  mkdirSync(folder)
  const { ino } = statSync(folder)
  await bench.expect(0, 'init', 'mine', '--no-git')
  assert.equal(statSync(folder).ino, ino)
  assert.ok(existsSync(join(folder, 'SOUL.md')))
})

test('inside a repository of the owner nothing is committed, and the command to do so is said', async () => {
  using bench = deployBench({ env: author })
  const repository = bench.folder.at('repository')
  mkdirSync(repository)
  git(bench, repository, 'init', '--quiet')
  const { document } = await bench.json('init', 'repository/mine')
  assert.equal(document.git.state, 'skipped')
  assert.ok(!existsSync(join(repository, 'mine/.git')))
  assert.throws(() => git(bench, repository, 'rev-parse', 'HEAD'), 'there is a commit')
  assert.equal(git(bench, repository, 'diff', '--cached', '--name-only'), '')
})

test('started by a hook of another repository it still works on its own alone', async () => {
  using bench = deployBench({ env: author })
  const other = bench.folder.at('other')
  mkdirSync(other)
  git(bench, other, 'init', '--quiet')
  await bench.timmyWith(
    { env: { GIT_DIR: join(other, '.git'), GIT_INDEX_FILE: join(other, '.git/index') } },
    'init',
    'mine',
  )
  assert.equal(git(bench, bench.folder.at('mine'), 'rev-list', '--count', 'HEAD'), '1')
  assert.throws(() => git(bench, other, 'rev-parse', 'HEAD'))
})

test('without a name for git the sidecar is there all the same, and the next command is said', async () => {
  using bench = deployBench({ env: { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', EMAIL: '' } })
  const { document, exit } = await bench.json('init', 'mine')
  assert.equal(exit, 0)
  assert.ok(existsSync(bench.folder.at('mine/timmy.yaml')))
  if (document.git.state === 'committed') return // this machine knows a name of its own
  assert.match(document.next.at(-1), /^git /)
})

test('without git it is a plain folder', async () => {
  using bench = deployBench({ env: { PATH: '/nowhere' } })
  const { document, exit } = await bench.json('init', 'mine')
  assert.deepEqual({ exit, state: document.git.state }, { exit: 0, state: 'skipped' })
})

test('a disk that refuses a write leaves nothing behind', async () => {
  using bench = deployBench()
  let writes = 0
  const full: Disk = {
    ...realDisk,
    create(path, content, mode) {
      writes += 1
      if (writes > 12) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
      realDisk.create(path, content, mode)
    },
  }
  const before = readdirSync(bench.folder.path)
  const { exit } = await bench.timmyWith({ disk: full }, 'init', 'mine', '--no-git')
  assert.notEqual(exit, 0)
  assert.deepEqual(readdirSync(bench.folder.path), before)
})

for (const flags of [['--home', 'x'], ['--profile', 'wolf'], ['--memories']]) {
  test(`${flags.join(' ')} without --from-home is a mistake`, async () => {
    using bench = deployBench()
    const { document, exit } = await bench.json('init', 'mine', ...flags)
    assert.deepEqual({ exit, code: document.code }, { exit: 4, code: 'USAGE' })
    assert.ok(!existsSync(bench.folder.at('mine')))
  })
}
