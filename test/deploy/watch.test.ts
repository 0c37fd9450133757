// Homes followed: each change told once, with its likely writer, until Ctrl-C.

import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { renameSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openLedger, type Sighting } from '../../src/deploy/watch/ledger.ts'
import { likelyWriter, type Evidence } from '../../src/deploy/watch/writer.ts'
import { deployBench } from './bench.ts'

const sidecar = {
  'config.yaml': 'agent:\n  max_turns: 60\ndisplay:\n  skin: timmy\n',
  'skins/timmy.yaml': 'name: timmy\n',
  'memories/MEMORY.md': 'One fact.\n',
}
const entry = 'config.yaml#agent.max_turns'

interface Event {
  readonly kind: string
  readonly entry: string
  readonly class: string
  readonly from: unknown
  readonly to: unknown
  readonly writer: { readonly likely: string; readonly because: string }
  readonly schema: string
}

/** A watch as a process of its own; ended with the scope. */
async function watched(bench: ReturnType<typeof deployBench>, ...argv: string[]) {
  const child = bench.start('drift', '--watch', '--json', ...argv)
  const events: Event[] = []
  const said = { stderr: '' }
  let rest = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    events.push(...lines.map((line) => JSON.parse(line) as Event))
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said.stderr += text))
  await until(
    () => said.stderr.includes('watching'),
    () => said.stderr,
  )
  return {
    events,
    said,
    /** Waits for so many events in all, then a moment for one too many. */
    async settled(count: number): Promise<Event[]> {
      await until(
        () => events.length >= count,
        () => `${count} events; there are ${JSON.stringify(events)} ${said.stderr}`,
      )
      await sleep(600)
      return events
    },
    end: (signal: NodeJS.Signals) => ended(child, signal),
    [Symbol.asyncDispose]: async () => void (await ended(child, 'SIGKILL')),
  }
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill(signal)
    await once(child, 'close')
  }
  return child.exitCode
}

async function until(isSo: () => boolean, what: () => string): Promise<void> {
  for (let waitedMs = 0; waitedMs < 15_000; waitedMs += 20) {
    if (isSo()) return
    await sleep(20)
  }
  assert.fail(`waited in vain for ${what()}`)
}

test('watch tells an edit once, then the next one, and not what our own deploys do; Ctrl-C ends it with 130', async () => {
  using bench = deployBench({ sidecar, home: { 'config.yaml': '# mine\nagent:\n  verbose: true\n' } })
  await bench.expect(0, 'deploy', '--yes')
  await using watch = await watched(bench)
  bench.home.edit('config.yaml', 'max_turns: 60', 'max_turns: 99')
  const [first] = await watch.settled(1)
  assert.equal(watch.events.length, 1)
  assert.deepEqual(
    [first?.schema, first?.entry, first?.class, first?.from, first?.to],
    ['timmy.drift-event/1', entry, 'drift', 60, 99],
  )
  assert.equal(first?.writer.likely, 'hand')

  bench.home.write('.config_x1.tmp', 'agent:\n  max_turns: 98\n  verbose: true\ndisplay:\n  skin: timmy\n')
  renameSync(bench.home.at('.config_x1.tmp'), bench.home.at('config.yaml'))
  const [, second] = await watch.settled(2)
  assert.deepEqual([second?.from, second?.to, second?.writer.likely], [99, 98, 'engine'])

  await bench.expect(0, 'deploy', '--yes', '--heal')
  await sleep(1_000)
  assert.equal(watch.events.length, 2, 'our own deploy is no event')
  assert.equal(await watch.end('SIGINT'), 130)
})

test('watch survives a folder that goes and comes back, and tells drift that was there before it', async () => {
  using bench = deployBench({ sidecar })
  await bench.expect(0, 'deploy', '--yes')
  bench.home.edit('config.yaml', 'skin: timmy', 'skin: other')
  await using watch = await watched(bench)
  const [old] = await watch.settled(1)
  assert.deepEqual([old?.entry, old?.writer.because], ['config.yaml#display.skin', 'it was so when the watch began'])
  bench.home.remove('skins')
  const [, gone] = await watch.settled(2)
  assert.deepEqual([gone?.class, gone?.to], ['deleted-live', null])
  bench.home.write('skins/timmy.yaml', 'name: timmy # back\n')
  await watch.settled(3)
  bench.home.write('skins/timmy.yaml', 'name: timmy # again\n')
  const all = await watch.settled(4)
  assert.deepEqual(
    all.slice(1).map(({ entry: of }) => of),
    Array.from({ length: 3 }, () => 'skins/timmy.yaml'),
  )
  assert.equal(await watch.end('SIGTERM'), 143)
})

test('watch sees by its full pass what no event told, and goes on beside a sidecar that is broken', async () => {
  using bench = deployBench({ sidecar })
  await bench.expect(0, 'deploy', '--yes')
  await using watch = await watched(bench, '--interval', '1')
  bench.sidecar.write('config.yaml', 'agent: [\n')
  await until(
    () => watch.said.stderr.includes('the watch goes on'),
    () => watch.said.stderr,
  )
  bench.sidecar.write('config.yaml', sidecar['config.yaml'])
  bench.home.write('skins/timmy.yaml', 'name: timmy # edited\n')
  await watch.settled(1)
  assert.equal(watch.events.length, 1)
  assert.equal(watch.said.stderr.split('the watch goes on').length, 2, 'said once')
})

test('a secret in a change is masked in the event', async () => {
  using bench = deployBench({ sidecar: { 'config.yaml': 'providers:\n  x: { api_key: "${X_KEY}" }\n' } })
  await bench.expect(0, 'deploy', '--yes')
  await using watch = await watched(bench)
  bench.home.write('config.yaml', 'providers:\n  x:\n    api_key: hunter2hunter2\n')
  const events = await watch.settled(1)
  assert.equal(events[0]?.to, '[redacted]')
  assert.equal(JSON.stringify(events).includes('hunter2'), false)
})

test('an interval below a second is refused, exit 4', async () => {
  using bench = deployBench({ sidecar })
  assert.equal((await bench.timmy('drift', '--watch', '--interval', '0')).exit, 4)
})

const ours: Sighting = {
  target: 'local',
  entry,
  class: 'clean',
  live: 'a',
  isOurs: true,
  isParked: false,
  generation: 1,
  shown: 60,
  shownApplied: 60,
}
const theirs: Sighting = { ...ours, class: 'drift', live: 'b', isOurs: false, shown: 99 }
const minuteMs = 60_000

test('the ledger tells a change once however often it is seen', () => {
  const ledger = openLedger()
  assert.deepEqual(ledger.observe([ours], 0), [])
  assert.equal(ledger.observe([theirs], 1).length, 1)
  assert.deepEqual(ledger.observe([theirs], 2), [])
})

test('the ledger does not tell what a newer generation of ours wrote', () => {
  const ledger = openLedger()
  ledger.observe([ours], 0)
  assert.deepEqual(ledger.observe([{ ...ours, live: 'c', generation: 2 }], 1), [])
})

test('the ledger tells when somebody puts our value back by hand', () => {
  const ledger = openLedger()
  ledger.observe([theirs], 0)
  assert.deepEqual(
    ledger.observe([ours], 1).map(({ kind, to }) => [kind, to]),
    [['change', 60]],
  )
})

test('three reversals of one entry within an hour are one tug of war', () => {
  const ledger = openLedger()
  ledger.observe([ours], 0)
  const kinds = Array.from({ length: 8 }, (_, index) =>
    ledger.observe([index % 2 === 0 ? theirs : { ...ours, generation: index + 2 }], (index + 1) * minuteMs),
  ).flatMap((told) => told.map(({ kind }) => kind))
  assert.equal(kinds.filter((kind) => kind === 'tug-of-war').length, 1)
})

test('reversals that are spread over hours are no tug of war', () => {
  const ledger = openLedger()
  ledger.observe([ours], 0)
  const told = Array.from({ length: 12 }, (_, index) =>
    ledger.observe([index % 2 === 0 ? theirs : ours], (index + 1) * 40 * minuteMs),
  ).flat()
  assert.deepEqual(
    told.filter(({ kind }) => kind === 'tug-of-war'),
    [],
  )
})

test('a parked difference is not told, until it moves', () => {
  const ledger = openLedger()
  assert.deepEqual(ledger.observe([{ ...theirs, isParked: true }], 0), [])
  assert.equal(ledger.observe([{ ...theirs, live: 'c' }], 1).length, 1)
})

const noEvidence: Evidence = {
  path: 'config.yaml',
  names: [],
  modeBefore: 0o600,
  mode: 0o600,
  lostComments: false,
  isStamped: undefined,
  gateway: 'running',
}
for (const [what, evidence, likely] of [
  ["the engine's temporary file", { names: ['.config_a8.tmp', 'config.yaml'] }, 'engine'],
  ['comments that are gone', { lostComments: true }, 'engine'],
  ["an editor's swap file", { names: ['.config.yaml.swp'] }, 'hand'],
  ['a mode that the engine never gives', { mode: 0o644 }, 'hand'],
  ["the memory tool's temporary file", { path: 'memories/MEMORY.md', names: ['.mem_x1.tmp'] }, 'agent'],
  ['the lock of a memory file', { path: 'memories/MEMORY.md', names: ['MEMORY.md.lock'] }, 'agent'],
  ['the time stamp of jobs.json', { path: 'cron/jobs.json', isStamped: true }, 'engine'],
  ['a jobs.json whose stamp stood still', { path: 'cron/jobs.json', isStamped: false }, 'hand'],
  ['a file that the engine does not write', { path: 'skins/timmy.yaml' }, 'hand'],
  ['a gateway that does not run', { gateway: 'stopped' }, 'hand'],
  ['nothing but a gateway that runs', {}, 'unknown'],
  ['a change that nobody saw', { names: undefined }, 'unknown'],
] as const) {
  test(`the likely writer by ${what}: ${likely}`, () => {
    const writer = likelyWriter({ ...noEvidence, ...evidence })
    assert.equal(writer.likely, likely)
    assert.ok(writer.because.length > 10)
  })
}
