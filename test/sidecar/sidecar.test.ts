// The example sidecar: sound by its own rules, compiled for every target, and understood by the engine.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { overlayOf, readSidecar, type Sidecar } from '../../src/config/index.ts'
import { realDisk, run } from '../../src/core/index.ts'
import { askEngine } from '../../src/hermes/index.ts'
import { configOf, wantedOf, type Wanted } from '../deploy/compile/overlay.ts'
import { engineOf, engineVersions, scratchHome, skipReason } from '../engine.ts'
import { scratchFolder } from '../scratch.ts'

const folder = join(import.meta.dirname, '../../sidecar')

async function read(host: string): Promise<Sidecar> {
  return readSidecar(folder, { cwd: '/', env: { HOME: '/home/timmy', TIMMY_HOST: host }, disk: realDisk })
}

const sidecars = new Map<string, Sidecar>()
const wanted = new Map<string, Wanted>()
before(async () => {
  for (const host of ['local', 'anvil']) {
    const sidecar = await read(host)
    sidecars.set(host, sidecar)
    for (const target of sidecar.targets) wanted.set(target.name, wantedOf(overlayOf(sidecar, target)))
  }
})
const of = (target: string): Wanted => wanted.get(target) ?? assert.fail(`no target ${target}`)

test('it has nothing to complain about, on any host', () => {
  for (const [host, { findings }] of sidecars) assert.deepEqual(findings, [], host)
})

test('its targets are Timmy and Wolf on this host, and the second host by itself', () => {
  const names = [...sidecars].map(([host, { targets }]) => [
    host,
    targets.map(({ name, agent, profile }) => [name, agent, profile]),
  ])
  assert.deepEqual(names, [
    [
      'local',
      [
        ['local', 'timmy', 'default'],
        ['wolf', 'wolf', 'wolf'],
      ],
    ],
    ['anvil', [['anvil', undefined, 'default']]],
  ])
})

test('every target compiles without a finding, and every entry says from which file it came', () => {
  for (const [target, { faults, entries }] of wanted) {
    assert.deepEqual(faults, [], target)
    for (const { entry, source } of entries) {
      assert.ok(realDisk.stat(join(folder, source.file)), `${entry} of ${target} comes from ${source.file}`)
      assert.equal(source.layer, /^(?:hosts|agents)\/[^/]+/.exec(source.file)?.[0] ?? 'base')
    }
  }
})

test('layers show: Wolf has a soul, a skin and limits of his own, the second host a model and less to keep', () => {
  assert.equal(of('wolf').entry('SOUL.md').source.file, 'agents/wolf/SOUL.md')
  assert.ok(!of('wolf').names().includes('timmy:SOUL.md'))
  assert.deepEqual(
    ['local', 'wolf', 'anvil'].map((target) => [
      of(target).value('config.yaml#display.skin'),
      of(target).value('config.yaml#agent.max_turns'),
      of(target).names().includes('config.yaml#checkpoints.enabled'),
    ]),
    [
      ['timmy', 60, true],
      ['trismegistus', 120, true],
      ['timmy', 20, false],
    ],
  )
  assert.equal((of('wolf').value('cron/jobs.json@daily-report') as { enabled?: boolean }).enabled, false)
})

test('every road begins and ends in the house, and no two agents begin the same way', () => {
  const starts = ['local', 'wolf'].map((target) => {
    const chain = of(target).value('config.yaml#fallback_providers') as {
      provider: string
      base_url: string
      key_env: string
    }[]
    const first = String(of(target).value('config.yaml#model.provider'))
    assert.equal(chain.length, 3, 'four slots in all')
    for (const url of [of(target).value('config.yaml#model.base_url'), chain.at(-1)?.base_url]) {
      assert.match(String(url), /^http:\/\/(?:127\.0\.0\.1|anvil\.example\.invalid):/)
    }
    const keys = [
      ...chain.map(({ key_env: key }) => key),
      of(target).value(`config.yaml#providers.${first.slice(7)}.key_env`),
    ]
    assert.equal(new Set(keys).size, 4, 'a key name for each')
    return `${first} ${chain[0]?.provider}`
  })
  assert.notEqual(starts[0], starts[1])
})

test('the four jobs are pinned to a model that is served in the house', () => {
  const jobs = of('local').entries.filter(({ path }) => path === 'cron/jobs.json')
  assert.deepEqual(
    jobs.map(({ entry }) => entry.replace('cron/jobs.json@', '')),
    ['daily-report', 'drift-watch', 'health-note', 'memory-hygiene'],
  )
  for (const { entry } of jobs) {
    const { model, provider } = of('local').value(entry) as { model: string; provider: string }
    assert.deepEqual([model, provider], ['qwen3-8b', 'custom:timmy-anvil'], entry)
  }
})

test('it holds placeholders only: no address outside this house, no secret by value', () => {
  for (const { path, absolute } of sidecars.get('local')?.files ?? []) {
    for (const [, host] of readFileSync(absolute, 'utf8').matchAll(/https?:\/\/([^/:\s"']+)/g)) {
      assert.match(host ?? '', /^127\.0\.0\.1$|\.example\.invalid$/, path)
    }
  }
})

test('deploy.sh is `timmy deploy` of its own folder, with every flag passed on', async () => {
  using scratch = scratchFolder()
  scratch.write('bin/timmy', '#!/bin/sh\nprintf "%s\\n" "$@"\n', 0o755)
  const env = { PATH: `${scratch.at('bin')}:/usr/bin:/bin` }
  const { stdout, exitCode } = await run(['/bin/sh', join(folder, 'deploy.sh'), '--dry-run', 'a b'], {
    env,
    cwd: scratch.path,
    timeoutMs: 10_000,
  })
  assert.deepEqual([exitCode, stdout.trimEnd().split('\n')], [0, ['deploy', '--sidecar', folder, '--dry-run', 'a b']])
})

for (const version of engineVersions) {
  describe(`hermes-agent ${version}`, { skip: skipReason(version) }, () => {
    test('its scanner passes every text that becomes a prompt', async () => {
      using home = scratchHome()
      const text = (path: string): string => readFileSync(join(folder, path), 'utf8')
      const context = ['SOUL.md', 'agents/wolf/SOUL.md'].map((path) => ({
        text: text(path),
        scope: 'context' as const,
      }))
      const strict = [...wanted.values()].flatMap((target) =>
        target.entries.flatMap(({ path, entry, content }) => {
          if (path.startsWith('memories/')) return [String(target.value(entry))]
          if (path === 'cron/jobs.json') return [(target.value(entry) as { prompt: string }).prompt]
          return content?.kind === 'bytes' && 'text' in content.from ? [content.from.text] : []
        }),
      )
      const questions = { threats: [...context, ...strict.map((one) => ({ text: one, scope: 'strict' as const }))] }
      const { threats } = await askEngine(await engineOf(version), home, questions, { env: home.env })
      assert.deepEqual(threats, { known: true, value: questions.threats.map(() => []) })
    })

    test('it resolves every provider, keeps the whole chain and takes both skins', async () => {
      for (const [target, skin] of [
        ['local', 'timmy'],
        ['wolf', 'trismegistus'],
      ] as const) {
        const compiled = of(target)
        const chain = compiled.value('config.yaml#fallback_providers') as { provider: string; model: string }[]
        const providers = [
          String(compiled.value('config.yaml#model.provider')),
          ...chain.map(({ provider }) => provider),
        ]
        using home = scratchHome({
          files: {
            'config.yaml': configOf(compiled),
            [`skins/${skin}.yaml`]: readFileSync(join(folder, `skins/${skin}.yaml`), 'utf8'),
          },
        })
        const questions = { config: true, providers, fallbackChain: true, skin } as const
        const answers = await askEngine(await engineOf(version), home, questions, { env: home.env })
        assert.equal(answers.config.known && answers.config.value.fault, null)
        assert.deepEqual(answers.skin, { known: true, value: { source: 'home', shownAs: skin } })
        assert.deepEqual(
          answers.fallbackChain.known && answers.fallbackChain.value.map(({ provider, model }) => [provider, model]),
          chain.map(({ provider, model }) => [provider, model]),
        )
        assert.deepEqual(
          answers.providers.known && answers.providers.value.resolvable,
          Object.fromEntries(providers.map((name) => [name, true])),
        )
      }
    })
  })
}
