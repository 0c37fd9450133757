// Sidecars that mean harm, or were written in a hurry: refused with file, line, rule and mend, and nothing is changed.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { deployBench, minimalManifest, type Bench } from './bench.ts'
import { watchedDisk } from './recording-disk.ts'

const sound = { 'config.yaml': 'agent:\n  max_turns: 60\n', 'skins/timmy.yaml': 'name: timmy\n' }
const lived = { 'config.yaml': '# mine\nagent:\n  counter: 7\n', '.env': 'OPENAI_API_KEY=none\n' }

/** Exit 4, each of these named, a next step, and neither home nor workspace touched. */
async function refused(bench: Bench, ...named: readonly (string | RegExp)[]): Promise<void> {
  const before = [bench.snapshot(), bench.snapshot('workspace')]
  const { stdout, stderr } = await bench.expect(4, 'deploy', '--yes')
  for (const name of named) {
    assert.match(stdout + stderr, typeof name === 'string' ? new RegExp(RegExp.escape(name)) : name)
  }
  assert.match(stderr, /next: \S/)
  assert.deepEqual([bench.snapshot(), bench.snapshot('workspace')], before, 'nothing was changed')
}

suite('a sidecar that is refused', () => {
  const files: Readonly<
    Record<string, { readonly files: Record<string, string>; readonly says: readonly (string | RegExp)[] }>
  > = {
    'a script outside the scripts folder': {
      files: { 'cron/evil.yaml': 'name: evil\nschedule: "0 7 * * *"\nscript: ../../evil.sh\nno_agent: true\n' },
      says: ['cron/evil.yaml:3'],
    },
    'a playbook whose name climbs out': {
      files: { 'playbooks/evil.yaml': 'name: ../../../evil\ndescription: x\ninstructions: y\n' },
      says: ['playbooks/evil.yaml'],
    },
    'a profile that climbs out': {
      files: {
        'timmy.yaml':
          'timmy: 1\nname: bench\ntargets:\n  local: { home: "~/.hermes", profile: "../../x", host: local }\n',
      },
      says: ['timmy.yaml:4'],
    },
    'an agent whose name climbs out': {
      files: { 'fleet.yaml': 'hosts: { local: {} }\nagents:\n  "../../x": { host: local, profile: default }\n' },
      says: ['fleet.yaml'],
    },
    'a rule that claims the .env file': {
      files: { 'timmy.yaml': `${minimalManifest}own:\n  - { match: ".env", policy: file }\n`, '.env': 'A=b\n' },
      says: ['.env'],
    },
    "a path that is the engine's own": {
      files: { 'skills/timmy-x/SKILL.md': '# x\n', 'auth.json': '{}' },
      says: ['auth.json'],
    },
    'a key given twice': {
      files: { 'config.yaml': 'agent:\n  max_turns: 1\nagent:\n  max_turns: 2\n' },
      says: ['config.yaml:3'],
    },
    'a body of 5 MB': {
      files: { 'config.yaml': `notes: |\n${'  a line of a very long note\n'.repeat(180_000)}` },
      says: ['config.yaml'],
    },
    'aliases that multiply without end': {
      files: {
        'config.yaml': `a0: &a0 [x, x]\n${Array.from({ length: 40 }, (_, n) => `a${n + 1}: &a${n + 1} [*a${n}, *a${n}]`).join('\n')}\n`,
      },
      says: ['config.yaml'],
    },
    'mappings ten thousand deep': {
      files: { 'config.yaml': `a: ${'{a: '.repeat(10_000)}1${'}'.repeat(10_000)}\n` },
      says: ['config.yaml'],
    },
    'JSON that is cut off': {
      files: { 'channel_aliases.json': '{"telegram": {"family"' },
      says: ['channel_aliases.json'],
    },
    'two names that differ in case only': {
      files: { 'skins/Timmy.yaml': 'name: a\n' },
      says: [/skins\/[tT]immy\.yaml/],
    },
  }
  for (const [what, { files: own, says }] of Object.entries(files)) {
    test(`${what}: exit 4, named, nothing changed`, async () => {
      using bench = deployBench({ sidecar: { ...sound, ...own }, home: lived })
      await refused(bench, ...says)
    })
  }

  test('text that is no UTF-8: exit 4, named, nothing changed', async () => {
    using bench = deployBench({ sidecar: sound, home: lived })
    bench.sidecar.write('config.yaml', Buffer.from([0x61, 0x3a, 0x20, 0xff, 0xfe, 0x0a]))
    await refused(bench, 'config.yaml')
  })

  for (const [what, plant] of Object.entries<(bench: Bench) => void>({
    'a link out of it, in place of a file': (bench) => symlinkSync('/etc/passwd', bench.sidecar.at('skins/evil.yaml')),
    'a link out of it, in place of a folder': (bench) => symlinkSync('/etc', bench.sidecar.at('scripts')),
    'a link to a file of its own': (bench) => symlinkSync('timmy.yaml', bench.sidecar.at('skins/evil.yaml')),
    'a link to nothing': (bench) => symlinkSync('nowhere', bench.sidecar.at('skins/evil.yaml')),
    'a link in place of config.yaml': (bench) => {
      rmSync(bench.sidecar.at('config.yaml'))
      symlinkSync('/etc/hostname', bench.sidecar.at('config.yaml'))
    },
    'a pipe in place of a file': (bench) => void spawnSync('mkfifo', [bench.sidecar.at('skins/evil.yaml')]),
    'a pipe in place of config.yaml': (bench) => {
      rmSync(bench.sidecar.at('config.yaml'))
      spawnSync('mkfifo', [bench.sidecar.at('config.yaml')])
    },
    'a device in place of a file': (bench) =>
      void spawnSync('mknod', [bench.sidecar.at('skins/evil.yaml'), 'c', '1', '5']),
    'a folder in place of config.yaml': (bench) => {
      rmSync(bench.sidecar.at('config.yaml'))
      bench.sidecar.write('config.yaml/agent.yaml', 'max_turns: 3\n')
    },
  })) {
    test(`${what}: exit 4 at once, named, nothing changed`, { timeout: 20_000 }, async () => {
      using bench = deployBench({ sidecar: sound, home: lived })
      plant(bench)
      await refused(bench, /evil\.yaml|scripts|config\.yaml/)
    })
  }

  test('emptied, against a home full of ours: the brake holds, exit 4, nothing is deleted', async () => {
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`skins/s${n}.yaml`, `name: s${n}\n`]))
    using bench = deployBench({ sidecar: many })
    await bench.expect(0, 'deploy', '--yes')
    for (const path of Object.keys(many)) bench.sidecar.remove(path)
    const { stderr } = await bench.expect(4, 'deploy', '--yes')
    assert.match(stderr, /would delete 30 of 30 entries/)
    assert.match(stderr, /next: timmy deploy --allow-deletes/)
    assert.equal(Object.keys(bench.snapshot()).filter((path) => path.endsWith('.yaml')).length, 30)
    await bench.expect(0, 'deploy', '--yes', '--allow-deletes')
    assert.deepEqual(
      Object.keys(bench.snapshot()).filter((path) => path.endsWith('.yaml')),
      [],
    )
  })
})

suite('names that are odd but allowed on a disk', () => {
  for (const name of [
    'new\nline.md',
    'qu"o\'te.md',
    'sp ace.md',
    '-rf.md',
    'hash#at@.md',
    '\u001B[2Jclear.md',
    '\u202Egnp.md',
    'ünï.md',
    '$(reboot).md',
    '%2e%2e.md',
    'back\\slash.md',
  ]) {
    test(`skills/odd/${JSON.stringify(name)}: deployed under its own name or refused, and shown harmless`, async () => {
      using bench = deployBench({
        sidecar: {
          ...sound,
          'skills/odd/SKILL.md': '---\nname: odd\ndescription: odd\n---\n',
          [`skills/odd/${name}`]: '# odd\n',
        },
        home: lived,
      })
      const outcome = await bench.timmy('deploy', '--yes', '--take', 'ours', '**')
      const said = outcome.stdout + outcome.stderr
      assert.ok(outcome.exit === 0 || outcome.exit === 4, said)
      // oxlint-disable-next-line no-control-regex -- it is what must not be there
      assert.doesNotMatch(said, /[\u0000-\u0009\u000B-\u001F\u202E]|^line\.md/m)
      if (outcome.exit === 4) return assert.ok(!bench.home.has('skins/timmy.yaml'), 'refused whole')
      assert.equal(bench.home.read(`skills/odd/${name}`), '# odd\n')
      await bench.expect(0, 'plan')
      const { document } = await bench.json('generations')
      assert.equal(document.generations.length, 1)
    })
  }
})

suite('a sidecar that changes between the plan and the apply', () => {
  for (const [what, change] of Object.entries<(file: string) => void>({
    'another content': (file) => writeFileSync(file, 'name: other\n'),
    'it vanished': (file) => rmSync(file),
    'a link in its place': (file) => {
      rmSync(file)
      symlinkSync('/etc/passwd', file)
    },
    'a pipe in its place': (file) => {
      rmSync(file)
      spawnSync('mkfifo', [file])
    },
    'a folder in its place': (file) => {
      rmSync(file)
      mkdirSync(file)
    },
  })) {
    test(
      `${what}: refused as a plan that no longer fits, nothing is changed, and the next deploy begins anew`,
      { timeout: 20_000 },
      async () => {
        using bench = deployBench({
          sidecar: { 'skins/a.yaml': 'name: a\n', 'skins/b.yaml': 'name: b\n' },
          home: lived,
        })
        const before = bench.snapshot()
        let isDone = false
        const disk = watchedDisk({
          after(operation) {
            if (operation.kind !== 'create' || !operation.path.includes('/stage/') || isDone) return
            isDone = true
            change(bench.sidecar.at('skins/b.yaml'))
          },
        })
        const { exit, stderr } = await bench.timmyWith({ disk }, 'deploy', '--yes')
        assert.ok(isDone)
        assert.equal(exit, 2, stderr)
        assert.match(stderr, /skins\/b\.yaml changed or vanished since the plan was made; nothing was written/)
        assert.deepEqual(bench.snapshot(), before)
        rmSync(bench.sidecar.at('skins/b.yaml'), { recursive: true, force: true })
        await bench.expect(0, 'deploy', '--yes')
        assert.equal(readFileSync(bench.home.at('skins/a.yaml'), 'utf8'), 'name: a\n')
      },
    )
  }
})
