// The engine of this machine: the `hermes` program, its Python, its version and features; and how to start it.
//
// Promise: finding it costs no process as long as neither the program nor its package moved, and a question about
// the engine never creates or changes a home: those run in a private scratch one.
// Not its job: what the engine makes of a home (effective.ts), whether a gateway runs (gateway.ts).

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join, resolve } from 'node:path'
import { run, TimmyError, type Disk, type Json, isMapping, type RunResult } from '../core/index.ts'
import {
  featuresOfVersion,
  featuresWhere,
  isKnownVersion,
  shownByHelp,
  type Feature,
  type Features,
} from './features.ts'
import { interpreterOf } from './interpreter.ts'

export interface Engine {
  /** Absolute path of the `hermes` program. */
  readonly program: string
  /** Absolute path of the Python that holds its packages; undefined when it cannot be told. */
  readonly interpreter: string | undefined
  /** `0.19.0`, or `unknown`. */
  readonly version: string
  /** False for a version that our contract tests do not cover: the caller warns once. */
  readonly known: boolean
  readonly features: Features
  /** The folder that holds the engine's packages; undefined when only the program could be asked. */
  readonly packageRoot: string | undefined
}

/** The home an engine command works on: always named in full, for `active_profile` redirects what is not. */
export interface EngineTarget {
  /** The home itself: `homeRoot`, or `<homeRoot>/profiles/<profile>`. */
  readonly home: string
  /** HERMES_HOME. */
  readonly homeRoot: string
  readonly profile: string
}

type Environment = Readonly<Record<string, string | undefined>>

/** What finding an engine may touch of the world. */
export interface EngineSearch {
  readonly cwd: string
  readonly env: Environment
  readonly disk: Disk
  /** Where the answer is kept for the next time; without it nothing is kept. */
  readonly stateFolder?: string
  readonly signal?: AbortSignal
}

/** A command of the engine, ready for `run`. */
export interface EngineCommand {
  readonly argv: readonly string[]
  readonly env: Environment
}

const questionTimeoutMs = 20_000
const cacheSchema = 1

/**
 * The engine that `$TIMMY_HERMES` names, else the `hermes` on PATH; undefined when there is none.
 * Throws ENGINE_UNREACHABLE when `$TIMMY_HERMES` names nothing, or the program found does not answer.
 */
export async function findEngine(search: EngineSearch): Promise<Engine | undefined> {
  const program = findProgram(search)
  if (program === undefined) return undefined
  const kept = readKept(search, program)
  if (kept) return kept
  const { interpreter, version, packageFile } = await identify(search, program)
  const features = await featuresOf(search, program, version)
  const engine = {
    program,
    interpreter,
    version: version ?? 'unknown',
    known: isKnownVersion(version ?? ''),
    features,
    packageRoot: packageRootOf(packageFile),
  }
  keep(search, engine, packageFile)
  return engine
}

/** The one way to start the engine for a target. */
export function engineCommand(
  engine: Pick<Engine, 'program'>,
  target: EngineTarget,
  args: readonly string[],
  env: Environment,
): EngineCommand {
  return {
    argv: [engine.program, '-p', target.profile, ...args],
    // With SUDO_USER the engine looks for the profile in that user's home and not in HERMES_HOME.
    env: { ...env, HERMES_HOME: target.homeRoot, SUDO_USER: undefined },
  }
}

/** Runs a command of the engine for a target; a failure is a value. */
export function runEngine(
  engine: Pick<Engine, 'program'>,
  target: EngineTarget,
  args: readonly string[],
  options: { env: Environment; timeoutMs: number; cwd?: string; signal?: AbortSignal },
): Promise<RunResult> {
  const { argv, env } = engineCommand(engine, target, args, options.env)
  return run(argv, {
    timeoutMs: options.timeoutMs,
    cwd: options.cwd ?? target.homeRoot,
    env,
    ...(options.signal && { signal: options.signal }),
  })
}

/** How a run that brought no answer ended, as the end of a sentence. */
export function endOf({ notFound, timedOut, exitCode, endedBy }: RunResult): string {
  if (notFound) return 'could not be started'
  if (timedOut) return 'did not answer in time'
  return exitCode === null ? `was ended by ${endedBy ?? 'a signal'}` : `ended with ${exitCode}`
}

function findProgram(search: EngineSearch): string | undefined {
  const named = search.env['TIMMY_HERMES']
  if (!named) return onPath(search, 'hermes')
  const program = named.includes('/') ? resolve(search.cwd, named) : onPath(search, named)
  if (program !== undefined && isProgram(search.disk, program)) return program
  throw new TimmyError('ENGINE_UNREACHABLE', `TIMMY_HERMES names ${named}, and no program is there`, {
    hint: 'unset TIMMY_HERMES',
  })
}

function onPath(search: EngineSearch, name: string): string | undefined {
  const folders = (search.env['PATH'] ?? '').split(delimiter).filter((folder) => folder.startsWith('/'))
  return folders.map((folder) => join(folder, name)).find((path) => isProgram(search.disk, path))
}

function isProgram(disk: Disk, path: string): boolean {
  try {
    const stat = disk.stat(path)
    return stat?.kind === 'link' || (stat?.kind === 'file' && (stat.mode & 0o111) !== 0)
  } catch {
    return false // a folder on PATH that is closed to us: what lies in it we could not run either
  }
}

interface Identity {
  readonly interpreter: string | undefined
  readonly version: string | undefined
  /** A file that changes when the package does, even where the program is a wrapper that stays. */
  readonly packageFile: string | undefined
}

/** Its own Python answers in 20 ms and touches nothing; the program itself is asked where that fails. */
async function identify(search: EngineSearch, program: string): Promise<Identity> {
  const interpreter = interpreterOf(search.disk, program)
  if (interpreter !== undefined) {
    const script = 'import hermes_cli; print(hermes_cli.__version__); print(hermes_cli.__file__)'
    const { exitCode, stdout } = await run([interpreter, '-I', '-c', script], {
      timeoutMs: questionTimeoutMs,
      cwd: '/',
      env: search.env,
      ...(search.signal && { signal: search.signal }),
    })
    const [version, packageFile] = stdout.split('\n')
    if (exitCode === 0 && /^\d+\.\d+\.\d+/.test(version ?? ''))
      return { interpreter, version: version?.trim(), packageFile }
  }
  const answer = await askAlone(search, program, ['--version'])
  if (answer.exitCode !== 0) {
    throw new TimmyError('ENGINE_UNREACHABLE', `${program} --version ${endOf(answer)}.`, {
      hint: `${program} --version`,
    })
  }
  const [firstLine = ''] = answer.stdout.split('\n')
  return { interpreter: undefined, version: /v(\d+\.\d+\.\d+)/.exec(firstLine)?.[1], packageFile: undefined }
}

async function featuresOf(search: EngineSearch, program: string, version: string | undefined): Promise<Features> {
  const features = featuresOfVersion(version)
  if (version !== undefined && isKnownVersion(version)) return features
  const shown = new Map<Feature, boolean>()
  for (const { feature, args, text } of shownByHelp) {
    const { exitCode, stdout } = await askAlone(search, program, args)
    if (exitCode === 0) shown.set(feature, text.test(stdout))
  }
  return featuresWhere((feature) => shown.get(feature) ?? features.has(feature))
}

/** Runs a question that needs no home in a scratch one, for the engine would create what is missing. */
async function askAlone(search: EngineSearch, program: string, args: readonly string[]): Promise<RunResult> {
  const { tmpdir } = process.getBuiltinModule('node:os')
  const scratch = mkdtempSync(join(tmpdir(), 'timmy-engine-'))
  try {
    const env = { ...search.env, HERMES_HOME: scratch, SUDO_USER: undefined }
    const signal = search.signal && { signal: search.signal }
    return await run([program, ...args], { timeoutMs: questionTimeoutMs, cwd: scratch, env, ...signal })
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

/** What must be unchanged for a kept answer to hold. */
function signatureOf(disk: Disk, program: string, packageFile: string | undefined): string {
  const parts = [program, ...(packageFile === undefined ? [] : [packageFile])].map((path) => {
    const stat = disk.stat(path)
    return stat ? `${path}:${stat.size}:${stat.mtimeNs}:${stat.inode}` : `${path}:absent`
  })
  return [cacheSchema, ...parts].join('|')
}

function readKept(search: EngineSearch, program: string): Engine | undefined {
  if (search.stateFolder === undefined) return undefined
  try {
    const document: unknown = JSON.parse(search.disk.read(join(search.stateFolder, 'engine.json')).toString('utf8'))
    if (!isMapping(document)) return undefined
    const { signature, packageFile, interpreter, version, features } = document
    if (signature !== signatureOf(search.disk, program, textOf(packageFile))) return undefined
    if (typeof version !== 'string' || !Array.isArray(features)) return undefined
    const known = isKnownVersion(version)
    const kept = featuresWhere((feature) => features.includes(feature))
    return {
      program,
      interpreter: textOf(interpreter),
      version,
      known,
      features: kept,
      packageRoot: packageRootOf(textOf(packageFile)),
    }
  } catch {
    return undefined // nothing kept, or not readable: ask again
  }
}

/** The folder above `hermes_cli/`. */
function packageRootOf(packageFile: string | undefined): string | undefined {
  return packageFile === undefined ? undefined : dirname(dirname(packageFile))
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function keep(search: EngineSearch, engine: Engine, packageFile: string | undefined): void {
  if (search.stateFolder === undefined) return
  const { interpreter, version, features } = engine
  const signature = signatureOf(search.disk, engine.program, packageFile)
  try {
    mkdirSync(search.stateFolder, { recursive: true, mode: 0o700 })
    writeFileSync(
      join(search.stateFolder, 'engine.json'),
      JSON.stringify({ signature, packageFile, interpreter, version, features: [...features] }),
      { mode: 0o600 },
    )
  } catch {
    // a state folder that cannot be written costs the next command half a second, no more
  }
}
