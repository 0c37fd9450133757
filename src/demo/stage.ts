// The stage: one folder that holds everything a step may touch, and the way to run commands inside it.
//
// Promise: every place that a command or the engine could write to (HOME, the Hermes home, the workspace, our own
// records, the sidecar, scratch files) is named in the environment and lies in this folder. Of the outer environment
// only where programs are, the language and the engine's own choice are passed on.

import { mkdirSync } from 'node:fs'
import { findPackageJSON } from 'node:module'
import { dirname, join } from 'node:path'
import type { Context, Output } from '../core/index.ts'

/** The program in one call, as app.ts has it. */
export type RunTimmy = (argv: readonly string[], context: Context) => Promise<void>

export interface Outcome {
  readonly exit: number
  readonly stdout: string
  readonly stderr: string
}

export interface Answer {
  readonly exit: number
  /** The JSON document of the command. */
  readonly document: Document
}

/** What a step reads of a document; the shapes are those of docs/command-line.md. */
export type Document = Readonly<Record<string, unknown>>

export interface Stage {
  readonly folder: string
  readonly home: string
  readonly sidecar: string
  readonly workspace: string
  readonly env: Readonly<Record<string, string>>
  readonly signal: AbortSignal
  /** The program as it is installed, for what must be a process of its own. */
  readonly program: string
  /** Runs a command in this process; nobody is there to be asked. */
  readonly timmy: (...argv: string[]) => Promise<Outcome>
  /** Runs a command with `--json`. */
  readonly json: (...argv: string[]) => Promise<Answer>
}

export function stageIn(folder: string, context: Context, runTimmy: RunTimmy): Stage {
  const at = (name: string): string => join(folder, name)
  const places = { home: at('hermes'), sidecar: at('sidecar'), workspace: at('workspace') }
  for (const name of ['user', 'tmp']) mkdirSync(at(name), { mode: 0o700 })
  const env = environment(context.env, {
    HOME: at('user'),
    TMPDIR: at('tmp'),
    HERMES_HOME: places.home,
    TIMMY_HOME: places.workspace,
    TIMMY_STATE_DIR: at('state'),
    TIMMY_SIDECAR: places.sidecar,
    // Neither this machine's administrator nor its git settings have a part in the demo.
    HERMES_MANAGED_DIR: at('managed'),
    HERMES_DISABLE_LAZY_INSTALLS: '1',
    GIT_CONFIG_GLOBAL: at('user/.gitconfig'),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'Demo',
    GIT_AUTHOR_EMAIL: 'demo@example.invalid',
    GIT_COMMITTER_NAME: 'Demo',
    GIT_COMMITTER_EMAIL: 'demo@example.invalid',
  })

  async function timmy(...argv: string[]): Promise<Outcome> {
    const [stdout, stderr] = [caught(), caught()]
    const process: Context['process'] = { stdout, stderr, exitCode: null }
    const { disk, signal } = context
    const inner: Context = {
      process,
      cwd: folder,
      env,
      disk,
      signal,
      isTerminal: false,
      now: () => context.now(),
      ask: async () => false,
    }
    await runTimmy(argv, inner)
    context.signal.throwIfAborted()
    return { exit: Number(process.exitCode ?? 0), stdout: stdout.text(), stderr: stderr.text() }
  }

  return {
    folder,
    ...places,
    env,
    signal: context.signal,
    program: programFile(),
    timmy,
    async json(...argv) {
      const { exit, stdout, stderr } = await timmy(...argv, '--json')
      return { exit, document: parse(stdout) ?? { stdout, stderr } }
    },
  }
}

const passedOn = ['PATH', 'LANG', 'LC_ALL', 'TZ', 'TIMMY_HERMES']

function environment(
  outer: Readonly<Record<string, string | undefined>>,
  own: Record<string, string>,
): Record<string, string> {
  const known = passedOn.flatMap((name): [string, string][] => (outer[name] ? [[name, outer[name]]] : []))
  return { ...Object.fromEntries(known), ...own }
}

function caught(): Output & { text(): string } {
  let text = ''
  return {
    write(part) {
      text += part
    },
    text: () => text,
  }
}

function parse(text: string): Document | undefined {
  try {
    return JSON.parse(text) as Document
  } catch {
    return undefined
  }
}

function programFile(): string {
  const manifest = findPackageJSON('..', import.meta.url)
  if (manifest === undefined) throw new Error('the package that timmy runs from has no package.json')
  return join(dirname(manifest), 'bin/timmy')
}
