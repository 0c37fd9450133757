// SOUL.md: the same bytes for the engine, which reads the home's, and for people and tasks, who read the workspace's.
// Only the default profile speaks for the workspace.

import type { Overlay } from '../../config/index.ts'
import { fileDraft, type Compiled } from './draft.ts'

export function compileSoul({ soul, target }: Overlay): Compiled {
  if (!soul) return { drafts: [], findings: [] }
  const roots = target.deploysWorkspace ? (['home', 'workspace'] as const) : (['home'] as const)
  return { drafts: roots.map((root) => fileDraft(root, 'SOUL.md', soul, false)), findings: [] }
}
