// Secrets: canaries planted wherever one can be, and searched for in everything that we print or keep.
//
// Each canary is another one and is made at run time. A part of one counts as found. Kept may be content that others
// wrote, in the table for it alone, in a file that only we can read.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { lstatSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { suite, test } from 'node:test'
import { realDisk } from '../../src/core/index.ts'
import { deployBench, type Bench, type RunOptions } from './bench.ts'

const random = (length: number): string => randomBytes(length).toString('hex').slice(0, length)

/** Of a known shape, so that it is known wherever it stands. */
const tokens = {
  github: `gh${'p_'}${random(36)}`,
  openai: `sk-${'proj'}-${random(40)}`,
  telegram: `${Number.parseInt(random(7), 16) + 1_000_000_000}`.slice(0, 10) + `:AA${random(33)}`,
  anthropic: `sk-${'ant'}-${random(40)}`,
  jwt: `eyJ${random(20)}.eyJ${random(30)}.${random(40)}`,
  url: `postgres://timmy:${random(24)}@db.local/x`,
}
/** Of no shape: known only by the name of what holds it, or because .env names it. */
const opaque = {
  key: `plain${random(30)}`,
  env: `word${random(28)}`,
  password: `pass${random(28)}`,
  variable: `var${random(28)}`,
}

/** Eight characters in a row of a canary's random part. */
function partsOf(canary: string): string[] {
  const tail = canary.split(/[:@/]/).toSorted((a, b) => b.length - a.length)[0] ?? canary
  return Array.from({ length: tail.length - 20 }, (_, index) => tail.slice(index + 8, index + 16))
}

function holdsNone(text: string, canaries: readonly string[], what: string): void {
  for (const canary of canaries) {
    const found = partsOf(canary).find((part) => text.includes(part))
    if (found === undefined) continue
    const at = text.indexOf(found)
    assert.fail(`${what} shows a secret: …${text.slice(Math.max(0, at - 120), at + 60)}…`)
  }
}

/** Every file of ours as text; of a database every table but the one for content. */
function keptTexts(folder: string): Map<string, string> {
  const texts = new Map<string, string>()
  for (const each of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(each.parentPath, each.name)
    if (!each.isFile() || /-(wal|shm)$/.test(path)) continue
    texts.set(path, path.endsWith('.sqlite') ? tablesOf(path) : readFileSync(path, 'latin1'))
  }
  return texts
}

function tablesOf(file: string): string {
  using database = new DatabaseSync(file, { readOnly: true })
  const names = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'content'").all()
  return names.map(({ name }) => JSON.stringify(database.prepare(`SELECT * FROM "${String(name)}"`).all())).join('\n')
}

function isPrivate(folder: string): void {
  for (const each of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(each.parentPath, each.name)
    const mode = lstatSync(path).mode & 0o777
    assert.equal(mode & 0o077, 0, `${path} has mode ${mode.toString(8)}`)
  }
}

const home = {
  'config.yaml': `model:
  default: qwen3
  api_key: ${opaque.key}
agent:
  max_turns: 30
  note: "call ${tokens.github}"
telegram:
  bot_token: "${tokens.telegram}"
platforms:
  slack: {token: "${opaque.password}", url: "${tokens.url}"}
custom:
  header: ${opaque.env}
`,
  '.env': `OPENAI_API_KEY=${tokens.openai}\nFORGE_TOKEN=${opaque.env}\n`,
  'auth.json': JSON.stringify({ access_token: tokens.jwt }),
  'cron/jobs.json': JSON.stringify({
    jobs: [
      {
        id: 'aaaaaaaaaaaa',
        name: 'theirs',
        prompt: `use ${tokens.anthropic}`,
        schedule: { kind: 'interval', minutes: 30 },
      },
      {
        id: 'bbbbbbbbbbbb',
        name: 'daily',
        prompt: `report with ${tokens.github}`,
        schedule: { kind: 'interval', minutes: 30 },
      },
    ],
  }),
  'memories/MEMORY.md': `learned: the key is ${tokens.openai}`,
  'channel_aliases.json': JSON.stringify({ telegram: { family: tokens.telegram, bot_token: opaque.password } }),
  'SOUL.md': `I am somebody. My key is ${tokens.anthropic}.\n`,
  'skins/timmy.yaml': `name: timmy\ntoken: ${tokens.jwt}\n`,
}

const sidecar = {
  'config.yaml':
    'model:\n  default: qwen3:8b\n  api_key: "${OPENAI_API_KEY}"\nagent:\n  max_turns: 60\n  note: none\ncustom:\n  header: "${FORGE_TOKEN}"\ntelegram:\n  bot_token: "${TELEGRAM_BOT_TOKEN}"\n',
  'cron/daily.yaml': 'name: daily\nschedule: "0 7 * * *"\nprompt: report the day\nmodel: qwen3\nprovider: ollama\n',
  'memories/MEMORY.md': 'Timmy asks before he spends\n',
  'channel_aliases.json': '{"telegram": {"family": "1001"}}\n',
  'SOUL.md': 'I am Timmy, and I serve.\n',
  'skins/timmy.yaml': 'name: timmy\n',
}

const everyCanary = [...Object.values(tokens), ...Object.values(opaque)]

/** Runs a command in both forms, adding what it said to `said`. */
async function say(bench: Bench, said: Map<string, string>, run: RunOptions, ...argv: string[]): Promise<void> {
  for (const more of [['-v'], ['--json', '-v']]) {
    const { exit, stdout, stderr } = await bench.timmyWith(run, ...argv, ...more)
    assert.notEqual(exit, 1, `${argv.join(' ')}: ${stderr}`)
    said.set([...argv, ...more].join(' '), stdout + stderr)
  }
}

function nothingFound(bench: Bench, said: ReadonlyMap<string, string>): void {
  for (const [what, text] of said) holdsNone(text, everyCanary, `timmy ${what}`)
  for (const [path, text] of keptTexts(bench.state)) holdsNone(text, everyCanary, path.replace(bench.folder.path, ''))
  isPrivate(bench.state)
}

const run: RunOptions = { env: { TELEGRAM_BOT_TOKEN: opaque.variable } }

suite('secrets in the home', () => {
  test('no command shows one, in words or as JSON, whole or in part; none is in what we keep but in the content table', async () => {
    using bench = deployBench({ sidecar, home })
    const said = new Map<string, string>()
    const plan = bench.folder.at('plan.json')
    const ways: readonly (readonly string[])[] = [
      ['check'],
      ['plan'],
      ['plan', '--out', plan],
      ['diff'],
      ['deploy', '--dry-run'],
      ['deploy', '--yes'],
      ['adopt', '--all', '--dry-run'],
      ['adopt', '--yes', 'config.yaml#agent.note'],
      ['adopt', '--yes', 'memories/**'],
      ['park', 'config.yaml#agent.note', '--until', '2999-01-01', '--why', 'meant'],
      ['park', '--list'],
      ['park', '--end', 'config.yaml#agent.note'],
      ['deploy', '--yes', '--take', 'ours', '**'],
      ['generations'],
      ['recover'],
    ]
    for (const argv of ways) await say(bench, said, run, ...argv)
    holdsNone(readFileSync(plan, 'utf8'), everyCanary, 'the saved plan')
    assert.equal(lstatSync(plan).mode & 0o777, 0o600)
    nothingFound(bench, said)
    assert.ok([...keptTexts(bench.state).keys()].some((path) => path.endsWith('state.sqlite')))
  })

  test('written by the engine into what is ours already: drift, diff, explain, adopt, rollback and undeploy show none', async () => {
    using bench = deployBench({ sidecar })
    const first = await bench.timmyWith(run, 'deploy', '--yes')
    assert.equal(first.exit, 0, first.stdout + first.stderr)
    for (const [path, text] of Object.entries(home)) writeFileSync(bench.home.at(path), text, { mode: 0o600 })
    const said = new Map<string, string>()
    const ways: readonly (readonly string[])[] = [
      ['drift'],
      ['plan'],
      ['diff'],
      ['diff', '--applied'],
      ...[
        'config.yaml#model.api_key',
        'config.yaml#agent.note',
        'config.yaml#custom.header',
        'config.yaml#telegram.bot_token',
        'config.yaml#platforms.slack.token',
        'cron/jobs.json@daily',
        'cron/jobs.json@theirs',
        'memories/MEMORY.md',
        'channel_aliases.json#telegram.bot_token',
        'SOUL.md',
        '.env',
        'auth.json',
      ].map((entry) => ['explain', entry]),
      ['adopt', '--all', '--dry-run'],
      ['adopt', '--all', '--yes'],
      ['deploy', '--yes'],
      ['rollback', '--yes'],
      ['undeploy', '--dry-run'],
      ['deploy', '--yes', '--heal', '--take', 'ours', '**'],
      ['undeploy', '--yes'],
      ['generations'],
    ]
    for (const argv of ways) await say(bench, said, run, ...argv)
    nothingFound(bench, said)
    const adopted = Object.values(bench.snapshot('sidecar')).join('\n')
    holdsNone(adopted, everyCanary, 'the sidecar after adopt')
  })

  for (const [path, text] of Object.entries({
    'config.yaml': `${home['config.yaml']}broken: [${tokens.openai}\n`,
    'cron/jobs.json': home['cron/jobs.json'].slice(0, -3),
    'channel_aliases.json': `{"telegram": {"family": "x" ${tokens.telegram}`,
  })) {
    test(`in a ${path} that cannot be read: the error names the place and shows nothing of it`, async () => {
      using bench = deployBench({ sidecar, home: { ...home, [path]: text } })
      const said = new Map<string, string>()
      for (const argv of [
        ['plan'],
        ['deploy', '--yes'],
        ['drift'],
        ['diff'],
        ['adopt', '--all', '--yes'],
        ['init', '--from-home', 'described'],
      ]) {
        await say(bench, said, run, ...argv)
      }
      assert.match([...said.values()].join(''), new RegExp(RegExp.escape(path)))
      nothingFound(bench, said)
    })
  }
})

suite('secrets in the sidecar', () => {
  const plantings: Readonly<Record<string, string>> = {
    'config.yaml': `model:\n  default: qwen3\n  api_key: ${opaque.key}\n`,
    'config.yaml by shape': `agent:\n  note: "${tokens.github}"\n`,
    'cron/daily.yaml': sidecar['cron/daily.yaml'].replace('report the day', `report with ${tokens.anthropic}`),
    'memories/MEMORY.md': `The key is ${tokens.openai}\n`,
    'channel_aliases.json': JSON.stringify({ telegram: { family: tokens.telegram } }),
    'SOUL.md': `I am Timmy. ${tokens.jwt}\n`,
    'skins/timmy.yaml': `name: timmy\nnote: ${tokens.anthropic}\n`,
    'scripts/report.sh': `#!/bin/sh\ncurl -H 'Authorization: Bearer ${tokens.openai}' ${tokens.url}\n`,
    'skills/x/SKILL.md': `---\nname: x\ndescription: x\n---\n${tokens.github}\n`,
  }
  for (const [what, text] of Object.entries(plantings)) {
    test(`in ${what}: an error that names file and line and not the secret; nothing is deployed or kept`, async () => {
      using bench = deployBench({ sidecar: { ...sidecar, [what.replace(/ by shape$/, '')]: text } })
      const said = new Map<string, string>()
      for (const argv of [['check'], ['plan'], ['deploy', '--yes'], ['diff']]) await say(bench, said, run, ...argv)
      assert.match(said.get('deploy --yes -v') ?? '', /error; nothing was changed|errors; nothing was changed/)
      nothingFound(bench, said)
      assert.deepEqual(bench.snapshot(), {})
    })
  }
})

test('a crash report and its message hold no secret of the environment or of a known shape', async () => {
  using bench = deployBench({ sidecar })
  const disk = {
    ...realDisk,
    createFolder(path: string, mode: number) {
      if (path.endsWith('skins')) throw new Error(`odd: ${opaque.variable} ${tokens.github} ${tokens.url}`)
      realDisk.createFolder(path, mode)
    },
    create(path: string, content: Uint8Array, mode: number) {
      if (path.includes('/stage/')) throw new TypeError(`odd: ${opaque.variable} ${tokens.github} ${tokens.url}`)
      realDisk.create(path, content, mode)
    },
  }
  const { exit, stdout, stderr } = await bench.timmyWith({ ...run, disk }, 'deploy', '--yes')
  assert.equal(exit, 1, stdout + stderr)
  const said = new Map([['deploy', stdout + stderr]])
  nothingFound(bench, said)
  assert.ok(
    [...keptTexts(bench.state).keys()].some((path) => path.includes('/crashes/')),
    'a report was kept',
  )
})
