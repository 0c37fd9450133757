// Rules about the paths of a sidecar, whatever the files hold.

import type { Rule, SidecarRule } from '../rule.ts'

export const linkInSidecar: Rule = {
  id: 'path-link',
  severity: 'error',
  explains: 'A sidecar holds plain files. A link may lead out of it, and what it points to is in no commit.',
  example: 'skills/notes -> ../../elsewhere/notes',
  mend: 'put a copy of the file in the place of the link',
}

export const notAFile: Rule = {
  id: 'path-special',
  severity: 'error',
  explains: 'Pipes, sockets and devices cannot be deployed, and reading one may never end.',
  example: 'mkfifo scripts/pipe',
  mend: 'remove it from the sidecar',
}

export const brokenName: Rule = {
  id: 'path-name',
  severity: 'error',
  explains:
    'Names with line breaks, control characters, direction marks or broken UTF-8 cannot be shown, typed or trusted.',
  example: "touch $'skins/a\\nb.yaml'",
  mend: 'rename the file',
}

export const caseClash: Rule = {
  id: 'path-case',
  severity: 'error',
  explains:
    'Two paths that differ only in case are one file on some file systems: one would silently replace the other.',
  example: 'skins/Timmy.yaml beside skins/timmy.yaml',
  mend: 'rename one of the two',
}

export const tooMany: Rule = {
  id: 'path-bounds',
  severity: 'error',
  explains: 'A walk that does not end helps nobody: at most 100,000 files, 24 folders deep, 64 MiB a file.',
  example: 'a dataset checked in under training/',
  mend: 'keep data outside the sidecar',
}

export const unknownPath: Rule = {
  id: 'path-unknown',
  severity: 'error',
  explains: 'Every path of a sidecar means one thing. One that means nothing would be left behind without a word.',
  example: 'skin/timmy.yaml',
  mend: 'move it to a place that the sidecar knows, into docs/, or claim it under `own` in timmy.yaml',
}

export const secretsFile: SidecarRule = {
  id: 'path-secrets-file',
  severity: 'error',
  explains:
    'A `.env` holds secrets: it lives in the home, never in a sidecar. An example of one, without values, is welcome.',
  example: 'a file `.env` beside timmy.yaml',
  mend: 'move it to the home, and remove it from git',
  *check({ files }) {
    for (const { path } of files) {
      const isExample = /\.(?:example|sample|template)$/.test(path)
      if (/(?:^|\/)\.env(?:\.[^/]+)?$/.test(path) && !isExample) yield { file: path, message: `${path} holds secrets` }
    }
  },
}
