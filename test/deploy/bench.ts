// A bench for deploy: a scratch sidecar, a scratch Hermes home, our own state and a workspace, with all environment
// variables set, so that nothing outside the folder is read or written. Commands run in this process, or as a child
// where a test kills them.
//
//   using bench = deployBench({ sidecar: { 'config.yaml': 'agent: { max_turns: 60 }\n' } })
//   const { exit, stdout } = await bench.timmy('deploy', '--yes')

import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { runTimmy } from '../../src/app.ts'
import type { Disk } from '../../src/core/index.ts'
import { scratchFolder } from '../scratch.ts'
import { testWorld } from '../world.ts'

export interface BenchOptions {
  /** Files of the sidecar by path; a minimal timmy.yaml is there unless given. */
  readonly sidecar?: Readonly<Record<string, string>>
  /** Files of the home by path, mode 0600. */
  readonly home?: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
}

export interface RunOptions {
  readonly disk?: Disk
  readonly signal?: AbortSignal
  /** What the person at the terminal answers; without it nobody is there to be asked. */
  readonly answer?: boolean
  /** The clock; the real one without it. */
  readonly now?: () => Date
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
}

export interface Outcome {
  readonly exit: number
  readonly stdout: string
  readonly stderr: string
}

export type Bench = ReturnType<typeof deployBench>

const root = join(import.meta.dirname, '../..')

export const minimalManifest = `timmy: 1
name: bench
targets:
  local: { home: "~/.hermes", profile: default, host: local }
`

export function deployBench(options: BenchOptions = {}) {
  const folder = scratchFolder()
  const places = {
    home: folder.at('hermes'),
    sidecar: folder.at('sidecar'),
    state: folder.at('state'),
    workspace: folder.at('workspace'),
  }
  mkdirSync(places.home, { mode: 0o700 })
  const env: Record<string, string> = {
    PATH: pathWithoutEngine(folder.at('bin')),
    HOME: folder.at('user'),
    LANG: 'C.UTF-8',
    HERMES_HOME: places.home,
    TIMMY_HOME: places.workspace,
    TIMMY_STATE_DIR: places.state,
    TIMMY_SIDECAR: places.sidecar,
    HERMES_MANAGED_DIR: folder.at('managed'),
    ...options.env,
  }
  mkdirSync(env['HOME'] ?? folder.at('user'), { recursive: true })
  const home = filesIn(folder, 'hermes')
  const sidecar = filesIn(folder, 'sidecar')
  for (const [path, text] of Object.entries({ 'timmy.yaml': minimalManifest, ...options.sidecar }))
    sidecar.write(path, text)
  for (const [path, text] of Object.entries(options.home ?? {})) home.write(path, text)

  async function timmy(...argv: string[]): Promise<Outcome> {
    return timmyWith({}, ...argv)
  }

  /** Runs the real program in this process. */
  async function timmyWith(run: RunOptions, ...argv: string[]): Promise<Outcome> {
    const world = testWorld({
      cwd: run.cwd ?? folder.path,
      env: { ...env, ...run.env },
      ...(run.disk && { disk: run.disk }),
      ...(run.signal && { signal: run.signal }),
      ...(run.answer !== undefined && { isTerminal: true, answer: run.answer }),
    })
    await runTimmy(argv, { ...world, now: run.now ?? (() => new Date()) })
    return { exit: world.exitCode(), stdout: world.stdoutText(), stderr: world.stderrText() }
  }

  return {
    folder,
    ...places,
    env,
    home: { path: places.home, ...home },
    sidecar: { path: places.sidecar, ...sidecar },
    timmy,
    timmyWith,

    /** Runs a command that must exit so, with what it said in the failure's message. */
    async expect(exit: number, ...argv: string[]): Promise<Outcome> {
      const outcome = await timmy(...argv)
      assert.equal(
        outcome.exit,
        exit,
        `timmy ${argv.join(' ')} exited ${outcome.exit}:\n${outcome.stdout}${outcome.stderr}`,
      )
      return outcome
    },

    /** Runs a command with `--json`: its one document, and its exit code. */
    async json(...argv: string[]) {
      const { stdout, stderr, exit } = await timmy(...argv, '--json')
      assert.match(
        stdout,
        /^\{.*\}\n$/,
        `timmy ${argv.join(' ')} --json printed no document (exit ${exit}):\n${stdout}${stderr}`,
      )
      return { document: JSON.parse(stdout), exit }
    },

    /** Starts the program as a process of its own, leader of a group, to be killed or interrupted. */
    start(...argv: string[]): ChildProcess {
      return spawn(join(root, 'bin/timmy'), argv, {
        env,
        cwd: folder.path,
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
      })
    },

    /** Our folders of targets under the state folder. */
    targetFolders(): string[] {
      const deploy = join(places.state, 'deploy')
      return existsSync(deploy) ? readdirSync(deploy).map((name) => join(deploy, name)) : []
    },

    /** Every file under a folder of the bench with its content and mode, for comparing before and after. */
    snapshot: (of: 'hermes' | 'workspace' | 'sidecar' | 'state' = 'hermes') => snapshotOf(folder.at(of)),

    [Symbol.dispose]: () => folder[Symbol.dispose](),
  }
}

function filesIn(folder: ReturnType<typeof scratchFolder>, name: string) {
  const at = (path: string): string => folder.at(name, path)
  return {
    at,
    write: (path: string, text: string | Uint8Array, mode = 0o600): string =>
      folder.write(`${name}/${path}`, text, mode),
    read: (path: string): string => readFileSync(at(path), 'utf8'),
    bytes: (path: string): Buffer => readFileSync(at(path)),
    has: (path: string): boolean => existsSync(at(path)),
    remove: (path: string): void => rmSync(at(path), { recursive: true }),
    mode: (path: string): number => lstatSync(at(path)).mode & 0o7777,
    /** Replaces a text that must be there, as a hand with an editor would: a new file under the old name. */
    edit(path: string, from: string, to: string): void {
      const text = readFileSync(at(path), 'utf8')
      assert.ok(text.includes(from), `${path} does not hold ${from}:\n${text}`)
      folder.write(
        `${name}/${path}`,
        text.replace(from, () => to),
        lstatSync(at(path)).mode & 0o7777,
      )
    },
  }
}

/** Path by path: `mode content`, in base64 where it is no text; folders end in `/`. */
export function snapshotOf(folder: string, prefix = ''): Record<string, string> {
  if (!existsSync(folder)) return {}
  const entries = readdirSync(folder)
    .toSorted()
    .flatMap((name): [string, string][] => {
      const path = join(folder, name)
      const stat = lstatSync(path)
      const mode = (stat.mode & 0o7777).toString(8)
      if (stat.isDirectory())
        return [[`${prefix}${name}/`, mode], ...Object.entries(snapshotOf(path, `${prefix}${name}/`))]
      if (!stat.isFile()) return [[`${prefix}${name}`, `${mode} special`]]
      const bytes = readFileSync(path)
      const text = bytes.toString('utf8')
      return [[`${prefix}${name}`, `${mode} ${Buffer.from(text).equals(bytes) ? text : bytes.toString('base64')}`]]
    })
  return Object.fromEntries(entries)
}

/** The system's own folders, and a folder of links where `hermes` stands beside programs that we need. */
function pathWithoutEngine(links: string): string {
  const folders = (process.env['PATH'] ?? '/usr/bin:/bin').split(delimiter).filter((one) => one !== '')
  if (!folders.some((one) => existsSync(join(one, 'hermes')))) return folders.join(delimiter)
  const kept = folders.filter((one) => !existsSync(join(one, 'hermes')))
  mkdirSync(links, { recursive: true })
  for (const program of ['git', 'flock', 'sync', 'sh', 'env', 'python3']) {
    const found = folders.map((one) => join(one, program)).find((file) => existsSync(file))
    if (found !== undefined && !kept.includes(dirname(found))) symlinkSync(found, join(links, program))
  }
  return [links, ...kept].join(delimiter)
}
