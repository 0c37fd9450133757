// `timmy rollback`: back to what an older generation wanted.
//
// A new plan with an older desired state, applied as a generation of its own. What that generation did not own yet
// is put back as it was before us, or taken out.

import { shellWord, TimmyError, type Context } from '../core/index.ts'
import { noDecisions, type Decisions } from './decision.ts'
import type { DeployFlags } from './deploy.ts'
import { desiredAt, originalsOf, previousGeneration } from './history.ts'
import type { OpenTarget } from './open-target.ts'
import type { OpenTargets } from './open-targets.ts'
import { goBack, type WayBack, type WayBackFlags } from './way-back.ts'

export interface RollbackFlags extends WayBackFlags, Pick<DeployFlags, 'allowDeletes'> {
  readonly take?: 'ours'
}

export async function rollback(this: Context, flags: RollbackFlags, ...words: string[]): Promise<void> {
  const { generation, entries } = readWords(words)
  await goBack(this, flags, wayTo(generation, decisionsOf(flags, entries), flags))
}

function wayTo(generation: number | undefined, decisions: Decisions, flags: RollbackFlags): WayBack {
  return {
    kind: 'rollback',
    schema: 'timmy.rollback/1',
    decisions,
    allowsDeletes: flags.allowDeletes,
    takeOurs: `timmy rollback ${generation === undefined ? '' : `${generation} `}--take ours`,
    picks: (opened) => [onlyTarget(opened, flags.target)],
    goalOf(open) {
      const backTo = generation ?? previousGeneration(open.record)
      const older = desiredAt(open.record, backTo)
      const names = new Set(older.map(({ entry }) => entry))
      const beforeUs = originalsOf(open.record).filter(({ entry }) => !names.has(entry))
      return { desired: [...older, ...beforeUs], backTo }
    },
    question: ([open]) => `go back, in ${open?.target.name}?`,
    provable: (desired) => desired.filter(({ isLetGo }) => isLetGo !== true),
    note: 'The sidecar still wants what it says: change it there too, or the next deploy brings it back.',
  }
}

/** The number of a generation, if it comes first, and the entries that follow. */
function readWords(words: readonly string[]): { generation: number | undefined; entries: string[] } {
  const [first, ...rest] = words
  return first !== undefined && /^\d+$/.test(first)
    ? { generation: Number(first), entries: rest }
    : { generation: undefined, entries: [...words] }
}

function decisionsOf({ take }: RollbackFlags, entries: readonly string[]): Decisions {
  if (take === undefined && entries.length > 0) {
    throw new TimmyError(
      'USAGE',
      `"${entries[0]}" is no generation; entries are named to write over edits made since`,
      {
        hint: `timmy rollback --take ours ${entries.map(shellWord).join(' ')}`,
      },
    )
  }
  if (take !== undefined && entries.length === 0) {
    throw new TimmyError('USAGE', '--take ours needs the entries it is about', {
      hint: "timmy rollback --take ours '**'",
    })
  }
  return { ...noDecisions, takeOurs: entries }
}

/** Generations are counted for each target, so with several one must be named. */
function onlyTarget({ targets }: OpenTargets, named: string | undefined): OpenTarget {
  const deployed = targets.filter(({ record }) => record.generations().length > 0)
  const [only] = deployed.length === 0 ? targets : deployed
  if (!only) throw new TimmyError('TARGET_UNKNOWN', 'this host has no target', { hint: 'timmy plan' })
  if (named !== undefined || deployed.length <= 1) return only
  const names = deployed.map(({ target }) => target.name)
  throw new TimmyError('USAGE', `each target has generations of its own; name one of ${names.join(', ')}`, {
    hint: `timmy rollback --target ${names[0]}`,
  })
}
