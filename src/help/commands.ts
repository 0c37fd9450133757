// The specification of `timmy help`.

import { buildCommand } from '@stricli/core'
import type { Context } from '../core/index.ts'
import type { Program } from './explain-concept.ts'

/** The commands of this room. It does not know the program, so it is handed what it needs of it. */
export function helpRoutes(program: Program) {
  const helpCommand = buildCommand<object, [string?], Context>({
    loader: async () => {
      const { explainConcept } = await import('./explain-concept.ts')
      return function (this: Context, _flags: object, word?: string) {
        return explainConcept(this, program, word)
      }
    },
    parameters: {
      positional: {
        kind: 'tuple',
        parameters: [
          {
            parse: String,
            optional: true,
            brief: 'A word of the vocabulary, or a command',
            placeholder: 'WORD',
            proposeCompletions: async (partial) => {
              const { concepts } = await import('./concepts.ts')
              return Object.keys(concepts).filter((name) => name.startsWith(partial))
            },
          },
        ],
      },
    },
    docs: {
      brief: 'Explain a word of the vocabulary',
      customUsage: ['[WORD]'],
      fullDescription:
        'Explain a word of the vocabulary, or list them all; of a command, its --help.\n\n  timmy help\n  timmy help drift\n  timmy help deploy',
    },
  })
  return { help: helpCommand }
}
