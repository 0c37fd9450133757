import assert from 'node:assert/strict'
import { test } from 'node:test'
import { edited, findingsOf, type Files } from './sidecar-builder.ts'

const step = '  - Read the issue.'

const cases: readonly (readonly [title: string, files: Files, message: RegExp, mend?: RegExp])[] = [
  [
    'the nearest known key is named',
    edited('timmy.yaml', 'engine:', 'engin:'),
    /unknown key "engin"; did you mean "engine"/,
    /write "engine"/,
  ],
  [
    'without a near one, the known keys are',
    edited('timmy.yaml', 'engine:', 'zzzzzzzz:'),
    /unknown key "zzzzzzzz"/,
    /known here: timmy, name/,
  ],
  [
    'keys inside lists and alternatives are found too',
    edited('playbooks/fix.yaml', step, '  - { nam: a, do: b }'),
    /unknown key "nam" under steps\[0\]; did you mean "name"/,
  ],
  [
    'a missing key is told where it is missing',
    edited('playbooks/fix.yaml', 'done: [a merged pull request]\n', ''),
    /done is missing/,
  ],
  [
    'a date without quotes is told as what YAML makes of it',
    edited('fallback-portfolios.yaml', '"2026-04-09"', '2026-04-09'),
    /bans\[0\]\.date must be a text; YAML reads a point in time/,
    /quotes/,
  ],
  [
    'digits without quotes are a number',
    edited('cron/report.yaml', 'name: report', 'name: report\nid: 123456789012'),
    /id must be a text; YAML reads a number/,
    /quotes/,
  ],
  [
    'a key `on` is true to YAML 1.1',
    edited('playbooks/fix.yaml', 'trigger: {', 'trigger: { on: x,'),
    /unknown key "true" under trigger \(YAML 1\.1/,
  ],
  [
    'alternatives of one kind are told together',
    edited('fleet.yaml', 'hosts:', 'database: sqlite.db\nhosts:'),
    /database must be a reference .*, or .*postgres/,
  ],
  [
    'an unfit name says what fits',
    edited('timmy.yaml', 'name: small', 'name: Small One'),
    /name must be a name of lower-case letters/,
  ],
  [
    'a token itself is refused in words that do not repeat it',
    edited('fleet.yaml', 'hosts:', 'forge: { url: "http://f", token: abcdefgh }\nhosts:'),
    /forge\.token must be a reference such as \$\{FORGE_TOKEN\}, never the secret itself/,
  ],
]

for (const [title, files, message, mend] of cases) {
  test(title, async () => {
    const hits = (await findingsOf(files)).filter(({ rule }) => rule === 'settings-schema')
    const hit = hits.find((finding) => message.test(finding.message))
    assert.ok(hit, JSON.stringify(hits, null, 1))
    if (mend !== undefined) assert.match(hit.mend, mend)
    assert.ok(!JSON.stringify(hits).includes('abcdefgh'))
  })
}
