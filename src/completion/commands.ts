// The specification of `timmy completion`.

import { buildCommand } from '@stricli/core'
import type { Context } from '../core/index.ts'
import type { Shell } from './print-script.ts'

const completionCommand = buildCommand<object, [Shell], Context>({
  loader: async () => (await import('./print-script.ts')).printScript,
  parameters: {
    positional: {
      kind: 'tuple',
      parameters: [
        { parse: shellOf, brief: 'bash, zsh or fish', placeholder: 'SHELL', proposeCompletions: () => shells },
      ],
    },
  },
  docs: {
    brief: 'Print the completion script of a shell',
    customUsage: ['bash|zsh|fish'],
    fullDescription: [
      'Print the completion script of a shell.',
      '',
      '  eval "$(timmy completion bash)"                                  in ~/.bashrc',
      '  timmy completion zsh > ~/.zfunc/_timmy                           a folder of your fpath',
      '  timmy completion fish > ~/.config/fish/completions/timmy.fish',
    ].join('\n'),
  },
})

const shells = ['bash', 'zsh', 'fish'] as const satisfies Shell[]

function shellOf(input: string): Shell {
  const shell = shells.find((known) => known === input)
  if (shell === undefined) throw new Error(`"${input}" is none of ${shells.join(', ')}`)
  return shell
}

export const completionRoutes = { completion: completionCommand }
