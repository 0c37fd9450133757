// A command's world for tests in this process: streams are caught, nobody answers, the clock stands still.

import { realDisk, type Context, type Disk } from '../src/core/index.ts'

export interface TestWorld extends Context {
  stdoutText(): string
  stderrText(): string
  exitCode(): number
  setNow(instant: Date): void
}

export interface TestWorldOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly disk?: Disk
  readonly now?: string
  /** Output goes to terminals. */
  readonly isTerminal?: boolean
  /** What the person at the terminal says to each question. */
  readonly answer?: boolean
  readonly signal?: AbortSignal
}

export function testWorld(options: TestWorldOptions = {}): TestWorld {
  const stdout = caught(options.isTerminal)
  const stderr = caught(options.isTerminal)
  let now = new Date(options.now ?? '2026-06-01T00:00:00Z')
  const world: TestWorld = {
    process: { stdout, stderr, exitCode: null },
    cwd: options.cwd ?? '/',
    env: options.env ?? { PATH: process.env['PATH'] },
    now: () => now,
    disk: options.disk ?? realDisk,
    isTerminal: options.isTerminal ?? false,
    async ask(question) {
      stderr.write(`${question} [y/N] `)
      return options.answer ?? false
    },
    signal: options.signal ?? new AbortController().signal,
    stdoutText: () => stdout.text(),
    stderrText: () => stderr.text(),
    exitCode: () => Number(world.process.exitCode ?? 0),
    setNow(instant) {
      now = instant
    },
  }
  return world
}

function caught(isTTY = false) {
  let text = ''
  return {
    isTTY,
    write(part: string) {
      text += part
    },
    text: () => text,
  }
}
