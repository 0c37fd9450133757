// Where a user's things lie by the conventions of the environment. Only computes; nothing is made here.

import { join, resolve } from 'node:path'

type Environment = Readonly<Record<string, string | undefined>>

/** The user's home folder: `$HOME`, or `/` in an environment without one. */
export function userFolderOf(env: Environment): string {
  return env['HOME'] || '/'
}

/** Our own records: `$TIMMY_STATE_DIR`, `$XDG_STATE_HOME/timmy`, `~/.local/state/timmy`. */
export function stateFolderOf({ env, cwd }: { readonly env: Environment; readonly cwd: string }): string {
  if (env['TIMMY_STATE_DIR']) return resolve(cwd, env['TIMMY_STATE_DIR'])
  return join(env['XDG_STATE_HOME'] || join(userFolderOf(env), '.local/state'), 'timmy')
}

/** What may be lost and made again: `$XDG_CACHE_HOME/timmy`, `~/.cache/timmy`. */
export function cacheFolderOf(env: Environment): string {
  return join(env['XDG_CACHE_HOME'] || join(userFolderOf(env), '.cache'), 'timmy')
}
