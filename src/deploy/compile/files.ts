// Files that go into the home as they are: skins, scripts, skills, hooks, plugins, what the manifest claims, and the
// operator's programs, which get our prefix, for the home's bin/ is the engine's too.

import type { Overlay } from '../../config/index.ts'
import { fileDraft, type Compiled } from './draft.ts'

export function compileFiles({ files }: Overlay): Compiled {
  const drafts = files.map((file) => {
    const isProgram = file.path.startsWith('bin/')
    return fileDraft('home', isProgram ? prefixed(file.path) : file.path, file, isProgram || file.isExecutable)
  })
  return { drafts, findings: [] }
}

function prefixed(path: string): string {
  return path.replace(/^bin\/(?:timmy-)?/, 'bin/timmy-')
}
