// The specification of `timmy demo`.

import { buildCommand } from '@stricli/core'
import { outputAliases, outputFlags, type Context } from '../core/index.ts'
import type { DemoFlags } from './demo.ts'
import type { RunTimmy } from './stage.ts'

/** The commands of this room. It does not know the program, so it is handed the way to run a command. */
export function demoRoutes(runTimmy: RunTimmy) {
  const demoCommand = buildCommand<DemoFlags, [], Context>({
    loader: async () => {
      const { demo } = await import('./demo.ts')
      return function (this: Context, flags: DemoFlags) {
        return demo(this, flags, runTimmy)
      }
    },
    parameters: {
      flags: {
        ...outputFlags,
        keep: {
          kind: 'parsed',
          parse: String,
          optional: true,
          placeholder: 'DIR',
          brief: 'Play in this empty folder and leave it',
        },
      },
      aliases: outputAliases,
    },
    docs: {
      brief: 'Show the whole loop in a scratch folder',
      fullDescription:
        'Show the whole loop in a scratch folder: a lived-in Hermes home is deployed to, edited behind our back, found drifted,\nadopted from, brought into conflict, killed in the middle of an apply, recovered, rolled back and given back. Touches\nnothing outside that folder. Exit 0 only if every step was checked, 2 when one did not hold; its folder then stays.\n\n  timmy demo\n  timmy demo --keep /tmp/look-around',
    },
  })
  return { demo: demoCommand }
}
