// The first commit of a new sidecar, in a repository of its own.
//
// Promise: git works in this one folder and nowhere else; a folder inside somebody's repository is left to that
// repository. What git cannot do (no git, nobody to sign as) is told and is no failure: a sidecar works without it.

import { run, type RunResult } from '../../core/index.ts'

type Environment = Readonly<Record<string, string | undefined>>

export interface FirstCommit {
  readonly state: 'committed' | 'not-committed' | 'skipped'
  /** What was done or why not, as a clause. */
  readonly sentence: string
  /** What the owner may do now. */
  readonly next?: string
}

const timeoutMs = 60_000

export async function commitFirst(folder: string, env: Environment): Promise<FirstCommit> {
  const git = (...args: string[]): Promise<RunResult> =>
    run(['git', '-C', folder, ...args], { timeoutMs, env: withoutRepository(env) })
  const inside = await git('rev-parse', '--is-inside-work-tree')
  if (inside.notFound) return { state: 'skipped', sentence: 'git is not installed, so it is a plain folder' }
  if (inside.exitCode === 0) {
    return {
      state: 'skipped',
      sentence: 'it lies inside a git repository, so committing is yours',
      next: `git add ${folder}`,
    }
  }
  const made = await git('init', '--quiet')
  if (made.exitCode !== 0) return { state: 'skipped', sentence: 'git init failed, so it is a plain folder' }
  const added = await git('add', '--all')
  const message = 'A sidecar as timmy init made it'
  const committed = added.exitCode === 0 ? await git('commit', '--quiet', '--message', message) : added
  if (committed.exitCode === 0) return { state: 'committed', sentence: 'a git repository with a first commit' }
  const isNobody = /user\.(?:name|email)|identity unknown/i.test(committed.stderr)
  return {
    state: 'not-committed',
    sentence: `a git repository without a commit yet: ${isNobody ? 'git does not know who you are' : 'git commit failed'}`,
    next: isNobody
      ? 'git config --global user.name NAME; git config --global user.email ADDRESS'
      : `git -C ${folder} commit`,
  }
}

/** A hook that started us names its own repository in the environment. */
function withoutRepository(env: Environment): Environment {
  const own =
    /^GIT_(?:DIR|WORK_TREE|INDEX_FILE|COMMON_DIR|PREFIX|NAMESPACE|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES)$/
  return Object.fromEntries(Object.entries(env).filter(([name]) => !own.test(name)))
}
