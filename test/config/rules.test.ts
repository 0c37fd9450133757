import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { symlinkSync } from 'node:fs'
import { test } from 'node:test'
import { knownEngineFacts, ruleBook, type EngineFacts } from '../../src/config/index.ts'
import { edited, findingsOf, sidecarOf, soundFiles, type Files } from './sidecar-builder.ts'

interface Case {
  readonly rule: string
  readonly when: string
  readonly files: Files
  /** `file:line`, or the file where no line is known. */
  readonly at: string
  /** A variation that keeps the rule; the small sidecar itself without it. */
  readonly keeps?: Files
}

const portfolios = 'fallback-portfolios.yaml'
const cron = 'cron/report.yaml'
const memory = 'memories/MEMORY.md'

// Secrets are put together at run time, so that no scanner of this repository takes a test for a leak.
const random = (length: number): string => 'aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0z'.repeat(4).slice(0, length)
const telegramToken = `${'123456789'}:${'AA' + random(33)}`
const hexToken = '0123456789abcdef'.repeat(3).slice(0, 40)
const awsKey = `${'AKIA'}${'IOSFODNN7QQQQQQQ'}`

const cases: readonly Case[] = [
  {
    rule: 'path-unknown',
    when: 'a folder is mistyped',
    files: { 'skin/small.yaml': 'name: small' },
    at: 'skin/small.yaml',
  },
  {
    rule: 'path-unknown',
    when: 'a manifest lies in a layer',
    files: { 'hosts/far/timmy.yaml': 'timmy: 1' },
    at: 'hosts/far/timmy.yaml',
    keeps: { 'hosts/far/config.yaml': 'agent: { max_turns: 1 }' },
  },
  {
    rule: 'path-secrets-file',
    when: 'a .env lies beside the manifest',
    files: { '.env': 'A=b\n' },
    at: '.env',
    keeps: { '.env.example': 'A=\n' },
  },
  {
    rule: 'path-case',
    when: 'two names differ only in case',
    files: { 'scripts/Report': 'x\n' },
    at: 'scripts/report',
  },
  { rule: 'path-name', when: 'a name holds a line break', files: { 'scripts/a\nb': 'x' }, at: 'scripts/a\\nb' },
  {
    rule: 'settings-unreadable',
    when: 'YAML is broken',
    files: { 'fleet.yaml': 'hosts:\n  a: {b\n' },
    at: 'fleet.yaml:3',
  },
  {
    rule: 'settings-unreadable',
    when: 'JSON has a comment',
    files: { 'channel_aliases.json': '{\n// x\n"telegram": {}}' },
    at: 'channel_aliases.json:2',
  },
  {
    rule: 'settings-duplicate-key',
    when: 'a YAML key is there twice',
    files: { 'config.yaml': 'agent:\n  max_turns: 1\n  max_turns: 2\n' },
    at: 'config.yaml:3',
  },
  {
    rule: 'settings-duplicate-key',
    when: 'a JSON key is there twice',
    files: { 'channel_aliases.json': '{\n"a": {},\n"a": {}}' },
    at: 'channel_aliases.json:3',
  },
  {
    rule: 'settings-schema',
    when: 'a key is unknown',
    files: edited('timmy.yaml', 'targets:', 'targts:'),
    at: 'timmy.yaml:4',
  },
  {
    rule: 'settings-schema',
    when: 'aliases are no texts',
    files: { 'channel_aliases.json': '{ "telegram": { "1": 2 } }' },
    at: 'channel_aliases.json:1',
  },
  {
    rule: 'file-too-large',
    when: 'a settings file has over 1 MiB',
    files: { 'config.yaml': `a: ${'x'.repeat(1.1e6)}` },
    at: 'config.yaml',
  },
  {
    rule: 'skin-name',
    when: 'the name inside is another',
    files: { 'skins/small.yaml': 'name: other\n' },
    at: 'skins/small.yaml:1',
  },
  {
    rule: 'playbook-name',
    when: 'the name inside is another',
    files: edited('playbooks/fix.yaml', 'name: fix', 'name: mend'),
    at: 'playbooks/fix.yaml:1',
  },
  {
    rule: 'cron-name',
    when: 'the name inside is another',
    files: edited(cron, 'name: report', 'name: reports'),
    at: `${cron}:1`,
  },
  {
    rule: 'portfolio-missing',
    when: 'an agent names no role',
    files: edited('fleet.yaml', 'portfolio: judgment', 'portfolio: jugment'),
    at: 'fleet.yaml:5',
  },
  {
    rule: 'portfolio-missing',
    when: 'a job names no role',
    files: edited(cron, 'portfolio: builder', 'portfolio: bilder'),
    at: `${cron}:5`,
  },
  {
    rule: 'playbook-lane-missing',
    when: 'no agent takes the lane',
    files: edited('playbooks/fix.yaml', 'lanes: [build]', 'lanes: [paint]'),
    at: 'playbooks/fix.yaml:4',
  },
  {
    rule: 'playbook-right-missing',
    when: 'the role has no such right',
    files: edited('playbooks/fix.yaml', 'rights: [merge]', 'rights: [deploy]'),
    at: 'playbooks/fix.yaml:6',
  },
  {
    rule: 'playbook-trigger-empty',
    when: 'nothing starts it',
    files: edited('playbooks/fix.yaml', 'trigger: { labels: [bug], schedule: "0 8 * * 1-5" }', 'trigger: {}'),
    at: 'playbooks/fix.yaml:3',
    keeps: edited(
      'playbooks/fix.yaml',
      'trigger: { labels: [bug], schedule: "0 8 * * 1-5" }',
      'trigger: { manual: true }',
    ),
  },
  {
    rule: 'layer-unknown',
    when: 'no agent has the name of a layer',
    files: { 'agents/wlof/SOUL.md': 'I am.' },
    at: 'agents/wlof/SOUL.md',
  },
  {
    rule: 'fleet-host-missing',
    when: 'an agent is on no host',
    files: edited('fleet.yaml', 'wolf: { host: local', 'wolf: { host: loca'),
    at: 'fleet.yaml:6',
  },
  {
    rule: 'fleet-host-missing',
    when: 'a target is on no host',
    files: edited('timmy.yaml', 'host: local', 'host: locl'),
    at: 'timmy.yaml:5',
  },
  {
    rule: 'fleet-budget-unknown',
    when: 'a budget is nobody’s',
    files: edited('fleet.yaml', 'wolf: { runs', 'wlof: { runs'),
    at: 'fleet.yaml:8',
  },
  {
    rule: 'fleet-profile-refused',
    when: 'a profile is reserved',
    files: edited('fleet.yaml', 'profile: wolf', 'profile: test'),
    at: 'fleet.yaml:6',
  },
  {
    rule: 'fleet-home-shared',
    when: 'two agents live in one home',
    files: edited('fleet.yaml', 'profile: wolf', 'profile: default'),
    at: 'fleet.yaml:6',
  },
  {
    rule: 'target-name-clash',
    when: 'a target has the name of an agent elsewhere',
    files: edited('timmy.yaml', '  main: {', '  wolf: {'),
    at: 'timmy.yaml:5',
    keeps: edited('timmy.yaml', '  main: {', '  timmy: {'),
  },
  {
    rule: 'own-unclear',
    when: 'a rule says nothing',
    files: edited('timmy.yaml', ', mode: default', ''),
    at: 'timmy.yaml:7',
  },
  {
    rule: 'own-unclear',
    when: 'a whole file has a mode',
    files: edited('timmy.yaml', 'config.yaml#terminal.*', 'skins/*'),
    at: 'timmy.yaml:7',
  },
  {
    rule: 'reference-place',
    when: 'a job delivers to a ${NAME}',
    files: edited(cron, 'portfolio: builder', 'portfolio: builder\ndeliver: "telegram:${CHAT}"'),
    at: `${cron}:6`,
    keeps: { 'config.yaml': 'display: { skin: small }\nterminal: { cwd: "${WORK}" }\n' },
  },
  { rule: 'text-invisible', when: 'SOUL.md begins with a BOM', files: { 'SOUL.md': '\uFEFFI am.\n' }, at: 'SOUL.md:1' },
  {
    rule: 'text-invisible',
    when: 'a memory holds a zero-width space',
    files: { [memory]: 'one\n§\ntw\u200Bo\n' },
    at: `${memory}:3`,
  },
  { rule: 'soul-empty', when: 'SOUL.md is blank', files: { 'SOUL.md': ' \n' }, at: 'SOUL.md:1' },
  {
    rule: 'soul-length',
    when: 'SOUL.md has over 20,000 characters',
    files: { 'SOUL.md': 'x'.repeat(20_001) },
    at: 'SOUL.md:1',
    keeps: {
      'SOUL.md': 'x'.repeat(20_001),
      'config.yaml': 'display: { skin: small }\ncontext_file_max_chars: 30000\n',
    },
  },
  {
    rule: 'memory-length',
    when: 'the entries and their delimiters have over 2,200 characters',
    files: { [memory]: `${'é'.repeat(1100)}\n§\n${'y'.repeat(1098)}\n` },
    at: `${memory}:1`,
    keeps: { [memory]: `${'é'.repeat(1100)}\n§\n${'y'.repeat(1097)}\n` },
  },
  {
    rule: 'memory-delimiter',
    when: 'a delimiter has a blank beside it',
    files: { [memory]: 'one\n§ \ntwo\n' },
    at: `${memory}:2`,
  },
  {
    rule: 'memory-delimiter',
    when: 'line ends are CRLF',
    files: { [memory]: 'one\r\n§\r\ntwo\r\n' },
    at: `${memory}:1`,
  },
  {
    rule: 'memory-sign-in-text',
    when: 'the sign stands in a text',
    files: { [memory]: 'see § 5\n' },
    at: `${memory}:1`,
  },
  {
    rule: 'memory-twice',
    when: 'an entry is there twice',
    files: { [memory]: 'one\n§\ntwo\n§\none\n' },
    at: `${memory}:5`,
  },
  {
    rule: 'config-root-scalar',
    when: 'provider stands at the root',
    files: { 'config.yaml': 'provider: openrouter\n' },
    at: 'config.yaml:1',
  },
  {
    rule: 'config-fallback-shape',
    when: 'the chain is a text',
    files: { 'config.yaml': 'fallback_providers: "[]"\n' },
    at: 'config.yaml:1',
  },
  {
    rule: 'config-fallback-shape',
    when: 'an entry has no model',
    files: { 'config.yaml': 'fallback_providers:\n  - { provider: a, key_env: A_KEY }\n' },
    at: 'config.yaml:2',
    keeps: { 'config.yaml': 'fallback_providers:\n  - { provider: a, model: b, key_env: A_KEY }\n' },
  },
  {
    rule: 'config-fallback-key',
    when: 'an entry has no key of its own',
    files: { 'config.yaml': 'fallback_providers:\n  - { provider: a, model: b }\n' },
    at: 'config.yaml:2',
  },
  {
    rule: 'config-version',
    when: 'the version is a text',
    files: { 'config.yaml': '_config_version: "33"\n' },
    at: 'config.yaml:1',
    keeps: { 'config.yaml': '_config_version: 33\n' },
  },
  {
    rule: 'config-unknown-key',
    when: 'a root key is mistyped',
    files: { 'config.yaml': 'displya: { skin: small }\n' },
    at: 'config.yaml:1',
  },
  {
    rule: 'config-unknown-key',
    when: 'a key below is mistyped',
    files: { 'config.yaml': 'display: { skni: small }\n' },
    at: 'config.yaml:1',
  },
  {
    rule: 'config-equals-default',
    when: 'a leaf is what the engine has',
    files: { 'config.yaml': 'agent: { max_turns: 90 }\n' },
    at: 'config.yaml:1',
  },
  {
    rule: 'config-null-in-base',
    when: 'the base has a null',
    files: { 'config.yaml': 'agent: { max_turns: null }\n' },
    at: 'config.yaml:1',
    keeps: { 'agents/wolf/config.yaml': 'agent: { max_turns: null }\n' },
  },
  {
    rule: 'config-skin-missing',
    when: 'there is no such skin',
    files: { 'config.yaml': 'display: { skin: smal }\n' },
    at: 'config.yaml:1',
    keeps: { 'config.yaml': 'display: { skin: mono }\n' },
  },
  {
    rule: 'cron-schedule',
    when: 'the schedule is prose',
    files: edited(cron, '0 7 * * *', 'every full moon'),
    at: `${cron}:2`,
    keeps: edited(cron, '0 7 * * *', 'every 2h'),
  },
  {
    rule: 'cron-schedule',
    when: 'an hour is 25',
    files: edited(cron, '0 7 * * *', '0 25 * * *'),
    at: `${cron}:2`,
    keeps: edited(cron, '0 7 * * *', '2026-07-01T09:00:00+02:00'),
  },
  {
    rule: 'cron-schedule',
    when: 'a playbook’s schedule is no cron',
    files: edited('playbooks/fix.yaml', '0 8 * * 1-5', '0 8 * *'),
    at: 'playbooks/fix.yaml:3',
    keeps: edited(cron, '0 7 * * *', '30m'),
  },
  {
    rule: 'cron-work',
    when: 'there is nothing to do',
    files: edited(cron, 'prompt: Write the daily report.\nscript: report\n', ''),
    at: `${cron}:1`,
  },
  {
    rule: 'cron-work',
    when: 'no agent and no script',
    files: { [cron]: 'name: report\nschedule: 30m\nno_agent: true\n' },
    at: `${cron}:3`,
    keeps: { [cron]: 'name: report\nschedule: 30m\nno_agent: true\nscript: report\n' },
  },
  {
    rule: 'cron-pin',
    when: 'a job pins nothing',
    files: edited(cron, 'portfolio: builder\n', ''),
    at: `${cron}:1`,
    keeps: edited(cron, 'portfolio: builder', 'model: m\nprovider: openrouter'),
  },
  {
    rule: 'cron-pin',
    when: 'a job has a portfolio and a pin',
    files: edited(cron, 'portfolio: builder', 'portfolio: builder\nmodel: m\nprovider: p'),
    at: `${cron}:5`,
  },
  {
    rule: 'cron-gateway-prompt',
    when: 'a prompt restarts the gateway',
    files: edited(cron, 'Write the daily report.', 'Restart the gateway.'),
    at: `${cron}:3`,
  },
  {
    rule: 'cron-script-missing',
    when: 'the script is not there',
    files: edited(cron, 'script: report', 'script: raport'),
    at: `${cron}:4`,
  },
  {
    rule: 'cron-twice',
    when: 'two jobs have one id',
    files: {
      ...edited(cron, 'name: report', 'name: report\nid: "0123456789ab"'),
      'cron/other.yaml': 'name: other\nid: "0123456789ab"\nschedule: 30m\nprompt: x\nportfolio: builder\n',
    },
    at: `${cron}:2`,
  },
  {
    rule: 'portfolio-unresolved',
    when: 'a slot names no model',
    files: edited(portfolios, '- { model: far }', '- { model: fra }'),
    at: `${portfolios}:19`,
  },
  {
    rule: 'portfolio-unresolved',
    when: 'a model names no endpoint',
    files: edited(portfolios, 'endpoint: rack', 'endpoint: rac'),
    at: `${portfolios}:9`,
  },
  {
    rule: 'portfolio-unresolved',
    when: 'a side task names no role',
    files: edited(portfolios, 'compression: builder', 'compression: bilder'),
    at: `${portfolios}:29`,
  },
  {
    rule: 'portfolio-slots',
    when: 'a critical role has three slots',
    files: edited(portfolios, '      - { model: far }\n', ''),
    at: `${portfolios}:17`,
  },
  {
    rule: 'portfolio-shared-start',
    when: 'two critical roles begin alike',
    files: edited(
      portfolios,
      'purpose: build\n    slots:\n      - { model: small }\n      - { model: large }\n',
      'purpose: build\n    critical: true\n    rights: [push]\n    slots:\n      - { model: large }\n      - { model: far }\n      - { model: small, loses: [push] }\n      - { model: large, loses: [push] }\n',
    ),
    at: `${portfolios}:28`,
    keeps: edited(
      portfolios,
      'purpose: build\n    slots:\n      - { model: small }\n      - { model: large }\n',
      'purpose: build\n    critical: true\n    rights: [push]\n    slots:\n      - { model: small }\n      - { model: far }\n      - { model: small, loses: [push] }\n      - { model: large, loses: [push] }\n',
    ),
  },
  {
    rule: 'portfolio-local-end',
    when: 'a critical role ends in a cloud',
    files: edited(portfolios, '- { model: small, loses', '- { model: far, loses'),
    at: `${portfolios}:21`,
  },
  {
    rule: 'portfolio-sovereignty',
    when: 'no cloud is allowed',
    files: edited(portfolios, 'cloud: last_resort', 'cloud: never'),
    at: `${portfolios}:19`,
    keeps: edited(portfolios, 'cloud: last_resort', 'cloud: allowed'),
  },
  {
    rule: 'portfolio-sovereignty',
    when: 'a cloud comes before the house',
    files: edited(portfolios, '- { model: large }', '- { model: far }'),
    at: `${portfolios}:18`,
  },
  {
    rule: 'portfolio-sovereignty',
    when: 'local slots are too few',
    files: edited(portfolios, 'min_local_slots: 2', 'min_local_slots: 4'),
    at: `${portfolios}:17`,
  },
  {
    rule: 'portfolio-ban-unsigned',
    when: 'a ban has no owner',
    files: edited(portfolios, 'owner: keeper, ', ''),
    at: `${portfolios}:32`,
  },
  {
    rule: 'portfolio-banned',
    when: 'a slot uses a banned vendor',
    files: edited(portfolios, 'provider: badcorp', 'provider: vendor'),
    at: `${portfolios}:19`,
  },
  {
    rule: 'portfolio-rights',
    when: 'a fallen role keeps all rights',
    files: { [portfolios]: soundFiles[portfolios]?.replaceAll(/, loses: \[[^\]]*\]/g, '') },
    at: `${portfolios}:12`,
  },
  {
    rule: 'portfolio-rights',
    when: 'a lost right comes back',
    files: edited(portfolios, 'loses: [merge, close]', 'loses: [close]'),
    at: `${portfolios}:21`,
  },
  {
    rule: 'portfolio-rights',
    when: 'a right that nobody has is lost',
    files: edited(portfolios, 'loses: [merge, close]', 'loses: [merge, closed]'),
    at: `${portfolios}:21`,
  },
  {
    rule: 'portfolio-key',
    when: 'an endpoint has no key',
    files: edited(portfolios, 'key_env: RACK_KEY, ', ''),
    at: `${portfolios}:5`,
  },
  {
    rule: 'portfolio-key',
    when: 'two hosts share a key',
    files: edited(portfolios, 'RACK_KEY', 'BENCH_KEY'),
    at: `${portfolios}:5`,
  },
  {
    rule: 'portfolio-adjacent-domain',
    when: 'neighbours fail together',
    files: edited(portfolios, 'failure_domain: cloud', 'failure_domain: rack'),
    at: `${portfolios}:19`,
  },
  {
    rule: 'portfolio-require',
    when: 'a model cannot do it',
    files: edited(portfolios, 'served: small, capabilities: [tools]', 'served: small, capabilities: [json]'),
    at: `${portfolios}:21`,
  },
  {
    rule: 'portfolio-require',
    when: 'a model serves too little',
    files: edited(portfolios, 'min_context: 16000', 'min_context: 40000'),
    at: `${portfolios}:21`,
  },
  {
    rule: 'portfolio-end',
    when: 'the end is left open',
    files: edited(portfolios, '    end: ask\n', ''),
    at: `${portfolios}:23`,
  },
  {
    rule: 'portfolio-context',
    when: 'a slot is too small for a session',
    files: edited(portfolios, 'session_context: 16000', 'session_context: 40000'),
    at: `${portfolios}:21`,
  },
  {
    rule: 'portfolio-price',
    when: 'a cloud model has no price',
    files: edited(portfolios, ', price: { input: 1, output: 2 }', ''),
    at: `${portfolios}:10`,
  },
  {
    rule: 'portfolio-canary',
    when: 'the expectation is no expression',
    files: edited(portfolios, '"^OK"', '"(OK"'),
    at: `${portfolios}:34`,
  },
  {
    rule: 'script-shell',
    when: 'an if has no end',
    files: { 'bin/status': '#!/bin/sh\ntrue\nif true; then\n' },
    at: 'bin/status:4',
  },
  {
    rule: 'script-shell',
    when: 'bash finds an open quote',
    files: { 'scripts/a.sh': 'echo "\n' },
    at: 'scripts/a.sh:1',
    keeps: { 'scripts/a.sh': 'x=(1 2); [[ -n ${x[0]} ]]\n' },
  },
  {
    rule: 'script-python',
    when: 'Python cannot compile it',
    files: { 'scripts/report.py': 'x = 1\ndef main(:\n' },
    at: 'scripts/report.py:2',
  },
  {
    rule: 'script-first-line',
    when: 'a program has no first line',
    files: { 'bin/status': 'timmy status\n' },
    at: 'bin/status:1',
  },
  {
    rule: 'script-line-ends',
    when: 'a script has CRLF',
    files: { 'scripts/run': '#!/bin/sh\r\ntrue\r\n' },
    at: 'scripts/run:1',
  },
  {
    rule: 'secret-shape',
    when: 'a script holds a Telegram token',
    files: { 'scripts/report.py': `print(1)\nT = "${telegramToken}"\n` },
    at: 'scripts/report.py:2',
  },
  {
    rule: 'secret-shape',
    when: 'a README holds a forge token',
    files: { 'README.md': `curl -H "Authorization: token ${hexToken}"\n` },
    at: 'README.md:1',
  },
  {
    rule: 'secret-name',
    when: 'a key holds its value',
    files: { 'config.yaml': 'platforms:\n  telegram:\n    api_key: hunter\n' },
    at: 'config.yaml:3',
    keeps: {
      'config.yaml':
        'platforms:\n  telegram:\n    api_key: ${BOT_KEY}\n    token: ""\n    max_tokens: 4000\n    api_key_env: BOT_KEY\n',
    },
  },
  {
    rule: 'secret-name',
    when: 'a comment holds a value',
    files: { 'config.yaml': `display: { skin: small }\n# api_key: ${random(20)}\n` },
    at: 'config.yaml:2',
  },
  {
    rule: 'secret-name',
    when: 'a shell script exports a value',
    files: { 'bin/status': `#!/bin/sh\nexport FORGE_TOKEN=${random(24)}\n` },
    at: 'bin/status:2',
    keeps: { 'bin/status': '#!/bin/sh\nexport FORGE_TOKEN="$1"\n' },
  },
  {
    rule: 'secret-scan',
    when: 'the library knows what we do not',
    files: { 'docs/shop.txt': `ask ${'shp'}at_${random(32)}\n` },
    at: 'docs/shop.txt:1',
  },
]

const engine: EngineFacts = {
  ...knownEngineFacts,
  configVersion: 33,
  configRoots: new Set([
    '_config_version',
    'agent',
    'display',
    'terminal',
    'platforms',
    'fallback_providers',
    'provider',
    'context_file_max_chars',
  ]),
  configKeys: new Set(['agent.max_turns', 'display.skin']),
  configDefaults: new Map<string, number | string>([
    ['agent.max_turns', 90],
    ['display.skin', 'default'],
  ]),
}

test('the small sidecar has no finding at all', async () => {
  assert.deepEqual(await findingsOf({}, engine), [])
})

for (const { rule, when, files, at, keeps } of cases) {
  test(`${rule} tells when ${when}`, async () => {
    const findings = await findingsOf(files, engine)
    const hits = findings.filter((finding) => finding.rule === rule)
    const places = hits.map(({ where }) => (where.line === undefined ? where.file : `${where.file}:${where.line}`))
    assert.ok(places.includes(at), `${at} in ${JSON.stringify(findings, null, 1)}`)
    for (const { message, mend } of hits) assert.ok(message !== '' && mend !== '')
    if (keeps !== undefined) {
      assert.deepEqual(
        (await findingsOf(keeps, engine)).filter((finding) => finding.rule === rule),
        [],
      )
    }
  })
}

test('path-link tells of every link, wherever it leads', async () => {
  using sidecar = sidecarOf()
  symlinkSync('/etc/hostname', sidecar.at('scripts/out'))
  symlinkSync('report.py', sidecar.at('scripts/inside'))
  const { findings } = await sidecar.read()
  assert.deepEqual(
    findings.map(({ rule, where }) => [rule, where.file]),
    [
      ['path-link', 'scripts/inside'],
      ['path-link', 'scripts/out'],
    ],
  )
})

test('path-special tells of a pipe and does not open it', async () => {
  using sidecar = sidecarOf()
  execFileSync('mkfifo', [sidecar.at('scripts/pipe')])
  const { findings } = await sidecar.read()
  assert.deepEqual(
    findings.map(({ rule, where }) => [rule, where.file]),
    [['path-special', 'scripts/pipe']],
  )
})

test('path-bounds tells of a folder that is too deep', async () => {
  using sidecar = sidecarOf({ [`skills/${'a/'.repeat(30)}b`]: 'x' })
  const { findings } = await sidecar.read()
  assert.deepEqual(new Set(findings.map(({ rule }) => rule)), new Set(['path-bounds']))
})

test('script-unchecked tells where an interpreter is missing, and the verdict is not kept', async () => {
  const before = process.env['PATH']
  using sidecar = sidecarOf({ 'scripts/report.py': 'print(1)\n' })
  process.env['PATH'] = sidecar.at('nowhere')
  try {
    const { findings } = await sidecar.read()
    assert.deepEqual(
      findings.map(({ rule, severity }) => [rule, severity]),
      [['script-unchecked', 'note']],
    )
  } finally {
    process.env['PATH'] = before
  }
})

test('every rule of the book has a case that breaks it', () => {
  const elsewhere = ['path-link', 'path-special', 'path-bounds', 'script-unchecked']
  const proven = new Set([...cases.map(({ rule }) => rule), ...elsewhere])
  const all = ruleBook.flatMap(([, rules]) => rules.map(({ id }) => id))
  assert.deepEqual(
    all.filter((id) => !proven.has(id)),
    [],
  )
  assert.equal(new Set(all).size, all.length)
})

const canaries: readonly (readonly [string, string])[] = [
  ['a Telegram token', telegramToken],
  ['a project key', `${'sk'}-${'proj'}-${random(60)}`],
  ['an OpenAI-style key', `${'sk'}-${random(40)}`],
  ['a forge token', hexToken],
  ['a GitHub token', `${'ghp'}_${random(36)}`],
  ['an AWS key', awsKey],
  ['a private key', `-----BEGIN ${'PRIVATE'} KEY-----\n${random(80)}\n-----END ${'PRIVATE'} KEY-----`],
  ['a password in an address', `postgres://me:${random(16)}@db.local/x`],
]

for (const [kind, canary] of canaries) {
  test(`${kind} is found in any file and shown in none of the findings`, async () => {
    const line = canary.split('\n')[1] ?? canary
    const findings = await findingsOf({
      'README.md': `token: ${canary}\n`,
      'SOUL.md': `I know. token=${canary}\n`,
      [memory]: `token=${canary}\n`,
      'scripts/report.py': `TOKEN = """${canary}"""\n`,
      'bin/status': `#!/bin/sh\nexport API_TOKEN="${canary}\n`,
      [cron]: `name: report\nschedule: ${JSON.stringify(canary)}\nprompt: ${JSON.stringify(`token=${canary}`)}\nportfolio: builder\n`,
      'playbooks/fix.yaml': `name: ${JSON.stringify(canary)}\nrights: [${JSON.stringify(canary)}]\n`,
      'config.yaml': `display: { skin: ${JSON.stringify(canary)} }\ntoken: ${JSON.stringify(canary)}\n`,
      'config.defaults.yaml': `a: {token: ${canary.split('\n')[0]}, "${line}: ]\n`,
      'channel_aliases.json': `{"telegram": {"1": ${JSON.stringify(`token=${canary}`)}}}`,
      'fleet.yaml': `forge: { url: http://forge.local, token: ${JSON.stringify(canary)} }\n`,
      'docs/note.txt': `token=${canary}\n`,
    })
    const told = findings.filter(({ rule }) => rule.startsWith('secret-')).map(({ where }) => where.file)
    for (const file of ['README.md', 'SOUL.md', memory, 'scripts/report.py', cron, 'config.yaml', 'docs/note.txt']) {
      assert.ok(told.includes(file), `${file} in ${JSON.stringify(findings, null, 1)}`)
    }
    assert.ok(
      !JSON.stringify(findings).includes(line),
      JSON.stringify(
        findings.filter((f) => JSON.stringify(f).includes(line)),
        null,
        1,
      ),
    )
  })
}
