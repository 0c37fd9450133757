// A whole file: the live bytes over the sidecar's own, or the sidecar's file goes as the live one went.

import { join } from 'node:path'
import { refuse, refuseSecret, type Carry } from './wish.ts'

export const carryFile: Carry = (wish, { disk, draft, judge }) => {
  const { target, root, path, source } = wish
  const file = target.planned.live.files.get(`${root}\0${path}`)
  if (!wish.isForeign && file?.stat === undefined) {
    draft.remove(source.file)
    return
  }
  const absolute = join(target.open.roots[root], path)
  const content = disk.read(absolute)
  const secret = judge.inText(content.toString('utf8'))
  if (secret) refuseSecret(wish, secret.why)
  const isProgram = ((file?.stat?.mode ?? 0) & 0o100) !== 0
  const isSame = draft.read(source.file)?.equals(content) === true
  if (isSame && isProgram === draft.isProgram(source.file))
    refuse(wish, 'only its permissions differ, and a sidecar keeps none but the executable bit')
  draft.set(source.file, content, isProgram)
}
