// What is remembered between runs (snapshots of a sidecar, homes at rest) never stands in the way of what is true.
//
// A run "a minute later" trusts what it has seen: everything was written long enough ago. Each case changes one thing
// and compares with a run that remembers nothing.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { realDisk, type Disk } from '../../src/core/index.ts'
import { deployBench, type Bench, type Outcome } from './bench.ts'

const aMinuteLater = (): Date => new Date(Date.now() + 60_000)

const files = {
  'config.yaml': 'timezone: UTC\n',
  'skins/timmy.yaml': 'name: timmy\n',
  'scripts/look.sh': 'echo one\n',
  'skills/plan/SKILL.md': '---\nname: plan\ndescription: how to plan\n---\nPlan.\n',
  'docs/notes.md': 'for people\n',
}

/** Runs a command a minute later; tells what was read of the sidecar. */
async function later(bench: Bench, ...argv: string[]): Promise<Outcome & { readonly read: string[] }> {
  const read: string[] = []
  const disk: Disk = {
    ...realDisk,
    read(path) {
      if (path.startsWith(`${bench.sidecar.path}/`)) read.push(path.slice(bench.sidecar.path.length + 1))
      return realDisk.read(path)
    },
  }
  const outcome = await bench.timmyWith({ disk, now: aMinuteLater }, ...argv)
  return { ...outcome, read }
}

/** Deployed, at rest, and known to be so. */
async function restingBench(sidecar: Readonly<Record<string, string>> = files): Promise<Bench> {
  const bench = deployBench({ sidecar })
  for (let run = 0; run < 3; run += 1) assert.equal((await later(bench, 'deploy', '--yes')).exit, 0)
  assert.deepEqual(keptOf(bench), ['rest', 'snapshot'])
  return bench
}

const keptFolder = (bench: Bench): string => join(bench.state, 'kept')

function keptOf(bench: Bench): string[] {
  const names = existsSync(keptFolder(bench)) ? readdirSync(keptFolder(bench)) : []
  return names.map((name) => name.split('.').at(-1) ?? '').toSorted()
}

/** What a run says that remembers nothing. */
async function forgetful(bench: Bench, ...argv: string[]): Promise<Outcome> {
  rmSync(keptFolder(bench), { recursive: true, force: true })
  return bench.timmyWith({ now: aMinuteLater }, ...argv)
}

const said = ({ exit, stdout, stderr }: Outcome): Outcome => ({ exit, stdout, stderr })

suite('a sidecar that did not change', () => {
  test('is not read again, and says the same', async () => {
    using bench = deployBench({ sidecar: { ...files, 'bin/status': 'echo no first line\n' } })
    const commands = [['check', '-v'], ['plan', '-v'], ['drift'], ['plan', '--json']] as const
    const first = await Promise.all(commands.map((argv) => forgetful(bench, ...argv)))
    assert.match(first[0]?.stdout ?? '', /script-first-line/) // a warning, so that there is one to be kept
    assert.equal((await later(bench, 'check')).exit, 0)
    for (const [index, argv] of commands.entries()) {
      const again = await later(bench, ...argv)
      assert.deepEqual(again.read, [], argv.join(' '))
      assert.deepEqual(said(again), first[index], argv.join(' '))
    }
  })

  test('and a home at rest: a deploy reads no file of either and opens no record', async () => {
    using bench = await restingBench()
    const opened: string[] = []
    const disk: Disk = {
      ...realDisk,
      read(path) {
        opened.push(path)
        return realDisk.read(path)
      },
    }
    const before = bench.snapshot('state')
    const { exit, stdout } = await bench.timmyWith({ disk, now: aMinuteLater }, 'deploy', '--yes')
    assert.equal(exit, 0)
    assert.match(stdout, /nothing to do/)
    const ours = [
      bench.sidecar.path,
      join(bench.state, 'deploy'),
      ...Object.keys(files).map((path) => bench.home.at(path)),
    ]
    assert.deepEqual(
      opened.filter((path) => ours.some((one) => path.startsWith(one))),
      [],
    )
    assert.deepEqual(bench.snapshot('state'), before)
  })

  test('wants of each home what it wanted, also where the home is another one', async () => {
    using bench = await restingBench()
    const other = bench.folder.at('other-home')
    mkdirSync(other, { mode: 0o700 })
    const { exit } = await bench.timmyWith({ now: aMinuteLater, env: { HERMES_HOME: other } }, 'deploy', '--yes')
    assert.equal(exit, 0)
    for (const path of ['scripts/look.sh', 'skins/timmy.yaml']) {
      assert.equal(readFileSync(join(other, path), 'utf8'), bench.home.read(path))
    }
  })
})

/** Changes a file and gives it back the very times that it had, to the nanosecond. */
function withTimesOf(file: string, change: (file: string) => void): void {
  const reference = `${file}~`
  execFileSync('touch', ['-r', file, reference])
  change(file)
  execFileSync('touch', ['-r', reference, file])
  rmSync(reference)
}

/** Each changes the sidecar of a resting bench so that the home must change. */
const changes: Readonly<Record<string, (bench: Bench) => void>> = {
  'an edit of the same size': ({ sidecar }) => writeFileSync(sidecar.at('scripts/look.sh'), 'echo two\n'),
  'an edit of the same size with the old times put back': ({ sidecar }) =>
    withTimesOf(sidecar.at('scripts/look.sh'), (file) => writeFileSync(file, 'echo two\n')),
  'another file of the same size and times under the old name'({ sidecar }) {
    withTimesOf(sidecar.at('scripts/look.sh'), (file) => {
      writeFileSync(`${file}.new`, 'echo two\n', { mode: 0o600 })
      renameSync(`${file}.new`, file)
    })
  },
  'a file that came': ({ sidecar }) => sidecar.write('skins/second.yaml', 'name: second\n'),
  'a folder that came': ({ sidecar }) => sidecar.write('skills/new/SKILL.md', '---\nname: new\ndescription: x\n---\n'),
  'a file that went': ({ sidecar }) => sidecar.remove('skins/timmy.yaml'),
  'a file under another name': ({ sidecar }) =>
    renameSync(sidecar.at('skins/timmy.yaml'), sidecar.at('skins/tommy.yaml')),
  'a file that became a program': ({ sidecar }) => chmodSync(sidecar.at('scripts/look.sh'), 0o700),
  'a settings file': ({ sidecar }) => writeFileSync(sidecar.at('config.yaml'), 'timezone: CET\n'),
  'a layer for this host': ({ sidecar }) => sidecar.write('hosts/local/scripts/look.sh', 'echo two\n'),
  'a rule of ownership in the manifest'({ sidecar }) {
    const manifest = readFileSync(sidecar.at('timmy.yaml'), 'utf8')
    sidecar.write('timmy.yaml', `${manifest}own:\n  - { match: 'skins/*', policy: never }\n`)
  },
}

suite('a change of the sidecar is deployed:', () => {
  for (const [name, change] of Object.entries(changes)) {
    test(name, async () => {
      using bench = await restingBench()
      using fresh = await restingBench()
      change(bench)
      change(fresh)
      const outcome = await later(bench, 'deploy', '--yes')
      const expected = await forgetful(fresh, 'deploy', '--yes')
      assert.deepEqual(
        said(outcome),
        JSON.parse(JSON.stringify(expected).replaceAll(fresh.folder.path, bench.folder.path)),
      )
      assert.deepEqual(bench.snapshot(), fresh.snapshot())
      assert.notEqual(outcome.stdout, 'local: nothing to do\n  not asked: no engine is installed here\n')
    })
  }

  test('an edit of the same size within the same tick of a clock that counts two seconds', async () => {
    using bench = deployBench({ sidecar: files })
    const tickNs = 2_000_000_000n
    const coarse: Disk = {
      ...realDisk,
      stat(path) {
        const stat = realDisk.stat(path)
        if (!stat || !path.startsWith(bench.sidecar.path)) return stat
        return {
          ...stat,
          mtimeNs: stat.mtimeNs - (stat.mtimeNs % tickNs),
          ctimeNs: stat.ctimeNs - (stat.ctimeNs % tickNs),
        }
      },
    }
    for (const word of ['abc', 'def', 'ghi', 'jkl', 'mno']) {
      writeFileSync(bench.sidecar.at('scripts/look.sh'), `echo ${word}\n`)
      const { exit } = await bench.timmyWith({ disk: coarse }, 'deploy', '--yes')
      assert.equal(exit, 0)
      assert.equal(bench.home.read('scripts/look.sh'), `echo ${word}\n`)
    }
  })

  test('one edited file is read alone; the others are not', async () => {
    using bench = await restingBench()
    writeFileSync(bench.sidecar.at('skills/plan/SKILL.md'), `${files['skills/plan/SKILL.md']}More.\n`)
    const { exit, read } = await later(bench, 'deploy', '--yes')
    assert.equal(exit, 0)
    assert.deepEqual([...new Set(read)], ['skills/plan/SKILL.md'])
    assert.match(bench.home.read('skills/plan/SKILL.md'), /More/)
  })

  test('one file that an editor replaced under its name is read alone, whatever it leaves beside it', async () => {
    using bench = await restingBench()
    const file = bench.sidecar.at('scripts/look.sh')
    writeFileSync(`${file}~`, 'echo one\n')
    writeFileSync(`${file}.new`, 'echo two\n', { mode: 0o600 })
    renameSync(`${file}.new`, file)
    const { exit, read } = await later(bench, 'deploy', '--yes')
    assert.equal(exit, 0)
    assert.deepEqual([...new Set(read)], ['scripts/look.sh'])
    assert.equal(bench.home.read('scripts/look.sh'), 'echo two\n')
  })

  test('a secret that came into one file is found', async () => {
    using bench = await restingBench()
    const canary = ['aB3dE5gH7j', 'K9mN1pQ2rS4'].join('')
    writeFileSync(bench.sidecar.at('scripts/look.sh'), `API_TOKEN="${canary}"\n`)
    for (let run = 0; run < 2; run += 1) {
      const { exit, stdout, stderr } = await later(bench, 'deploy', '--yes')
      assert.equal(exit, 4)
      assert.ok(!(stdout + stderr).includes(canary))
    }
    assert.equal(bench.home.read('scripts/look.sh'), 'echo one\n')
    assert.ok(!JSON.stringify(bench.snapshot('state')).includes(canary))
  })
})

/** Each ends the rest of a bench without touching the sidecar. */
const disturbances: Readonly<Record<string, { does: (bench: Bench) => void; says: RegExp; exit: number }>> = {
  'an edit in the home': {
    does: ({ home }) => writeFileSync(home.at('scripts/look.sh'), 'echo two\n'),
    says: /1 drifted, kept/,
    exit: 0,
  },
  'an edit in the home with the old times put back': {
    does: ({ home }) => withTimesOf(home.at('scripts/look.sh'), (file) => writeFileSync(file, 'echo two\n')),
    says: /1 drifted, kept/,
    exit: 0,
  },
  'a file of ours that is gone': {
    does: ({ home }) => home.remove('skins/timmy.yaml'),
    says: /1 drifted, kept/,
    exit: 0,
  },
  'an edit of the shared config': {
    does: ({ home }) => home.edit('config.yaml', 'UTC', 'CET'),
    says: /1 drifted, kept/,
    exit: 0,
  },
  'a folder that became a link to another with the very same files': {
    does({ home, folder }) {
      renameSync(home.at('scripts'), folder.at('elsewhere'))
      symlinkSync(folder.at('elsewhere'), home.at('scripts'))
    },
    says: /is a link/,
    exit: 4,
  },
  'a fence': {
    does: ({ home }) => home.write('.update-incomplete', ''),
    says: /update/,
    exit: 5,
  },
  'a home that is gone': {
    does: ({ home }) => rmSync(home.path, { recursive: true }),
    says: /does not exist/,
    exit: 4,
  },
}

suite('a home is not at rest any more after', () => {
  for (const [name, { does, says, exit }] of Object.entries(disturbances)) {
    test(name, async () => {
      using bench = await restingBench()
      does(bench)
      const outcome = await later(bench, 'deploy', '--yes')
      assert.equal(outcome.exit, exit, outcome.stdout + outcome.stderr)
      assert.match(outcome.stdout + outcome.stderr, says)
    })
  }

  test('a rollback: the next deploy goes forward again', async () => {
    using bench = await restingBench()
    writeFileSync(bench.sidecar.at('scripts/look.sh'), 'echo two\n')
    for (let run = 0; run < 3; run += 1) await later(bench, 'deploy', '--yes')
    assert.equal((await later(bench, 'rollback', '--yes')).exit, 0)
    assert.equal(bench.home.read('scripts/look.sh'), 'echo one\n')
    assert.equal((await later(bench, 'deploy', '--yes')).exit, 0)
    assert.equal(bench.home.read('scripts/look.sh'), 'echo two\n')
  })

  test('a record that was lost', async () => {
    using bench = await restingBench()
    rmSync(join(bench.state, 'deploy'), { recursive: true })
    const { stdout } = await later(bench, 'deploy', '--yes')
    assert.match(stdout, /recorded/) // everything converges anew
  })
})

suite('what is remembered may be anything:', () => {
  const damages: Readonly<Record<string, (file: string) => void>> = {
    'nothing at all': (file) => writeFileSync(file, ''),
    'a line of something else': (file) => writeFileSync(file, '{"head":1}\n'),
    'cut off': (file) => writeFileSync(file, readFileSync(file).subarray(0, lstatSync(file).size / 2)),
    'a folder'(file) {
      rmSync(file)
      mkdirSync(file)
    },
    'a link to nothing'(file) {
      rmSync(file)
      symlinkSync('nowhere', file)
    },
    'of another sidecar'(file) {
      const text = readFileSync(file, 'latin1').replaceAll('/sidecar', '/sydecar')
      writeFileSync(file, text, 'latin1')
    },
  }
  for (const [name, damage] of Object.entries(damages)) {
    test(name, async () => {
      using bench = await restingBench()
      for (const one of readdirSync(keptFolder(bench))) damage(join(keptFolder(bench), one))
      const { exit, stdout } = await later(bench, 'deploy', '--yes')
      assert.equal(exit, 0)
      assert.match(stdout, /nothing to do/)
      writeFileSync(bench.sidecar.at('scripts/look.sh'), 'echo two\n')
      assert.equal((await later(bench, 'deploy', '--yes')).exit, 0)
      assert.equal(bench.home.read('scripts/look.sh'), 'echo two\n')
    })
  }

  test('any one byte of it turned: every answer is that of a run without a memory', async () => {
    using bench = await restingBench()
    writeFileSync(bench.home.at('skins/timmy.yaml'), 'name: tommy\n') // drift, so that the whole plan is made
    await later(bench, 'plan')
    const expected = said(await later(bench, 'plan', '--json'))
    const snapshot = readdirSync(keptFolder(bench)).find((name) => name.endsWith('.snapshot')) ?? ''
    const file = join(keptFolder(bench), snapshot)
    const sound = readFileSync(file)
    for (let at = 0; at < sound.length; at += 211) {
      const damaged = Buffer.from(sound)
      damaged[at] = (damaged[at] ?? 0) ^ 0x11
      writeFileSync(file, damaged)
      assert.deepEqual(said(await later(bench, 'plan', '--json')), expected, `byte ${at}`)
    }
  })

  test('any one byte of what a home at rest left: a deploy finds nothing to do all the same', async () => {
    using bench = await restingBench()
    const file = join(keptFolder(bench), readdirSync(keptFolder(bench)).find((name) => name.endsWith('.rest')) ?? '')
    const sound = readFileSync(file)
    for (let at = 0; at < sound.length; at += 97) {
      const damaged = Buffer.from(sound)
      damaged[at] = (damaged[at] ?? 0) ^ 0x11
      writeFileSync(file, damaged)
      const { exit, stdout } = await later(bench, 'deploy', '--yes')
      assert.deepEqual([exit, /nothing to do/.test(stdout)], [0, true], `byte ${at}: ${stdout}`)
    }
  })

  test('a state folder that cannot be written: nothing is remembered, and everything is right', async () => {
    using bench = await restingBench()
    const refusing: Disk = {
      ...realDisk,
      create(path, content, mode) {
        if (path.startsWith(keptFolder(bench))) throw Object.assign(new Error('no space'), { code: 'ENOSPC' })
        realDisk.create(path, content, mode)
      },
    }
    writeFileSync(bench.sidecar.at('scripts/look.sh'), 'echo two\n')
    const run = { disk: refusing, now: aMinuteLater }
    for (let time = 0; time < 2; time += 1) assert.equal((await bench.timmyWith(run, 'deploy', '--yes')).exit, 0)
    assert.equal(bench.home.read('scripts/look.sh'), 'echo two\n')
  })
})

test('two runs at once leave a memory that is whole', async () => {
  using bench = await restingBench()
  for (let round = 0; round < 4; round += 1) {
    writeFileSync(bench.sidecar.at('scripts/look.sh'), `echo ${round}\n`)
    bench.sidecar.write(`skins/round-${round}.yaml`, `name: round-${round}\n`)
    await Promise.all(['plan', 'check', 'drift'].map((command) => later(bench, command)))
    const [one, other] = await Promise.all([later(bench, 'plan', '--json'), later(bench, 'plan', '--json')])
    assert.deepEqual(said(one), said(await forgetful(bench, 'plan', '--json')))
    assert.deepEqual(said(one), said(other))
  }
  assert.deepEqual(
    readdirSync(keptFolder(bench)).filter((name) => name.endsWith('.tmp')),
    [],
  )
})

test('another program is another reader: what an older one made of the sidecar is not believed', async () => {
  using bench = await restingBench()
  const [name = ''] = readdirSync(keptFolder(bench)).filter((one) => one.endsWith('.snapshot'))
  const text = readFileSync(join(keptFolder(bench), name), 'latin1')
  const [, program] = /"of":\["[^"]+","([^"]+)"/.exec(text) ?? []
  assert.match(program ?? '', /^\d+\.\d+\.\d+ \d+ [0-9a-z-]+$/)
})

test('a sidecar with an error is judged anew each time', async () => {
  using bench = deployBench({ sidecar: { 'config.yaml': 'a: [\n' } })
  for (let run = 0; run < 2; run += 1) assert.equal((await later(bench, 'plan')).exit, 4)
  assert.deepEqual(keptOf(bench), [])
})

test('what is remembered is as private as the records beside it', async () => {
  using bench = await restingBench()
  assert.equal(lstatSync(keptFolder(bench)).mode & 0o777, 0o700)
  for (const name of readdirSync(keptFolder(bench))) {
    assert.equal(lstatSync(join(keptFolder(bench), name)).mode & 0o777, 0o600)
  }
})
