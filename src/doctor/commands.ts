// The specification of `timmy doctor`.

import { buildCommand } from '@stricli/core'
import { outputAliases, outputFlags, type Context, type OutputFlags } from '../core/index.ts'

const doctorCommand = buildCommand<OutputFlags, [], Context>({
  loader: async () => (await import('./doctor.ts')).doctor,
  parameters: { flags: outputFlags, aliases: outputAliases },
  docs: {
    brief: 'Say whether this machine can run everything',
    fullDescription:
      'Say whether this machine can run everything, each finding with the command that mends it.\nExit 2 when there is a warning or an error.\n\n  timmy doctor\n  timmy doctor --json',
  },
})

export const doctorRoutes = { doctor: doctorCommand }
