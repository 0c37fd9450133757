// What may stand where the cursor is: the answer to the completion scripts, one proposal a line, its meaning
// after a tab. A fault in a proposal is silence: nothing may be printed into a half-typed command line.

import { proposeCompletions, type Application, type StricliDynamicCommandContext } from '@stricli/core'
import type { Context } from '../core/index.ts'

export async function propose(
  app: Application<Context>,
  words: readonly string[],
  world: StricliDynamicCommandContext<Context>,
): Promise<void> {
  try {
    const all = await proposeCompletions(app, words, world)
    const wantsFlags = words.at(-1)?.startsWith('-') === true
    const proposals = all.filter(({ completion }) => wantsFlags || !completion.startsWith('-'))
    for (const { completion, brief } of proposals) world.process.stdout.write(`${completion}\t${brief}\n`)
  } catch {
    // no proposals
  }
}
