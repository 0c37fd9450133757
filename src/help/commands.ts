// The specification of `timmy help`.

import { buildCommand } from '@stricli/core'
import type { Context } from '../core/index.ts'

const helpCommand = buildCommand<object, [string?], Context>({
  loader: async () => (await import('./explain-concept.ts')).explainConcept,
  parameters: {
    positional: {
      kind: 'tuple',
      parameters: [
        {
          parse: String,
          optional: true,
          brief: 'A word of the vocabulary',
          placeholder: 'CONCEPT',
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
    fullDescription: 'Explain a word of the vocabulary, or list them all.\n\n  timmy help\n  timmy help drift',
  },
})

export const helpRoutes = { help: helpCommand }
