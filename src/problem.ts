// Whatever went wrong, told once: a sentence on stderr, or with --json the `timmy.error/1` document on stdout.
//
// An error of ours names its code's exit; anything else is a fault, and its report is kept in the state folder.
// No secret leaves here: the values of secret environment variables and whatever looks like one are taken out.

import { join } from 'node:path'
import {
  TimmyError,
  atomicWrite,
  ensureFolder,
  printable,
  redactText,
  secretsOf,
  shellWord,
  stateFolderOf,
  styleOf,
  type Context,
} from './core/index.ts'

/** Prints the problem and sets the exit code. */
export async function tellProblem(cause: unknown, argv: readonly string[], context: Context): Promise<void> {
  const error = cause instanceof TimmyError ? cause : await faultOf(cause, argv, context)
  const problem = describe(error, argv, context)
  if (wantsJson(argv)) context.process.stdout.write(`${JSON.stringify(problem)}\n`)
  else context.process.stderr.write(textOf(problem, context))
  context.process.exitCode = error.exitCode
}

function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--')
  return argv.slice(0, end === -1 ? undefined : end).includes('--json')
}

interface Problem {
  readonly schema: 'timmy.error/1'
  readonly code: string
  readonly message: string
  readonly hint: string
  readonly where: TimmyError['where']
  readonly exit: number
}

function describe(error: TimmyError, argv: readonly string[], context: Context): Problem {
  const secrets = secretsOf(context.env)
  return {
    schema: 'timmy.error/1',
    code: error.code,
    message: redactText(error.message, secrets),
    hint: redactText(againWith(error.code, argv) ?? error.hint, secrets),
    where: error.where,
    exit: error.exitCode,
  }
}

/** The command itself once more, where that is what comes next: its own code does not know how it was called. */
function againWith(code: TimmyError['code'], [command, ...rest]: readonly string[]): string | undefined {
  if (command === undefined) return undefined
  if (code === 'CONFIRMATION_NEEDED') return ['timmy', command, '--yes', ...rest.map(shellWord)].join(' ')
  if (code === 'INTERRUPTED' || code === 'STOPPED') return ['timmy', command, ...rest.map(shellWord)].join(' ')
  return undefined
}

function textOf({ message, where, hint }: Problem, context: Context): string {
  const style = styleOf(context.process.stderr, context.env)
  const places = where
    .filter(({ file, line }) => !message.includes(line === undefined ? file : `${file}:${line}`))
    .map(({ file, line }) => `  at ${printable(file)}${line === undefined ? '' : `:${line}`}\n`)
  const sentence = message.split('\n').map(printable).join('\n  ')
  return `${style.red('timmy:')} ${sentence}\n${places.join('')}  ${style.dim('next:')} ${printable(hint)}\n`
}

const refusals = new Set(['ENOSPC', 'EROFS', 'EDQUOT', 'EIO', 'EMFILE', 'ENFILE'])

/** What is not an error of ours: the file system's refusal, or a bug. */
async function faultOf(cause: unknown, argv: readonly string[], context: Context): Promise<TimmyError> {
  const sentence = cause instanceof Error ? cause.message : String(cause)
  const { code = '', path } = cause as NodeJS.ErrnoException
  if (refusals.has(code)) {
    const where = path === undefined ? [] : [{ file: path }]
    return new TimmyError('DISK_REFUSED', `the disk refused: ${sentence}`, { hint: 'timmy doctor', where, cause })
  }
  const report = await keepReport(cause, argv, context)
  return new TimmyError('FAULT', `a fault of ours: ${sentence}`, {
    hint: report === undefined ? 'tell us the command you ran; no crash report could be written' : `send us ${report}`,
    where: report === undefined ? [] : [{ file: report }],
    cause,
  })
}

/** Writes the crash report; undefined when even that fails. */
async function keepReport(cause: unknown, argv: readonly string[], context: Context): Promise<string | undefined> {
  try {
    const folder = join(stateFolderOf(context), 'crashes')
    ensureFolder(folder)
    const at = context.now().toISOString()
    const file = join(folder, `${at.replaceAll(':', '')}-${process.pid}.txt`)
    const report = await reportOf(cause, argv, at)
    await atomicWrite(file, redactText(report, secretsOf(context.env)))
    return file
  } catch {
    return undefined
  }
}

async function reportOf(cause: unknown, argv: readonly string[], at: string): Promise<string> {
  const { version } = await import('./version.ts')
  const { inspect } = await import('node:util')
  const facts = [
    `timmy ${version}`,
    `node ${process.version} on ${process.platform} ${process.arch}`,
    `at ${at}`,
    `argv ${withoutValues(argv)}`,
  ]
  return `${facts.join('\n')}\n\n${inspect(cause, { depth: 4 })}\n`
}

/** Flags keep their names, everything else but the command becomes a dot: a value may be a prompt or a key. */
function withoutValues(argv: readonly string[]): string {
  const words = argv.map((word, index) => {
    if (/^--?[a-zA-Z]/.test(word)) return word.replace(/=.*/s, '=.')
    return index === 0 && /^[a-z][a-z-]{0,20}$/.test(word) ? word : '.'
  })
  return words.join(' ')
}
