import assert from 'node:assert/strict'
import { readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileVerdicts, readSidecar, type Sidecar } from '../../src/config/index.ts'
import { digestOf, realDisk, type Disk } from '../../src/core/index.ts'
import { version } from '../../src/version.ts'
import { sidecarOf, type BuiltSidecar } from './sidecar-builder.ts'

/** Reads with the verdicts kept in the sidecar's own `.state`, and counts the files whose content was read. */
async function readCounting(
  sidecar: BuiltSidecar,
  now = new Date(Date.now() + 60_000),
): Promise<{ read: string[]; sidecar: Sidecar }> {
  const read: string[] = []
  const disk: Disk = {
    ...realDisk,
    read(path) {
      if (!path.includes('/.state/')) read.push(path.slice(sidecar.path.length + 1))
      return realDisk.read(path)
    },
  }
  const verdicts = fileVerdicts(realDisk, sidecar.at('.state/deploy/verdicts.json'), () => now)
  const world = { cwd: '/', env: { HOME: sidecar.at('.home') }, disk }
  const result = await readSidecar(sidecar.path, world, { verdicts })
  verdicts.save()
  return { read: read.filter((path) => !path.startsWith('.state')), sidecar: result }
}

test('an unchanged sidecar is not read a second time and says the same', async () => {
  using sidecar = sidecarOf({ 'skins/small.yaml': 'name: small\n§: 1\n', 'memories/USER.md': 'one\n§\none\n' })
  const first = await readCounting(sidecar)
  assert.ok(first.read.length > 10)
  const second = await readCounting(sidecar)
  assert.deepEqual(second.read, [])
  assert.deepEqual(second.sidecar.findings, first.sidecar.findings)
  assert.deepEqual(second.sidecar.readings, first.sidecar.readings)
  const withoutState = (files: Sidecar['files']): unknown => files.filter(({ path }) => !path.startsWith('.state'))
  assert.deepEqual(withoutState(second.sidecar.files), withoutState(first.sidecar.files))
})

test('a file changed to other content of the same length and time is judged anew', async () => {
  using sidecar = sidecarOf({ 'SOUL.md': 'I am one.\n' })
  const before = await readCounting(sidecar)
  const past = new Date('2026-01-01T00:00:00Z')
  writeFileSync(sidecar.at('SOUL.md'), 'I am two.\n')
  utimesSync(sidecar.at('SOUL.md'), past, past)
  const after = await readCounting(sidecar)
  assert.deepEqual(after.read, ['SOUL.md'])
  const digest = ({ files }: Sidecar): string | undefined => files.find(({ path }) => path === 'SOUL.md')?.digest
  assert.notEqual(digest(before.sidecar), digest(after.sidecar))
})

test('what was written a moment ago is read again, for it may change once more within the same tick', async () => {
  using sidecar = sidecarOf()
  await readCounting(sidecar, new Date())
  const again = await readCounting(sidecar, new Date())
  assert.ok(again.read.includes('SOUL.md'))
})

test('a clock set back costs a reading, never a wrong answer', async () => {
  using sidecar = sidecarOf()
  await readCounting(sidecar, new Date('2020-01-01T00:00:00Z'))
  const again = await readCounting(sidecar)
  assert.ok(again.read.includes('SOUL.md'))
})

test('a memory that is damaged, foreign or a folder is as good as none', async () => {
  using sidecar = sidecarOf()
  const key = (path: string, digest: string): string => `${digest.slice(0, 32)} ${path}`
  const broken = { [key('SOUL.md', digestOf('I am small and honest.\n'))]: {}, x: null }
  const foreign = [
    { rules: 0 },
    { rules: `${version}/1` },
    { rules: `${version}/1`, verdicts: null },
    { rules: `${version}/1`, verdicts: broken, digests: { [sidecar.at('SOUL.md')]: 7 } },
  ]
  for (const content of ['', '{', '[]', ...foreign.map((kept) => JSON.stringify(kept))]) {
    sidecar.write('.state/deploy/verdicts.json', content)
    const { sidecar: read } = await readCounting(sidecar)
    assert.deepEqual(
      read.findings.filter(({ severity }) => severity === 'error'),
      [],
    )
  }
})

test('a value that could be a secret is not kept', async () => {
  const canary = ['aB3dE5gH7j', 'K9mN1pQ2rS4'].join('')
  using sidecar = sidecarOf({
    'config.yaml': `platforms:\n  token: ${canary}\n`,
    'scripts/x': `API_TOKEN="${canary}"\n`,
  })
  const { sidecar: read } = await readCounting(sidecar)
  assert.equal(read.findings.filter(({ rule }) => rule === 'secret-name').length, 2)
  assert.ok(!readFileSync(sidecar.at('.state/deploy/verdicts.json'), 'utf8').includes(canary))
  const { sidecar: again } = await readCounting(sidecar)
  assert.equal(again.findings.filter(({ rule }) => rule === 'secret-name').length, 2)
})
