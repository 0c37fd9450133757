// `timmy undeploy`: what we own goes, and what was there before us comes back.
//
// What was edited since is kept, named, and stays on our record until it is decided. Afterwards nothing else of ours
// is in the home; folders that we made go when they are empty. The engine is asked only whether it still reads its
// home: what was there before us is not ours to judge.

import type { Context } from '../core/index.ts'
import { noDecisions } from './decision.ts'
import { originalsOf } from './history.ts'
import { removeCreatedFolders } from './settle.ts'
import { goBack, type WayBackFlags } from './way-back.ts'

export type UndeployFlags = WayBackFlags

export async function undeploy(this: Context, flags: UndeployFlags): Promise<void> {
  const { disk } = this
  await goBack(this, flags, {
    kind: 'undeploy',
    schema: 'timmy.undeploy/1',
    decisions: noDecisions,
    allowsDeletes: true,
    takeOurs: 'timmy deploy --take ours',
    picks: ({ targets }) => targets.filter(({ record }) => record.applied().size > 0 || record.folders().length > 0),
    goalOf: ({ record }) => ({ desired: originalsOf(record) }),
    question: (open) => `take ours out of ${open.map(({ target }) => target.name).join(', ')}?`,
    provable: () => [],
    finish({ record, roots }) {
      removeCreatedFolders({ disk, record, roots })
      const owned = record.applied()
      for (const entry of record.parked().keys()) if (!owned.has(entry)) record.unpark(entry)
    },
  })
}
