// The programs beside us: Node itself, git, flock, sync, perl. Each is started once, for a few milliseconds.

import { run } from '../core/index.ts'
import { ok, type Check, type Finding, type Patient } from './check.ts'

const neededNodeMajor = 24
const answerTimeoutMs = 10_000

export const nodeCheck: Check = {
  name: 'node',
  look() {
    const { node } = process.versions
    if (Number.parseInt(node) >= neededNodeMajor) return ok(`Node ${node}`)
    const sentence = `Node ${node} is older than ${neededNodeMajor}; the package brings its own`
    return { verdict: 'error', sentence, mend: 'npm install --global timmy-config' }
  },
}

export const gitCheck: Check = {
  name: 'git',
  look: (patient) => programThatAnswers(patient, ['git', '--version'], 'warning', 'apt-get install git'),
}

export const flockCheck: Check = {
  name: 'flock',
  look: (patient) => programThatAnswers(patient, ['flock', '--version'], 'error', 'apt-get install util-linux'),
}

/** `sync -f` makes many files durable at once; without it each is flushed by itself, which is slower. */
export const syncCheck: Check = {
  name: 'sync',
  look: (patient) => programThatAnswers(patient, ['sync', '--version'], 'info', 'apt-get install coreutils'),
}

/** Two files swap names through perl: a write in the last instant is then found; without it that instant is unguarded. */
export const perlCheck: Check = {
  name: 'perl',
  look: (patient) => programThatAnswers(patient, ['perl', '-e', 'print "perl $^V"'], 'info', 'apt-get install perl'),
}

async function programThatAnswers(
  { context }: Patient,
  argv: readonly [string, ...string[]],
  verdictWithout: Finding['verdict'],
  mend: string,
): Promise<Finding> {
  const result = await run(argv, { timeoutMs: answerTimeoutMs, env: context.env, signal: context.signal })
  if (result.exitCode === 0) return ok(result.stdout.split('\n', 1)[0] ?? argv[0])
  const sentence = result.notFound ? `${argv[0]} is not installed` : `${argv.join(' ')} does not answer`
  return { verdict: verdictWithout, sentence, mend }
}
