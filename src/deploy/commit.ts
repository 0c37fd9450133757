// The commit that a sidecar stands at, and whether its working tree has edits; nothing for a folder without git.

import { existsSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { run } from '../core/index.ts'

export interface Commit {
  readonly commit?: string
  readonly isDirty: boolean
}

const timeoutMs = 10_000

export async function commitOf(folder: string, env: Readonly<Record<string, string | undefined>>): Promise<Commit> {
  if (env['GIT_DIR'] === undefined && !isInRepository(realpathSync(folder))) return { isDirty: false }
  // No optional locks and no file-system monitor: looking must neither write nor start anything.
  const argv = [
    'git',
    '--no-optional-locks',
    '-c',
    'core.fsmonitor=false',
    '-C',
    folder,
    'status',
    '--porcelain=v2',
    '--branch',
    '--',
    '.',
  ]
  const { exitCode, stdout } = await run(argv, { timeoutMs, env })
  if (exitCode !== 0) return { isDirty: false }
  const lines = stdout.split('\n')
  const commit = lines.find((line) => line.startsWith('# branch.oid '))?.slice('# branch.oid '.length)
  const isDirty = lines.some((line) => line !== '' && !line.startsWith('# '))
  return commit === undefined || commit === '(initial)' ? { isDirty } : { commit, isDirty }
}

/** Asked before git is, for starting a program takes longer than looking up a few folders. */
function isInRepository(folder: string): boolean {
  if (existsSync(join(folder, '.git'))) return true
  return folder !== dirname(folder) && isInRepository(dirname(folder))
}
