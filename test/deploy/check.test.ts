import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { check } from '../../src/deploy/check.ts'
import { checkPages } from '../../src/deploy/check/pages.ts'
import { edited, sidecarOf, type BuiltSidecar, type Files } from '../config/sidecar-builder.ts'
import { scratchFolder, type ScratchFolder } from '../scratch.ts'
import { testWorld, type TestWorld } from '../world.ts'

const quiet = { json: false, quiet: false, verbose: false }

function worldOf(sidecar: BuiltSidecar, home: ScratchFolder): TestWorld {
  const env = {
    PATH: '/usr/bin:/bin',
    HOME: home.path,
    HERMES_HOME: home.at('hermes'),
    TIMMY_HOME: home.at('timmy'),
    TIMMY_STATE_DIR: home.at('state'),
  }
  return testWorld({ cwd: sidecar.path, env, now: '2030-01-01T00:00:00Z' })
}

async function checked(files: Files, flags = quiet): Promise<TestWorld> {
  using sidecar = sidecarOf(files)
  using home = scratchFolder()
  const world = worldOf(sidecar, home)
  await check.call(world, flags)
  return world
}

test('a sound sidecar exits 0 and says that no engine was asked', async () => {
  const world = await checked({})
  assert.equal(world.exitCode(), 0)
  assert.match(world.stdoutText(), /files?: 0 errors, 0 warnings/)
  assert.match(world.stderrText(), /no engine is installed here/)
})

test('all findings of all files come at once, sorted, each with rule and mend; errors exit 2', async () => {
  const world = await checked({
    'SOUL.md': '',
    'config.yaml': 'provider: a\n',
    ...edited('fleet.yaml', 'portfolio: judgment', 'portfolio: jugment'),
    'cron/report.yaml': '[',
  })
  assert.equal(world.exitCode(), 2)
  const text = world.stdoutText()
  const order = ['SOUL.md:1 error', 'config.yaml:1 error', 'cron/report.yaml:1 error', 'fleet.yaml:5 error']
  const positions = order.map((place) => text.indexOf(place))
  assert.ok(
    positions.every((position) => position >= 0),
    text,
  )
  assert.deepEqual(
    positions,
    positions.toSorted((a, b) => a - b),
  )
  assert.match(text, /portfolio-missing: name a role of fallback-portfolios.yaml/)
  assert.match(text, /did you mean "judgment"\?/)
})

test('warnings alone exit 0', async () => {
  const world = await checked({ 'memories/MEMORY.md': 'one\n§\none\n' })
  assert.equal(world.exitCode(), 0)
  assert.match(world.stdoutText(), /memories\/MEMORY.md:3 warning/)
})

test('--json is one document with schema, findings and summary', async () => {
  const world = await checked({ 'SOUL.md': '' }, { ...quiet, json: true })
  const document = JSON.parse(world.stdoutText()) as Record<string, unknown>
  assert.equal(document['schema'], 'timmy.check/1')
  assert.equal(document['engine'], null)
  assert.deepEqual(document['findings'], [
    {
      rule: 'soul-empty',
      severity: 'error',
      where: { file: 'SOUL.md', line: 1 },
      message: 'SOUL.md says nothing',
      mend: 'write who the agent is, or remove the file',
    },
  ])
  assert.deepEqual(document['summary'], { errors: 1, warnings: 0, notes: 0, files: 15 })
})

test('names of files are shown escaped', async () => {
  const world = await checked({ 'scripts/a\u001B[31m\nb': 'x' })
  assert.ok(!world.stdoutText().includes('\u001B'))
  assert.match(world.stdoutText(), /path-name/)
})

test('a second check of the same content says the same', async () => {
  using sidecar = sidecarOf({ 'memories/MEMORY.md': 'one\n§\none\n' })
  using home = scratchFolder()
  const [first, second] = [worldOf(sidecar, home), worldOf(sidecar, home)]
  await check.call(first, { ...quiet, json: true })
  await check.call(second, { ...quiet, json: true })
  assert.equal(first.stdoutText(), second.stdoutText())
})

test('docs/rules.md and the JSON Schemas are those of the rules and schemas: npm run generate renews them', async () => {
  const root = `${import.meta.dirname}/../../`
  for (const [path, text] of await checkPages()) assert.equal(readFileSync(root + path, 'utf8'), text, path)
})

test('every key of every published schema says what it is for', async () => {
  for (const [path, text] of await checkPages()) {
    if (!path.endsWith('.json')) continue
    const mute: string[] = []
    const visit = (schema: unknown, at: string): void => {
      if (typeof schema !== 'object' || schema === null) return
      const { properties } = schema as { properties?: Record<string, { description?: string }> }
      for (const [key, member] of Object.entries(properties ?? {})) {
        if (member.description === undefined) mute.push(`${at}.${key}`)
      }
      for (const [key, member] of Object.entries(schema)) visit(member, `${at}.${key}`)
    }
    visit(JSON.parse(text), path)
    assert.deepEqual(mute, [])
  }
})
