// What a deploy costs beside rsync and cp, in the same rounds on the same machine.
//
//   bin/with-node bench/deploy.ts [--files 200,2000,20000] [--rounds 7]
//
// Each round runs every program once, in turn, as a whole process: ours from the packed bundle with lint, lock,
// journal and barrier on; `rsync -a --checksum` and `cp -a` with nothing of the kind. Ratios are of medians. The scan
// of new content for secrets happens once, in the warm-up, and is told apart; so are the engine's own answers, for no
// engine is on PATH here. Asserts nothing: machines are noisy.

import { execFileSync, spawnSync } from 'node:child_process'
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'

const root = join(import.meta.dirname, '..')
const { values } = parseArgs({
  options: { files: { type: 'string', default: '200,2000,20000' }, rounds: { type: 'string', default: '7' } },
})
const rounds = Number(values.rounds)

interface Workplace {
  readonly folder: string
  readonly sidecar: string
  readonly env: NodeJS.ProcessEnv
}

/** Seconds of wall time and, where GNU time is there, the peak of memory in MB. */
interface Cost {
  readonly seconds: number
  readonly peakMb: number | undefined
}

const timmy = packedTimmy()
for (const count of values.files.split(',').map(Number)) benchSize(count)

function benchSize(count: number): void {
  const place = workplace(count)
  try {
    const first = deploy(place, 'home-warm')
    console.log(`\n${count} files: first deploy with the scan of all content ${ms(first)}, ${first.peakMb ?? '?'} MB`)
    const cases = { cold: coldRound, 'nothing to do': idleRound, 'one file changed': changedRound }
    for (const [name, round] of Object.entries(cases)) report(name, alternate(place, round))
  } finally {
    rmSync(place.folder, { recursive: true })
  }
}

type Round = (place: Workplace, number: number) => Record<'timmy' | 'rsync' | 'cp', Cost>

function coldRound(place: Workplace, number: number): ReturnType<Round> {
  const costs = { timmy: deploy(place, `home-cold-${number}`), ...peers(place, `cold-${number}`) }
  for (const name of [`home-cold-${number}`, `rsync-cold-${number}`, `cp-cold-${number}`]) {
    rmSync(join(place.folder, name), { recursive: true })
  }
  return costs
}

function idleRound(place: Workplace): ReturnType<Round> {
  return { timmy: deploy(place, 'home-warm'), ...peers(place, 'warm') }
}

function changedRound(place: Workplace, number: number): ReturnType<Round> {
  appendFileSync(join(place.sidecar, 'skills/bench/f-00000.md'), `line ${number}\n`)
  return idleRound(place)
}

function peers({ folder, sidecar }: Workplace, name: string): Record<'rsync' | 'cp', Cost> {
  const from = `${sidecar}/skills/`
  for (const peer of ['rsync', 'cp']) mkdirSync(join(folder, `${peer}-${name}`, 'skills'), { recursive: true })
  return {
    rsync: timed(['rsync', '-a', '--checksum', from, join(folder, `rsync-${name}/skills/`)]),
    cp: timed(['cp', '-a', `${from}.`, join(folder, `cp-${name}/skills/`)]),
  }
}

function deploy({ folder, env }: Workplace, home: string): Cost {
  mkdirSync(join(folder, home), { recursive: true, mode: 0o700 })
  return timed([timmy, 'deploy', '--yes', '--quiet'], { ...env, HERMES_HOME: join(folder, home) })
}

function alternate(place: Workplace, round: Round): ReturnType<Round>[] {
  return Array.from({ length: rounds }, (_, number) => round(place, number))
}

function report(name: string, costs: readonly ReturnType<Round>[]): void {
  const of = (program: 'timmy' | 'rsync' | 'cp'): number => median(costs.map((cost) => cost[program].seconds))
  const peak = Math.max(...costs.map(({ timmy: { peakMb } }) => peakMb ?? 0))
  const [ours, rsync, cp] = [of('timmy'), of('rsync'), of('cp')]
  console.log(
    `  ${name.padEnd(18)} timmy ${ms({ seconds: ours })}  rsync ${ms({ seconds: rsync })}  cp ${ms({ seconds: cp })}` +
      `  timmy/rsync ${(ours / rsync).toFixed(2)}  timmy/cp ${(ours / cp).toFixed(2)}  peak ${peak} MB`,
  )
}

function ms({ seconds }: Pick<Cost, 'seconds'>): string {
  return `${(seconds * 1000).toFixed(0)} ms`.padStart(8)
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

function timed(argv: readonly string[], env: NodeJS.ProcessEnv = process.env): Cost {
  const [program = '', ...rest] = argv
  const began = process.hrtime.bigint()
  const result = spawnSync('/usr/bin/time', ['-f', 'peak %M', program, ...rest], { env, encoding: 'utf8' })
  const seconds = Number(process.hrtime.bigint() - began) / 1e9
  if (result.error) return timedPlainly(argv, env)
  if (result.status !== 0) throw new Error(`${argv.join(' ')} exited ${result.status}: ${result.stderr}`)
  const peak = /peak (\d+)/.exec(result.stderr)?.[1]
  return { seconds, peakMb: peak === undefined ? undefined : Math.round(Number(peak) / 1024) }
}

function timedPlainly([program = '', ...rest]: readonly string[], env: NodeJS.ProcessEnv): Cost {
  const began = process.hrtime.bigint()
  const { status, stderr } = spawnSync(program, rest, { env, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program} exited ${status}: ${stderr}`)
  return { seconds: Number(process.hrtime.bigint() - began) / 1e9, peakMb: undefined }
}

/** A sidecar of plain skill files, mean size 10 KB, log-normal, and everything around it. */
function workplace(count: number): Workplace {
  const folder = mkdtempSync(join(tmpdir(), 'timmy-bench-'))
  const sidecar = join(folder, 'sidecar')
  write(
    join(sidecar, 'timmy.yaml'),
    'timmy: 1\nname: bench\ntargets:\n  local: { home: "~/.hermes", profile: default }\n',
  )
  const random = seeded(7)
  for (let index = 0; index < count; index += 1) {
    const size = Math.min(200_000, Math.round(Math.exp(8.7 + random() * 1.0 + random() * 0.6)))
    const name = index < 1 ? '' : `group-${Math.floor(index / 100)}/`
    write(join(sidecar, `skills/bench/${name}f-${String(index).padStart(5, '0')}.md`), words(size, random))
  }
  const env = {
    PATH: '/usr/bin:/bin',
    HOME: folder,
    TIMMY_SIDECAR: sidecar,
    TIMMY_HOME: join(folder, 'workspace'),
    TIMMY_STATE_DIR: join(folder, 'state'),
    NODE_COMPILE_CACHE: join(folder, 'compile-cache'),
  }
  return { folder, sidecar, env }
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

function words(size: number, random: () => number): string {
  const vocabulary = [
    'fleet',
    'the',
    'plan',
    'host',
    'and',
    'drift',
    'keeps',
    'a',
    'calm',
    'record',
    'of',
    'work',
    '\n',
  ]
  let text = '---\nname: bench\ndescription: a file of the bench\n---\n'
  while (text.length < size) text += `${vocabulary[Math.floor(random() * vocabulary.length)]} `
  return text
}

/** Mulberry32: the same tree in every run. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** The program as it is shipped: packed, unpacked, beside this checkout's packages. */
function packedTimmy(): string {
  const folder = mkdtempSync(join(tmpdir(), 'timmy-packed-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  execFileSync('npm', ['pack', '--pack-destination', folder], { cwd: root, stdio: 'ignore' })
  const [archive = ''] = readdirSync(folder)
  execFileSync('tar', ['-xzf', join(folder, archive), '-C', folder])
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  return join(folder, 'package/bin/timmy')
}
