// What may stand where the cursor is: the answer to the completion scripts, one proposal a line, its meaning
// after a tab. A fault in a proposal is silence: nothing may be printed into a half-typed command line.

import { proposeCompletions, type Application } from '@stricli/core'
import type { Context } from '../core/index.ts'

export async function propose(app: Application<Context>, words: readonly string[], context: Context): Promise<void> {
  try {
    const all = await proposeCompletions(app, words, context)
    const wantsFlags = words.at(-1)?.startsWith('-') === true
    const proposals = all.filter(({ completion }) => wantsFlags || !completion.startsWith('-'))
    for (const { completion, brief } of proposals) context.process.stdout.write(`${completion}\t${brief}\n`)
  } catch {
    // no proposals
  }
}
