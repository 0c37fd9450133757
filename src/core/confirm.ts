// The question before a change: asked of a person, answered by --yes, refused where neither is there.

import type { Context } from './context.ts'
import { TimmyError } from './errors.ts'

/** Whether to go on. Asks only on a terminal. */
export async function confirm(context: Context, flags: { readonly yes: boolean }, question: string): Promise<boolean> {
  if (flags.yes) return true
  if (context.isTerminal) return context.ask(question)
  throw new TimmyError('CONFIRMATION_NEEDED', `nobody can be asked here: ${question}`, {
    hint: 'run it again with --yes',
  })
}
