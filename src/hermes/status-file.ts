// The small JSON files by which the engine's parts tell each other things. Absent, empty, half written: no evidence.

import { join } from 'node:path'
import { isMapping, type Disk, type Json, type JsonMapping } from '../core/index.ts'

/** The mapping that a status file of the home holds; undefined when there is none. */
export function readStatus(disk: Disk, home: string, path: string): JsonMapping | undefined {
  try {
    const value: Json = JSON.parse(disk.read(join(home, path)).toString('utf8'))
    return isMapping(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** A text of a status record. */
export function textIn(record: JsonMapping | undefined, name: string): string | undefined {
  const value = record?.[name]
  return typeof value === 'string' ? value : undefined
}

/** An instant of a status record, in any form that names one. */
export function instantIn(record: JsonMapping | undefined, name: string): Date | undefined {
  const at = new Date(textIn(record, name) ?? Number.NaN)
  return Number.isNaN(at.getTime()) ? undefined : at
}
