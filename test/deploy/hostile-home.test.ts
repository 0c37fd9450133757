// Homes as they are found in the wild: broken, linked, mounted, of another user, in every shape that YAML 1.1 allows.
//
// What cannot be edited safely is refused with exit 4, its path and a way on, and nothing is changed; what only looks
// odd is edited at the one key asked for, every other byte in its place.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { deployBench, type Bench } from './bench.ts'
import { noMounts, runInMounts } from './fixtures/mounts.ts'

const noPython = spawnSync('python3', ['-c', 'import yaml']).status === 0 ? false : 'no python3 with PyYAML here'
const notRoot = process.getuid?.() === 0 ? false : 'only root can give a folder away'
const asAnother = ['--reuid', '12345', '--regid', '12345', '--clear-groups', '--']
const timmy = join(import.meta.dirname, '../../bin/timmy')
const closedCheckout =
  spawnSync('setpriv', [...asAnother, timmy, '--version'], { env: { ...process.env, HOME: '/nonexistent' } }).status ===
  0
    ? false
    : 'another user cannot run the program from this checkout'

const sidecar = { 'config.yaml': 'agent:\n  max_turns: 60\n', 'skins/timmy.yaml': 'name: timmy\n' }

async function refused(bench: Bench, ...named: readonly (string | RegExp)[]): Promise<void> {
  const before = bench.snapshot()
  for (const argv of [
    ['deploy', '--yes'],
    ['deploy', '--yes', '--take', 'ours', '**'],
  ]) {
    const { exit, stderr } = await bench.timmy(...argv)
    assert.equal(exit, 4, stderr)
    for (const name of named) assert.match(stderr, typeof name === 'string' ? new RegExp(RegExp.escape(name)) : name)
    assert.match(stderr, /next: \S/)
  }
  assert.deepEqual(bench.snapshot(), before, 'nothing was changed')
  assert.equal((await bench.timmy('plan')).exit, 4)
}

suite('a config.yaml that cannot be edited is refused with its path, and nothing is changed', () => {
  const broken: Readonly<Record<string, { readonly bytes: string | Uint8Array; readonly says?: RegExp }>> = {
    'it does not parse': { bytes: 'model: {default: qwen3\nagent: ]\n', says: /config\.yaml:\d/ },
    'a tab indents it': { bytes: 'agent:\n\tmax_turns: 3\n', says: /config\.yaml:2/ },
    'its root is a list': { bytes: '- a\n- b\n' },
    'its root is a text': { bytes: 'hello\n' },
    'it is no UTF-8': { bytes: Buffer.from([0x61, 0x3a, 0x20, 0xff, 0xfe, 0x0a]) },
    'it was cut in the middle of a value': { bytes: 'agent:\n  max_turns: "3' },
    'it holds two documents': { bytes: 'agent: {}\n---\nagent: {max_turns: 3}\n' },
    'its body has 5 MB': {
      bytes: `notes: |\n${'  a line of a very long note\n'.repeat(180_000)}agent: {max_turns: 3}\n`,
    },
    'a merge key refers to itself': { bytes: 'a: &a\n  <<: *a\n' },
    'its aliases multiply without end': {
      bytes: `a0: &a0 [x, x]\n${Array.from({ length: 40 }, (_, n) => `a${n + 1}: &a${n + 1} [*a${n}, *a${n}]`).join('\n')}\n`,
    },
    'its mappings nest ten thousand deep': { bytes: `agent: ${'{a: '.repeat(10_000)}1${'}'.repeat(10_000)}\n` },
  }
  for (const [what, { bytes, says }] of Object.entries(broken)) {
    test(what, async () => {
      using bench = deployBench({ sidecar })
      bench.home.write('config.yaml', bytes)
      await refused(bench, bench.home.at('config.yaml'), ...(says ? [says] : []))
    })
  }

  test('it is a link into a checkout: the way to adopt it is told, and works', async () => {
    using bench = deployBench({ sidecar })
    bench.folder.write('checkout/config.yaml', 'agent:\n  max_turns: 30\n')
    symlinkSync(bench.folder.at('checkout/config.yaml'), bench.home.at('config.yaml'))
    await refused(bench, bench.home.at('config.yaml'), 'is a link', 'timmy adopt')
    const { stderr } = await bench.timmy('deploy', '--yes')
    const command = /next: (cp --remove-destination .*)/.exec(stderr)?.[1] ?? ''
    assert.equal(spawnSync('sh', ['-c', command]).status, 0, command)
    assert.equal(lstatSync(bench.home.at('config.yaml')).isSymbolicLink(), false)
    await bench.expect(0, 'adopt', '--yes', 'config.yaml#agent.max_turns')
    assert.match(bench.sidecar.read('config.yaml'), /max_turns: 30/)
    assert.equal(readFileSync(bench.folder.at('checkout/config.yaml'), 'utf8'), 'agent:\n  max_turns: 30\n')
    await bench.expect(0, 'deploy', '--yes')
  })

  test('it is a folder, or a pipe', async () => {
    using bench = deployBench({ sidecar })
    mkdirSync(bench.home.at('config.yaml'))
    await refused(bench, bench.home.at('config.yaml'), 'is a folder')
    rmSync(bench.home.at('config.yaml'), { recursive: true })
    spawnSync('mkfifo', [bench.home.at('config.yaml')])
    await refused(bench, bench.home.at('config.yaml'), 'no plain file')
  })

  test('a folder on the way is a link, or a file', async () => {
    using bench = deployBench({ sidecar })
    bench.folder.write('elsewhere/keep', 'x')
    symlinkSync(bench.folder.at('elsewhere'), bench.home.at('skins'))
    await refused(bench, bench.home.at('skins'), 'link')
    assert.deepEqual(readdirSync(bench.folder.at('elsewhere')), ['keep'])
    rmSync(bench.home.at('skins'))
    bench.home.write('skins', 'a file')
    await refused(bench, bench.home.at('skins'), 'a file where a folder belongs')
  })
})

/** The value of the whole file as PyYAML reads it, as JSON. */
function byPyYaml(file: string): string {
  const program =
    'import sys,yaml,json;print(json.dumps(yaml.safe_load(open(sys.argv[1],encoding="utf-8-sig")),default=str))'
  const { status, stdout, stderr } = spawnSync('python3', ['-c', program, file], { encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  return stdout
}

suite('an odd config.yaml is edited at the key asked for and nowhere else', { skip: noPython }, () => {
  const odd: Readonly<Record<string, string>> = {
    'it is empty': '',
    'it holds comments only': '# to be filled\n\n# by the owner\n',
    'its lines end in CRLF': 'model:\r\n  default: qwen3 # local\r\nagent:\r\n  max_turns: 30\r\n  counter: 7\r\n',
    'it begins with a BOM': '\uFEFFmodel:\n  default: qwen3\nagent:\n  max_turns: 30\n',
    'it has anchors, aliases and merge keys':
      'base: &base\n  timeout: 10\n  retries: 3\nagent:\n  <<: *base\n  max_turns: 30\nother: *base\nlist: [*base, {<<: *base, retries: 4}]\n',
    'our key comes from a merge': 'base: &base {max_turns: 30, counter: 7}\nagent:\n  <<: *base\n',
    'our key is an alias': 'turns: &turns 30\nagent: {max_turns: *turns, counter: 7}\n',
    'it is full of YAML 1.1':
      'agent: {max_turns: 30}\non: yes\noff: No\nmode: 0644\nport: 0o644\ntime: 12:30:00\nbig: 1_000\nday: 2026-01-02\nnothing: ~\nhex: 0x1F\nexp: 1e3\ny: n\n',
    'its keys are quoted, numbers and booleans':
      "'agent': {'max_turns': 30}\n1: one\ntrue: yes\n\"a.b\": {c: 1}\n? complex\n: value\n",
    'it is one line of flow style': '{agent: {max_turns: 30, counter: 7}, model: {default: qwen3}}\n',
    'it ends without a newline': 'agent:\n  max_turns: 30',
    'our mapping is empty': 'agent:\nmodel: {default: qwen3}\n',
    'our mapping is null in flow': 'agent: {}\nmodel: {default: qwen3}\n',
    'block texts and comments surround it':
      'a: |\n  # no comment\n  agent: no key\nagent: # ours below\n    # four spaces\n    max_turns: 30 # was 20\n    x: >-\n      folded\n      text\n# the end\n',
  }
  for (const [what, before] of Object.entries(odd)) {
    test(what, async () => {
      using bench = deployBench({ sidecar: { 'config.yaml': sidecar['config.yaml'] } })
      const file = bench.home.write('config.yaml', before)
      const then = (JSON.parse(byPyYaml(file)) ?? {}) as Record<string, Record<string, unknown> | null>
      await bench.expect(0, 'deploy', '--yes', '--take', 'ours', '**')
      const wanted = { ...then, agent: { ...then['agent'], max_turns: 60 } }
      assert.deepEqual(JSON.parse(byPyYaml(file)), wanted, bench.home.read('config.yaml'))
      const after = bench.home.read('config.yaml')
      const lost = before.split('\n').filter((line) => !after.includes(line.replace(/\r$/, '')))
      assert.ok(lost.length <= 1, `more than one line was touched:\n${after}`)
      if (before.includes('\r\n')) assert.doesNotMatch(after, /[^\r]\n/, 'line ends are kept')
      if (before.startsWith('\uFEFF')) assert.ok(after.startsWith('\uFEFF'), 'the BOM is kept')
      await bench.expect(0, 'plan')
    })
  }

  test('re-dumped by PyYAML behind our back: no change is reported, and nothing is written', async () => {
    using bench = deployBench({
      sidecar: {
        'config.yaml':
          'agent:\n  max_turns: 60\n  reasoning: "yes"\n  when: "12:30:00"\n  octal: "010"\nmodel:\n  default: qwen3:8b\nfallback_providers:\n  - {provider: ollama, model: "qwen3:8b", base_url: "http://localhost:11434/v1", key_env: OLLAMA_KEY}\ndisplay: {compact: true, width: 1.5}\n',
      },
      home: {
        'config.yaml':
          '# mine\nagent: {counter: 7}\nlong: "ünï and a long text that a dumper folds because it is longer than eighty columns, surely"\n',
      },
    })
    await bench.timmy('deploy', '--yes', '--take', 'ours', '**')
    await bench.expect(0, 'plan')
    for (const how of [
      '',
      ', sort_keys=False',
      ', allow_unicode=True, width=40',
      ', default_flow_style=True',
      ", default_style='\"'",
    ]) {
      const program = `import sys,yaml;d=yaml.safe_load(open(sys.argv[1]));open(sys.argv[1],"w").write(yaml.safe_dump(d${how}))`
      assert.equal(spawnSync('python3', ['-c', program, bench.home.at('config.yaml')]).status, 0)
      const dumped = bench.snapshot()
      const { document, exit } = await bench.json('plan')
      assert.equal(exit, 0, JSON.stringify(document))
      await bench.expect(0, 'drift')
      await bench.expect(0, 'deploy', '--yes')
      assert.deepEqual(bench.snapshot(), dumped)
    }
  })
})

suite('memory files', () => {
  const own = 'Timmy asks before he spends'
  const learned = `learned: ${'x'.repeat(2_300)}`

  test('over the limit: what the agent learned stays to the byte, ours is left out as a conflict, the rest arrives', async () => {
    using bench = deployBench({
      sidecar: { ...sidecar, 'memories/MEMORY.md': `${own}\n` },
      home: { 'memories/MEMORY.md': learned, 'memories/MEMORY.md.lock': '' },
    })
    const { stdout, stderr } = await bench.expect(3, 'deploy', '--yes')
    assert.match(stdout + stderr, /limit is 2200/)
    assert.equal(bench.home.read('memories/MEMORY.md'), learned)
    assert.ok(bench.home.has('skins/timmy.yaml'))
  })

  for (const [what, before] of Object.entries({
    'a delimiter with a space behind it': 'learned: one\n§ \nlearned: two',
    'a delimiter at its start and end': '§\nlearned: one\n§\n',
    'two delimiters in a row': 'learned: one\n§\n§\nlearned: two',
    'a section sign inside a line': 'learned: see § 3 of the law',
    'CRLF line ends': 'learned: one\r\n§\r\nlearned: two\r\n',
    'text appended after a blank line': 'learned: one\n§\nlearned: two\n\nappended by hand\n',
  })) {
    test(`with ${what}: every learned word stays, ours is there once, and the plan is empty then`, async () => {
      using bench = deployBench({
        sidecar: { 'memories/MEMORY.md': `${own}\n` },
        home: { 'memories/MEMORY.md': before, 'memories/MEMORY.md.lock': '' },
      })
      await bench.expect(0, 'deploy', '--yes')
      const after = bench.home.read('memories/MEMORY.md')
      for (const word of before.split(/[\s§]+/).filter((one) => one !== '')) assert.ok(after.includes(word), after)
      assert.equal(after.split(own).length, 2, after)
      await bench.expect(0, 'plan')
      assert.equal(bench.home.read('memories/MEMORY.md'), after)
    })
  }
})

suite('cron/jobs.json', () => {
  const job = {
    id: 'aaaaaaaaaaaa',
    name: 'theirs',
    prompt: 'p',
    schedule: { kind: 'interval', minutes: 30 },
    x_owner: { a: [1] },
  }
  const withJob = {
    'cron/daily.yaml': 'name: daily\nschedule: "0 7 * * *"\nprompt: report the day\nmodel: qwen3\nprovider: ollama\n',
  }

  for (const [what, text] of Object.entries({
    truncated: JSON.stringify({ jobs: [job] }).slice(0, -20),
    'without a list of jobs': '{"jobs": {"a": 1}}',
    'a text': '"jobs"',
  })) {
    test(`${what}: refused with its path, nothing is changed`, async () => {
      using bench = deployBench({ sidecar: { ...sidecar, ...withJob }, home: { 'cron/jobs.json': text } })
      await refused(bench, bench.home.at('cron/jobs.json'))
    })
  }

  for (const [what, root] of Object.entries<(jobs: unknown[]) => unknown>({
    'of the usual shape, with unknown fields': (jobs) => ({
      version: 9,
      jobs,
      updated_at: '2026-05-31T23:30:00+00:00',
      x: { y: 1 },
    }),
    'a bare list': (jobs) => jobs,
  })) {
    test(`${what}: ours is added, theirs keeps every field`, async () => {
      using bench = deployBench({ sidecar: withJob, home: { 'cron/jobs.json': JSON.stringify(root([job])) } })
      await bench.expect(0, 'deploy', '--yes')
      const after = JSON.parse(bench.home.read('cron/jobs.json')) as { jobs: unknown[] } | unknown[]
      const jobs = Array.isArray(after) ? after : after.jobs
      assert.deepEqual(jobs[0], job)
      assert.equal((jobs[1] as { name: string }).name, 'daily')
      assert.deepEqual(after, root(jobs))
      await bench.expect(0, 'plan')
    })
  }

  test('of the newer shape, definitions only: ours gets no run state', async () => {
    using bench = deployBench({ sidecar: withJob, home: { 'cron/jobs.json': JSON.stringify({ jobs: [job] }) } })
    await bench.expect(0, 'deploy', '--yes')
    const { jobs } = JSON.parse(bench.home.read('cron/jobs.json')) as { jobs: Record<string, unknown>[] }
    for (const field of ['state', 'next_run_at', 'last_run_at', 'created_at'])
      assert.ok(!(field in (jobs[1] ?? {})), field)
    await bench.expect(0, 'plan')
  })
})

suite('the home itself', () => {
  test('missing: exit 4 with the command that makes it', async () => {
    using bench = deployBench({ sidecar })
    rmSync(bench.home.path, { recursive: true })
    const { stderr } = await bench.expect(4, 'deploy', '--yes')
    assert.match(stderr, /does not exist/)
    assert.match(stderr, /next: mkdir -m 700 -p/)
  })

  test('a link: followed once, here, and written to where it points', async () => {
    using bench = deployBench({ sidecar })
    renameSync(bench.home.path, bench.folder.at('real'))
    symlinkSync(bench.folder.at('real'), bench.home.path)
    await bench.expect(0, 'deploy', '--yes')
    assert.ok(lstatSync(bench.home.path).isSymbolicLink())
    assert.equal(readFileSync(bench.folder.at('real/skins/timmy.yaml'), 'utf8'), 'name: timmy\n')
    await bench.expect(0, 'plan')
  })

  test('a link to nothing, or a file: exit 4, named', async () => {
    using bench = deployBench({ sidecar })
    rmSync(bench.home.path, { recursive: true })
    symlinkSync(bench.folder.at('nowhere'), bench.home.path)
    assert.match((await bench.expect(4, 'deploy', '--yes')).stderr, /is a link to nothing/)
    rmSync(bench.home.path)
    bench.folder.write('hermes', 'a file')
    assert.match((await bench.expect(4, 'deploy', '--yes')).stderr, /is not a folder/)
  })

  test('not writable: exit 4 with the command that mends it, and nothing is changed', async () => {
    using bench = deployBench({ sidecar })
    chmodSync(bench.home.path, 0o500)
    const { stderr } = await bench.expect(4, 'deploy', '--yes')
    assert.match(stderr, /is not writable/)
    assert.match(stderr, /next: chmod u\+wx/)
    assert.deepEqual(bench.snapshot(), {})
  })

  test("another user's: exit 4, both users named, nothing is changed", { skip: notRoot }, async () => {
    using bench = deployBench({ sidecar })
    chownSync(bench.home.path, 12_345, 12_345)
    const { stderr } = await bench.expect(4, 'deploy', '--yes')
    assert.match(stderr, /belongs to user 12345, we run as 0/)
    assert.deepEqual(bench.snapshot(), {})
  })

  test(
    'a file in it that we may not read: exit 4 with its path, and nothing is changed',
    { skip: notRoot || closedCheckout },
    async () => {
      using bench = deployBench({ sidecar, home: { 'config.yaml': 'agent: {max_turns: 30}\n' } })
      chmodSync(bench.home.at('config.yaml'), 0)
      for (const path of [bench.home.path, bench.folder.path]) spawnSync('chown', ['-R', '12345:12345', path])
      const env = Object.entries(bench.env).map(([name, value]) => `${name}=${value}`)
      const argv = [...asAnother, 'env', ...env, timmy, 'deploy', '--yes']
      const { status, stderr } = spawnSync('setpriv', argv, { encoding: 'utf8', cwd: bench.folder.path })
      assert.equal(status, 4, stderr)
      assert.match(stderr, /config\.yaml/)
      assert.match(stderr, /permission/i)
    },
  )
})

suite('mounts', { skip: noMounts }, () => {
  const files = {
    ...sidecar,
    'scripts/report.sh': '#!/bin/sh\ndate\n',
    'memories/MEMORY.md': 'Timmy asks before he spends\n',
  }

  /** Deploys inside the mounts; what was said, and the home as it was then. */
  function deployIn(bench: Bench, mounts: readonly string[], script = ''): { said: string; home: string } {
    const program = `${script}\n'${timmy}' deploy --yes --take ours '**'; echo "exit $?"; '${timmy}' plan; echo "exit $?"; echo ==; cd '${bench.home.path}' && find . -mindepth 1 -printf '%p %y %m\\n' | sort; ls -A ..`
    const { exit, stdout, stderr } = runInMounts(mounts, ['sh', '-c', program], { ...process.env, ...bench.env })
    assert.equal(exit, 0, stderr)
    const [said = '', home = ''] = stdout.split('==\n')
    return { said: said + stderr, home }
  }

  function isDeployed({ said, home }: { said: string; home: string }): void {
    assert.match(said, /exit 0\n[\s\S]*exit 0\n$|exit 0[\s\S]*exit 0/, said)
    for (const path of ['skins/timmy.yaml', 'scripts/report.sh', 'config.yaml', 'memories/MEMORY.md']) {
      assert.match(home, new RegExp(`^\\./${RegExp.escape(path)} f`, 'm'), home)
    }
    assert.doesNotMatch(home, /timmy-stage|\.timmy-[0-9a-f]/, 'nothing of ours is left beside or inside the home')
  }

  test('a home on another file system than the state: all arrives, and nothing of ours stays beside it', () => {
    using bench = deployBench({ sidecar: files })
    isDeployed(deployIn(bench, [`mount -t tmpfs -o size=8m,mode=700 tmpfs '${bench.home.path}'`]))
  })

  test('a home below the mount point of another file system: staged in a sibling that is gone afterwards', () => {
    using bench = deployBench({ sidecar: files, env: {} })
    mkdirSync(bench.folder.at('disk'))
    const mount = `mount -t tmpfs -o size=8m,mode=700 tmpfs '${bench.folder.at('disk')}'; mkdir -m 700 '${bench.folder.at('disk/home')}'; export HERMES_HOME='${bench.folder.at('disk/home')}'; rmdir '${bench.home.path}'; ln -s '${bench.folder.at('disk/home')}' '${bench.home.path}'`
    isDeployed(deployIn(bench, [mount]))
  })

  test('a home bound in from the same disk: no rename crosses the border', () => {
    using bench = deployBench({ sidecar: files })
    mkdirSync(bench.folder.at('bound'))
    isDeployed(deployIn(bench, [`mount --bind '${bench.folder.at('bound')}' '${bench.home.path}'`]))
  })

  test('a folder inside the home that is a mount, of another disk or of the same: its files are staged in it and leave nothing there', () => {
    using bench = deployBench({ sidecar: files })
    for (const name of ['skins', 'scripts']) mkdirSync(bench.home.at(name), { mode: 0o700 })
    mkdirSync(bench.folder.at('bound'), { mode: 0o700 })
    const mounts = [
      `mount -t tmpfs -o size=8m,mode=700 tmpfs '${bench.home.at('skins')}'`,
      `mount --bind '${bench.folder.at('bound')}' '${bench.home.at('scripts')}'`,
    ]
    isDeployed(deployIn(bench, mounts))
    assert.deepEqual(readdirSync(bench.folder.at('bound')), ['report.sh'])
  })

  test('single files bound into the home: rewritten in place, told as not atomic, still the same file', () => {
    using bench = deployBench({
      sidecar: files,
      home: { 'config.yaml': '# theirs\nagent:\n  max_turns: 30\n', 'skins/timmy.yaml': 'name: old\n' },
    })
    const sources = {
      'config.yaml': bench.folder.write('c.yaml', '# bound\nagent:\n  max_turns: 30\n'),
      'skins/timmy.yaml': bench.folder.write('s.yaml', 'name: older\n'),
    }
    const inodes = Object.values(sources).map((file) => statSync(file).ino)
    const mounts = Object.entries(sources).map(([path, file]) => `mount --bind '${file}' '${bench.home.at(path)}'`)
    const deployed = deployIn(bench, mounts)
    isDeployed(deployed)
    assert.match(deployed.said, /config\.yaml is a mount of its own: rewritten in place/)
    assert.equal(readFileSync(sources['config.yaml'], 'utf8'), '# bound\nagent:\n  max_turns: 60\n')
    assert.equal(readFileSync(sources['skins/timmy.yaml'], 'utf8'), 'name: timmy\n')
    assert.deepEqual(
      Object.values(sources).map((file) => statSync(file).ino),
      inodes,
    )
  })

  test('a read-only home: exit 8, the disk is read-only, nothing was changed', () => {
    using bench = deployBench({ sidecar: files })
    const mount = `mount --bind '${bench.home.path}' '${bench.home.path}'; mount -o remount,ro,bind '${bench.home.path}'`
    const { said, home } = deployIn(bench, [mount])
    assert.match(said, /read-only/)
    assert.match(said, /exit [68]\n/)
    assert.doesNotMatch(home, /timmy/)
  })

  test('a link planted where the sibling would be is not followed, and what it points to keeps its files', () => {
    using bench = deployBench({ sidecar: files })
    mkdirSync(bench.folder.at('disk'))
    bench.folder.write('precious/.timmy-0123456789abcdef.tmp', 'keep me')
    const home = bench.folder.at('disk/home')
    const mount = `mount -t tmpfs -o size=8m,mode=700 tmpfs '${bench.folder.at('disk')}'; mkdir -m 700 '${home}'; export HERMES_HOME='${home}'; ln -s '${bench.folder.at('precious')}' '${home}.timmy-stage'; rmdir '${bench.home.path}'; ln -s '${home}' '${bench.home.path}'`
    const { said } = deployIn(bench, [mount])
    assert.match(said, /exit 0/)
    assert.equal(readFileSync(bench.folder.at('precious/.timmy-0123456789abcdef.tmp'), 'utf8'), 'keep me')
  })
})
