// Channel aliases: names of chats, merged by key. The engine regenerates channel_directory.json, so that is never ours.

import type { Overlay } from '../../config/index.ts'
import { keyDraft, type Compiled } from './draft.ts'

export function compileAliases({ aliases }: Overlay): Compiled {
  return {
    drafts: aliases.map(({ path, value, source }) => keyDraft('channel_aliases.json', path, value, source)),
    findings: [],
  }
}
