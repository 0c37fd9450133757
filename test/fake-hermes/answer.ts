// A `hermes` without an engine: what 0.19.0 answered when it was recorded, and live answers for what deploy asks.
//
// Live, from the home's files: version, profile selection, config path, config get, fallback list, cron list, gateway
// status and stop of a gateway that is down. Everything else is played back from cli-transcripts.json by its
// arguments, file effects included; FAKE_HERMES_CALL names one recording where several have the same. A call that was
// never recorded is a usage error. Promise: test/fake-hermes.test.ts holds it to the recordings.

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parse } from 'yaml'
import { isMapping, type Json, type JsonMapping } from '../../src/core/index.ts'
import { fixtures } from '../engine.ts'

export interface RecordedCall {
  readonly name: string
  readonly argv: readonly string[]
  /** Negative: ended by that signal. */
  readonly exit: number
  readonly stdout: string
  readonly stderr: string
  readonly env?: Readonly<Record<string, string>>
  /** Files of the home: `path 0oMODE`. */
  readonly created?: readonly string[]
  readonly changed?: readonly string[]
  readonly removed?: readonly string[]
}

export interface FakeWorld {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
}

export type FakeAnswer = Pick<RecordedCall, 'exit' | 'stdout' | 'stderr'>

/** Every recorded call of the engine. */
export function recordedCalls(): readonly RecordedCall[] {
  const { calls }: { calls: readonly RecordedCall[] } = JSON.parse(read(join(fixtures, 'cli-transcripts.json')) ?? '')
  return calls
}

/** Answers a command line (without the program's name), with its effects on the home. */
export function answerHermes(argv: readonly string[], world: FakeWorld): FakeAnswer {
  const root = world.env['HERMES_HOME'] || join(world.env['HOME'] ?? '/', '.hermes')
  const named = world.env['FAKE_HERMES_CALL']
  if (named !== undefined)
    return play(
      recordedCalls().find(({ name }) => name === named),
      root,
      world,
    )
  const { profile, args } = selectProfile(argv, root)
  const home = profile === 'default' ? root : join(root, 'profiles', profile)
  if (home !== root && !existsSync(home)) {
    const hint = `Create it with: hermes profile create ${profile}`
    return failed(1, `Error: Profile '${profile}' does not exist. ${hint}\n`)
  }
  const live = answerLive(args, home)
  if (live) return live
  const recorded = recordedCalls().find((call) => isSameCall(call.argv.slice(1), args, world))
  return recorded ? play(recorded, home, world) : failed(2, `hermes: never recorded: ${args.join(' ')}\n`)
}

/** `-p NAME`, else the sticky profile: it redirects even with HERMES_HOME at the root. */
function selectProfile(argv: readonly string[], root: string): { profile: string; args: readonly string[] } {
  const [flag, name, ...rest] = argv
  if ((flag === '-p' || flag === '--profile') && name !== undefined) return { profile: name, args: rest }
  return { profile: read(join(root, 'active_profile'))?.trim() || 'default', args: argv }
}

function answerLive(args: readonly string[], home: string): FakeAnswer | undefined {
  const [command, sub, third, ...rest] = args
  const line = args.join(' ')
  if (line === '--version' || line === 'version') return printed(recordedOutput('version'))
  if (command === 'config' && sub === 'path') return printed(`${home}/config.yaml\n`)
  if (command === 'config' && sub === 'get' && third !== undefined)
    return configGet(home, third, rest.includes('--json'))
  if (line === 'fallback list') return printed(fallbackList(configOf(home).value))
  if (line === 'cron list' || line === 'cron list --all') return cronList(home, line.endsWith('--all'))
  const isDown = !existsSync(join(home, 'gateway.pid'))
  if (line === 'gateway status' && isDown) return printed(recordedOutput('gateway-status-down'))
  if (line === 'gateway stop' && isDown) return printed(recordedOutput('gateway-stop-down'))
  return undefined
}

// --- answers from the home's files

function configGet(home: string, key: string, asJson: boolean): FakeAnswer {
  seed(home)
  const { value: config, fault } = configOf(home)
  const warning = fault === undefined ? '' : `⚠️  hermes config: Failed to parse ${home}/config.yaml: ${fault}\n`
  const found = valueAt(config, key.split('.'))
  if (found === undefined) return failed(1, `${warning}Config key not set: ${key}\n`)
  const text = asJson ? pythonJson(found) : typeof found === 'object' && found !== null ? '' : plainText(found)
  return { exit: 0, stdout: `${text}\n`, stderr: warning }
}

function plainText(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function fallbackList(config: JsonMapping): string {
  const declared = config['fallback_providers']
  const entries = (Array.isArray(declared) ? declared : [declared]).filter(
    (entry): entry is JsonMapping => isMapping(entry) && Boolean(entry['provider']) && Boolean(entry['model']),
  )
  if (entries.length === 0) return recordedOutput('fallback-list-empty')
  const [model, provider] = ['default', 'provider'].map((key) => valueAt(config, ['model', key]))
  const lines = entries.map(({ model: name, provider: via, base_url: url }, at) => {
    return `    ${at + 1}. ${plainText(name ?? '')}  (via ${plainText(via ?? '')})${url ? `  [${plainText(url)}]` : ''}\n`
  })
  const count = `${entries.length} ${entries.length === 1 ? 'entry' : 'entries'}`
  const tail = recordedOutput('fallback-list-mapping').split('\n').slice(-5).join('\n')
  const primary = `\n  Primary:   ${plainText(model ?? '')}  (via ${plainText(provider ?? '')})\n`
  return `${primary}\n  Fallback chain (${count}):\n${lines.join('')}\n${tail.trimStart().replace(/^/, '  ')}`
}

function cronList(home: string, all: boolean): FakeAnswer {
  let file: Json
  try {
    file = JSON.parse(read(join(home, 'cron/jobs.json')) ?? '{"jobs":[]}')
  } catch {
    return failed(1, 'RuntimeError: Cron database corrupted and unrepairable\n')
  }
  const records = isMapping(file) ? (file['jobs'] ?? []) : file
  const jobs = (Array.isArray(records) ? records : []).filter(isMapping)
  const shown = jobs.filter(({ enabled }) => all || enabled !== false)
  if (shown.length === 0) return printed(recordedOutput('cron-list-empty'))
  if (shown.some(({ schedule }) => typeof schedule === 'string')) {
    return failed(1, "AttributeError: 'str' object has no attribute 'get'\n")
  }
  const recorded = recordedOutput('cron-list')
  const frame = recorded.slice(0, recorded.indexOf('\n\n', 1) + 2)
  return printed(frame + shown.map(jobText).join('') + recorded.slice(recorded.indexOf('  ⚠  Gateway is not running')))
}

function jobText(job: JsonMapping): string {
  const schedule = isMapping(job['schedule']) ? job['schedule'] : {}
  const repeat = isMapping(job['repeat']) && job['repeat']['times'] ? job['repeat'] : undefined
  const times = repeat ? `${plainText(repeat['completed'] ?? 0)}/${plainText(repeat['times'] ?? 0)}` : '∞'
  const isOn = job['enabled'] !== false
  const fields: [string, Json | undefined][] = [
    ['Name:', job['name']],
    ['Schedule:', job['schedule_display'] ?? schedule['display'] ?? schedule['expr'] ?? '?'],
    ['Repeat:', times],
    ['Next run:', job['next_run_at'] ?? 'None'],
    ['Deliver:', job['deliver'] ?? 'local'],
  ]
  if (job['script']) fields.push(['Script:', job['script']])
  if (job['no_agent']) fields.push(['Mode:', 'no-agent (script stdout delivered directly)'])
  const text = fields.map(([name, value]) => `    ${name.padEnd(10)} ${plainText(value ?? '')}\n`).join('')
  return `  ${plainText(job['id'] ?? '?')} [${isOn ? 'active' : job['state'] === 'paused' ? 'paused' : 'disabled'}]\n${text}\n`
}

/** The file laid over the engine's defaults; with a fault the defaults alone. */
function configOf(home: string): { value: JsonMapping; fault?: string } {
  try {
    const file: Json = parse(read(join(home, 'config.yaml')) ?? '', { version: '1.1', merge: true }) ?? {}
    if (!isMapping(file)) return { value: defaults(), fault: "'list' object has no attribute 'items'." }
    return { value: merged(defaults(), expanded(file, process.env)) }
  } catch {
    return { value: defaults(), fault: 'not YAML.' }
  }
}

function defaults(): JsonMapping {
  const { keys }: { keys: Record<string, { default: Json }> } = JSON.parse(
    read(join(fixtures, 'config-keys-0.19.json')) ?? '',
  )
  return Object.entries(keys).reduce<JsonMapping>(
    (tree, [key, leaf]) =>
      merged(
        tree,
        key.split('.').reduceRight<Json>((value, part) => ({ [part]: value }), leaf.default),
      ),
    {},
  )
}

function merged(base: JsonMapping, over: Json): JsonMapping {
  if (!isMapping(over)) return base
  const entries = Object.entries(over).map(([key, value]) => {
    const below = base[key]
    return [key, isMapping(below) && isMapping(value) ? merged(below, value) : value] as const
  })
  return { ...base, ...Object.fromEntries(entries) }
}

function expanded<T extends Json>(value: T, env: FakeWorld['env']): T {
  const text = JSON.stringify(value).replaceAll(/\$\{([^}]+)\}/g, (whole, name: string) => env[name] ?? whole)
  const result: T = JSON.parse(text)
  return result
}

function valueAt(tree: Json, path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((value, part) => (isMapping(value) ? value[part] : undefined), tree)
}

/** As Python's json.dumps writes it: a space after each comma and colon. */
function pythonJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`
  if (!isMapping(value)) return JSON.stringify(value)
  return `{${Object.entries(value)
    .map(([key, member]) => `${JSON.stringify(key)}: ${pythonJson(member)}`)
    .join(', ')}}`
}

// --- playing back

function isSameCall(recorded: readonly string[], asked: readonly string[], world: FakeWorld): boolean {
  return recorded.length === asked.length && recorded.every((arg, at) => inPlace(arg, '', world) === asked[at])
}

function play(call: RecordedCall | undefined, home: string, world: FakeWorld): FakeAnswer {
  if (!call) return failed(2, 'hermes: no recording of that name\n')
  for (const entry of call.created ?? []) {
    const [, path = '', mode = ''] = /^(.*) 0o(\d+)$/.exec(entry) ?? []
    touch(join(home, path), Number.parseInt(mode, 8))
  }
  for (const path of call.removed ?? []) rmSync(join(home, path), { force: true })
  return { exit: call.exit, stdout: inPlace(call.stdout, home, world), stderr: inPlace(call.stderr, home, world) }
}

function inPlace(text: string, home: string, world: FakeWorld): string {
  return text
    .replaceAll('$HERMES_HOME', home)
    .replaceAll('$CWD', world.cwd)
    .replaceAll('$TMP', world.env['TMPDIR'] ?? '/tmp')
    .replaceAll('$VENV', '/opt/hermes/venv')
}

function recordedOutput(name: string): string {
  const call = recordedCalls().find((recorded) => recorded.name === name)
  return inPlace(call?.stdout ?? '', '', { env: {}, cwd: '' })
}

/** The SOUL.md that 0.18.0 to 0.19.0 seed. */
export const seededSoul = [
  'You are Hermes Agent, an intelligent AI assistant created by Nous Research.',
  'You are helpful, knowledgeable, and direct. You assist users with a wide range of tasks including answering',
  'questions, writing and editing code, analyzing information, creative work, and executing actions via your tools.',
  'You communicate clearly, admit uncertainty when appropriate, and prioritize being genuinely useful over being verbose',
  'unless otherwise directed below. Be targeted and efficient in your exploration and investigations.',
].join(' ')

/** What nearly any command leaves in a home. */
function seed(home: string): void {
  touch(join(home, 'SOUL.md'), 0o644, seededSoul)
  for (const log of ['agent', 'errors']) touch(join(home, `logs/${log}.log`), 0o644)
}

function touch(path: string, mode: number, content = ''): void {
  if (existsSync(path)) return
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  writeFileSync(path, content, { mode })
}

function printed(stdout: string): FakeAnswer {
  return { exit: 0, stdout, stderr: '' }
}

function failed(exit: number, stderr: string): FakeAnswer {
  return { exit, stdout: '', stderr }
}

function read(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}
