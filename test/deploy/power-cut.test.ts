// The power is cut: every prefix of what a deploy does to the disk, without what no barrier had covered.
//
// A recording disk notes every operation. After each one the disk is rebuilt as it might come up again: no unsynced
// name happened, all did, all but any single one; unsynced contents empty or torn. Our record is as of its last
// commit, for SQLite syncs its own. Recovery must then end at the new home, or at the old one.

import assert from 'node:assert/strict'
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { snapshotOf } from './bench.ts'
import { aftermathsOf, materialize, readNames, type Aftermath } from './fixtures/medium.ts'
import {
  applyDesired,
  copyFolder,
  hastyDisk,
  memoryFolder,
  openScene,
  placesIn,
  plantScene,
  secondDesired,
  settleOpen,
} from './fixtures/scene.ts'
import { watchedDisk, type Operation, type Watch } from './recording-disk.ts'

type Direction = 'forward' | 'back'

const scratch = memoryFolder()
after(() => scratch[Symbol.dispose]())
const folder = scratch.at('scene')
const template = scratch.at('template')
const { home, workspace } = placesIn(folder)

await plantScene(folder)
copyFolder(folder, template)
const ours = ((): string => {
  using open = openScene(folder)
  return open.folder
})()
const stage = join(ours, 'stage')
const recorded = [home, workspace, stage]
const live = () => ({ ...snapshotOf(home, 'hermes/'), ...snapshotOf(workspace, 'workspace/') })
const old = live()

type Files = ReadonlyMap<string, Buffer>

/** Our own files beside the stage: the databases. */
const readRecord = (): Files =>
  new Map(
    readdirSync(ours)
      .filter((name) => name !== 'stage')
      .map((name) => [name, readFileSync(join(ours, name))]),
  )

function writeRecord(files: Files): void {
  for (const name of readdirSync(ours)) if (name !== 'stage') rmSync(join(ours, name))
  for (const [name, bytes] of files) writeFileSync(join(ours, name), bytes, { mode: 0o600 })
}

/** Notes operations in the order of their ends, and the record after each commit. */
class Log {
  readonly operations: Operation[] = []
  readonly records: { readonly at: number; readonly files: Files }[] = [{ at: 0, files: readRecord() }]
  deadAt = Number.POSITIVE_INFINITY

  readonly watch: Watch = {
    before: () => {
      if (this.operations.length >= this.deadAt) throw new Error('the process is dead')
    },
    after: (operation) => {
      this.operations.push(operation)
      if (operation.kind === 'commit') this.records.push({ at: this.operations.length, files: readRecord() })
    },
  }

  recordAt(length: number): Files {
    return this.records.findLast(({ at }) => at <= length)?.files ?? new Map()
  }
}

const logged = (log: Log) => ({ watch: log.watch, disk: watchedDisk(log.watch, hastyDisk) })

async function logApply(log: Log, deadAt = Number.POSITIVE_INFINITY): Promise<void> {
  log.deadAt = deadAt
  using open = openScene(folder, logged(log))
  await applyDesired(open, secondDesired, logged(log)).catch((cause: unknown) => {
    if (deadAt === Number.POSITIVE_INFINITY) throw cause
  })
}

async function logSettle(log: Log, direction: Direction): Promise<void> {
  log.deadAt = Number.POSITIVE_INFINITY
  using open = openScene(folder, logged(log))
  assert.ok(await settleOpen(open, direction, logged(log)))
}

/** Brings the machine up again in this state and recovers. Gives how many aftermaths were looked at. */
async function comeUp(aftermath: Aftermath, record: Files, direction: Direction, when: string): Promise<void> {
  materialize(aftermath, recorded)
  writeRecord(record)
  const what = `${when}, ${aftermath.what.replaceAll(folder, '')}, then ${direction}`
  using open = openScene(folder)
  const [newest] = open.record.generations()
  const settled = await settleOpen(open, direction, { disk: hastyDisk })
  assert.deepEqual(settled?.kept ?? [], [], `${what}: nothing counts as a foreign edit`)
  const isNew = settled ? direction === 'forward' : newest?.id === 2 && newest.state === 'applied'
  assert.deepEqual(live(), isNew ? wanted : old, what)
}

async function cutEverywhere(log: Log, from: number, direction: Direction): Promise<number> {
  const start = readNamesOfTemplate()
  let count = 0
  for (let length = from; length <= log.operations.length; length += 1) {
    const done = log.operations.slice(0, length)
    const when = `cut after operation ${length} (${done.at(-1)?.kind ?? 'none'})`
    for (const aftermath of aftermathsOf(start, done)) {
      await comeUp(aftermath, log.recordAt(length), direction, when)
      count += 1
    }
  }
  return count
}

let wanted: Record<string, string> = {}

function readNamesOfTemplate() {
  copyFolder(template, folder)
  return readNames(recorded)
}

async function logOfWholeApply(): Promise<Log> {
  copyFolder(template, folder)
  const log = new Log()
  await logApply(log)
  wanted = live()
  assert.notDeepEqual(wanted, old)
  return log
}

suite('the power is cut', () => {
  test('after any operation of an apply, with any unsynced rename lost: going forward ends at the new home, none empty or torn', async () => {
    const log = await logOfWholeApply()
    assert.ok((await cutEverywhere(log, 0, 'forward')) > 150)
  })

  test('after any operation of an apply, with any unsynced rename lost: going back ends at the old home, byte by byte', async () => {
    const log = await logOfWholeApply()
    assert.ok((await cutEverywhere(log, 0, 'back')) > 150)
  })

  for (const direction of ['forward', 'back'] as const) {
    test(`after any operation of a recovery that goes ${direction}, after a crash with nothing synced since: the next one ends in the same place`, async () => {
      const whole = await logOfWholeApply()
      const crashes = whole.operations.flatMap(({ kind }, at) => (kind === 'exchange' ? [at] : []))
      for (const deadAt of crashes) {
        copyFolder(template, folder)
        const log = new Log()
        await logApply(log, deadAt)
        await logSettle(log, direction)
        assert.ok((await cutEverywhere(log, deadAt, direction)) > 50)
      }
    })
  }
})
