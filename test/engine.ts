// The real engines for tests, as bin/engines set them up, and scratch homes that keep them off everything else.
//
// Promise: a scratch home has a private HOME, HERMES_HOME and TIMMY_* of its own, and its engine installs nothing,
// asks no network and finds no proxy. Without an engine the tests say which one is missing and how to get it.

import { cpSync, existsSync, mkdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { cacheFolderOf, realDisk } from '../src/core/index.ts'
import { findEngine, homeOf, type Engine, type EngineTarget } from '../src/hermes/index.ts'
import { scratchFolder, type ScratchFolder } from './scratch.ts'

/** The versions of the contract, oldest first. */
export const engineVersions = ['0.18.0', '0.18.2', '0.19.0'] as const
export type EngineVersion = (typeof engineVersions)[number]

export interface InstalledEngine {
  readonly version: EngineVersion
  readonly program: string
  readonly interpreter: string
}

export const fixtures = join(import.meta.dirname, 'fixtures/engine')

/** The engines that are set up on this machine. */
export function engines(): InstalledEngine[] {
  return engineVersions.flatMap((version) => {
    const environment = join(cacheFolderOf(process.env), 'engines', `hermes-agent-${version}`)
    if (!existsSync(join(environment, '.complete'))) return []
    return [{ version, program: join(environment, 'bin/hermes'), interpreter: join(environment, 'bin/python3') }]
  })
}

/** For `{ skip }` of a test that needs this engine: false, or what to do. */
export function skipReason(version: EngineVersion): string | false {
  if (engines().some((engine) => engine.version === version)) return false
  return `hermes-agent ${version} is not set up here: bin/engines`
}

/** The engine as the program finds it. */
export async function engineOf(version: EngineVersion): Promise<Engine> {
  const installed = engines().find((engine) => engine.version === version)
  if (!installed) throw new Error(`hermes-agent ${version} is not set up`)
  const env = { ...process.env, TIMMY_HERMES: installed.program }
  const engine = await findEngine({ cwd: '/', env, disk: realDisk })
  if (!engine) throw new Error('no engine found')
  return engine
}

export interface ScratchHome extends EngineTarget {
  /** Holds the home and all else; removed in the end. */
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
  /** Writes a file of the home with mode 0600, folders made as needed. */
  write(path: string, text: string): void
  [Symbol.dispose](): void
}

export interface ScratchOptions {
  /** A copy of the lived-in home instead of an empty one. */
  readonly livedIn?: boolean
  /** Files to begin with, by path in the home. */
  readonly files?: Readonly<Record<string, string>>
  readonly profile?: string
}

/** A home in a scratch folder. `using home = scratchHome()` removes it. */
export function scratchHome({ livedIn = false, files = {}, profile = 'default' }: ScratchOptions = {}): ScratchHome {
  const scratch = scratchFolder()
  const target = homeOf(scratch.at('hermes'), profile)
  mkdirSync(target.home, { recursive: true, mode: 0o700 })
  if (livedIn) cpSync(join(fixtures, 'home-0.19'), target.home, { recursive: true })
  const write = (path: string, text: string): void =>
    void scratch.write(relative(scratch.path, join(target.home, path)), text)
  for (const [path, text] of Object.entries(files)) write(path, text)
  return {
    ...target,
    folder: scratch.path,
    env: environmentIn(scratch, target.homeRoot),
    write,
    [Symbol.dispose]: () => scratch[Symbol.dispose](),
  }
}

function environmentIn(scratch: ScratchFolder, homeRoot: string): Record<string, string> {
  mkdirSync(scratch.at('user'))
  return {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    LANG: 'C.UTF-8',
    HOME: scratch.at('user'),
    TMPDIR: scratch.path,
    HERMES_HOME: homeRoot,
    TIMMY_HOME: scratch.at('workspace'),
    TIMMY_STATE_DIR: scratch.at('state'),
    TIMMY_SIDECAR: scratch.at('sidecar'),
    HERMES_DISABLE_LAZY_INSTALLS: '1',
    HERMES_MANAGED_DIR: scratch.at('managed'), // not the machine's own /etc/hermes
    no_proxy: '127.0.0.1,localhost',
  }
}
