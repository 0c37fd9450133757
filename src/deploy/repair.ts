// Repair: a record of ours that is damaged is set aside, never deleted, so that all can be learned anew.
//
// Nothing in the home is touched. What is equal to the sidecar is ours again by the plan that follows; what differs
// stays as it is, as at a first contact.

import { findSidecar, placesOf, readTargets } from '../config/index.ts'
import { TimmyError, type Context, type Printer } from '../core/index.ts'
import type { DeployFlags } from './deploy.ts'
import { stateFolderOfTarget } from './open-target.ts'
import { pickTargets } from './open-targets.ts'
import { openRecord } from './record.ts'
import { lockTarget } from './target-lock.ts'

const recordFiles = ['state.sqlite', 'state.sqlite-wal', 'state.sqlite-shm']

export async function setLostRecordsAside(context: Context, flags: DeployFlags, printer: Printer): Promise<void> {
  const all = await readTargets(findSidecar(context, flags.sidecar), context)
  const { disk } = context
  for (const target of pickTargets(context, all, flags.target).targets) {
    const options = { disk, stateFolder: placesOf(context).state, now: context.now(), writes: true }
    const folder = stateFolderOfTarget(target, options)
    if (disk.stat(`${folder}/state.sqlite`) === undefined) continue // a new one begins by itself
    const lock = lockTarget(folder, context.now())
    try {
      if (isLost(folder))
        printer.note(`${target.name}: our record was damaged; it is kept as ${setAside(context, folder)}`)
    } finally {
      lock[Symbol.dispose]()
    }
  }
}

/** Damaged in its head, or in any part that is read. */
function isLost(folder: string): boolean {
  try {
    using record = openRecord(folder)
    record.applied()
    record.parked()
    record.owed()
    record.seen()
    record.folders()
    for (const { id } of record.generations()) {
      record.changesOf(id)
      record.stepsOf(id)
    }
    return false
  } catch (cause) {
    if (cause instanceof TimmyError && cause.code !== 'STATE_LOST') throw cause
    return true
  }
}

/** Renames the record and what SQLite keeps beside it; gives the new name. */
function setAside(context: Context, folder: string): string {
  const { disk } = context
  const stamp = context
    .now()
    .toISOString()
    .replaceAll(/[-:]|\.\d+/g, '')
  const free = (name: string, count = 0): string => {
    const path = `${folder}/lost-${stamp}${count === 0 ? '' : `-${count}`}-${name}`
    return disk.stat(path) === undefined ? path : free(name, count + 1)
  }
  const kept = free('state.sqlite')
  for (const name of recordFiles) {
    if (disk.stat(`${folder}/${name}`)) disk.rename(`${folder}/${name}`, name === 'state.sqlite' ? kept : free(name))
  }
  return kept
}
