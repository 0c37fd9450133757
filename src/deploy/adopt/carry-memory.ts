// A memory: an entry of the agent's is taken over, or one that was removed in the home goes from the sidecar too.

import { formatOf, isUnreadable } from '../../hermes/index.ts'
import { refuse, refuseSecret, type Carry } from './wish.ts'

export const carryMemory: Carry = (wish, { draft, judge }) => {
  const { source, path, part, live } = wish
  if (part?.kind !== 'record') refuse(wish, 'it is no entry of a memory file')
  const opened = formatOf(path)?.open(draft.read(source.file))
  if (!opened || isUnreadable(opened)) refuse(wish, `${source.file} cannot be read as memories`)
  if (live !== undefined && typeof live !== 'string') refuse(wish, 'it is no text')
  const secret = live === undefined ? undefined : judge.inText(live)
  if (secret) refuseSecret(wish, secret.why)
  const edited = opened.edit([{ part, value: live }]).toString('utf8')
  draft.set(source.file, Buffer.from(edited === '' || edited.endsWith('\n') ? edited : `${edited}\n`))
}
