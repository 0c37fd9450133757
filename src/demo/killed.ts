// The third act: the program dies in the middle of an apply, as by a power cut of its own, and the next one goes on.
//
// A process of its own runs `timmy deploy`. Meanwhile we hold the lock that the engine takes on its jobs, as the engine
// does while it writes them: the apply has written some files and waits for that one. Then it gets SIGKILL.

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { withFlock } from '../core/index.ts'
import { actionsIn, listIn } from './answers.ts'
import { commitAll } from './first-contact.ts'
import { changedPaths, editText, readText, snapshot } from './folder-files.ts'
import { jobNamed, settingIn } from './others.ts'
import type { Stage } from './stage.ts'
import { holds, lacks, same, step, Unmet, type Step } from './step.ts'

const waitMs = 30_000
const lookEveryMs = 10

/** Changes of the sidecar that touch four files of the home, the jobs among them. */
function changeSidecar({ sidecar }: Stage, number: number): void {
  const [now, then] = [number, number - 1]
  editText(
    sidecar,
    'skins/timmy.yaml',
    then === 0 ? '# softer in the evening' : `# evening ${then}`,
    `# evening ${now}`,
  )
  editText(sidecar, 'config.yaml', `max_turns: ${45 + then}`, `max_turns: ${45 + now}`)
  editText(sidecar, 'cron/health-note.yaml', `schedule: "${5 + then} */6`, `schedule: "${5 + now} */6`)
}

/** Starts a deploy and kills it once it has written the skin and the settings. */
async function killDeploy(stage: Stage, number: number): Promise<NodeJS.Signals | null> {
  const lock = join(stage.home, 'cron/.jobs.lock')
  return withFlock(lock, { timeoutMs: waitMs, signal: stage.signal }, async () => {
    const child = spawn(stage.program, ['deploy', '--yes'], {
      cwd: stage.folder,
      env: stage.env,
      stdio: 'ignore',
      detached: true,
    })
    const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
    try {
      await until(stage, child, () => settingIn(stage.home, 'agent', 'max_turns') === 45 + number)
    } finally {
      killGroup(child)
    }
    const [, signal] = await ended
    return signal
  })
}

async function until(stage: Stage, child: ChildProcess, isReached: () => boolean): Promise<void> {
  const giveUpAt = performance.now() + waitMs
  while (!isReached()) {
    stage.signal.throwIfAborted()
    if (child.exitCode !== null || performance.now() > giveUpAt) {
      throw new Unmet(
        'the deploy to be killed',
        'it waits for the lock of the jobs',
        `it ended with ${child.exitCode ?? 'nothing yet'}`,
      )
    }
    await sleep(lookEveryMs)
  }
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // it has ended
  }
}

export const killed: readonly Step[] = [
  step(
    'a deploy gets SIGKILL in the middle: some files are new, the others old, none is torn',
    async (stage) => {
      const prompt = jobNamed(stage.home, 'health-note')['schedule']
      changeSidecar(stage, 1)
      await commitAll(stage, 'Evening hours')
      return { signal: await killDeploy(stage, 1), prompt }
    },
    ({ signal, prompt }, { home, sidecar }) => {
      same('how it ended', signal, 'SIGKILL')
      same('the skin is new', readText(home, 'skins/timmy.yaml'), readText(sidecar, 'skins/timmy.yaml'))
      same('the settings are new', settingIn(home, 'agent', 'max_turns'), 46)
      same('the jobs are old', jobNamed(home, 'health-note')['schedule'], prompt)
    },
  ),
  step(
    'the next command sees it and says what to do; `timmy recover` finishes, and nothing differs',
    async ({ json }) => ({
      plan: await json('plan'),
      recover: await json('recover', '--yes'),
      after: await json('plan'),
    }),
    ({ plan, recover, after }, { home }) => {
      same(
        'plan after the kill',
        [plan.exit, plan.document['code'], plan.document['hint']],
        [5, 'INTERRUPTED_APPLY', 'timmy recover'],
      )
      same('recover', recover.exit, 0)
      same('the job', scheduleOf(home), '6 */6 * * *')
      same('plan', [after.exit, actionsIn(after)], [0, []])
    },
  ),
  step(
    'killed once more, and this time put back with `timmy recover --abort`: the home is as it was before',
    async (stage) => {
      changeSidecar(stage, 2)
      await commitAll(stage, 'Evening hours, again')
      const before = snapshot(stage.home)
      const signal = await killDeploy(stage, 2)
      const between = changedPaths(before, snapshot(stage.home))
      const recover = await stage.json('recover', '--abort', '--yes')
      return { signal, between, recover, left: changedPaths(before, snapshot(stage.home)) }
    },
    ({ signal, between, recover, left }) => {
      same('how it ended', signal, 'SIGKILL')
      same('files it had written', between, ['config.yaml', 'skins/timmy.yaml'])
      same('recover', recover.exit, 0)
      same('files that differ from before', left, [])
    },
  ),
  step(
    'and the deploy is simply done again',
    async ({ json }) => ({ deploy: await json('deploy', '--yes'), generations: await json('generations') }),
    ({ deploy, generations }, { home }) => {
      same('deploy', deploy.exit, 0)
      same('the job', scheduleOf(home), '7 */6 * * *')
      holds('the skin', readText(home, 'skins/timmy.yaml'), '# evening 2')
      lacks('the skin', readText(home, 'skins/timmy.yaml'), '# evening 1')
      same('a history is kept', listIn(generations, 'generations').length > 3, true)
    },
  ),
]

function scheduleOf(home: string): unknown {
  return jobNamed(home, 'health-note')['schedule_display']
}
