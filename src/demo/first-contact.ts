// The first act: a home that is in use meets a sidecar for the first time.

import { run } from '../core/index.ts'
import { actionsIn, appliedIn, conflictsIn, listIn } from './answers.ts'
import { changedPaths, readText, snapshot } from './folder-files.ts'
import { layOutHome, learnedMemory, ownersSoul } from './lived-in-home.ts'
import { jobNamed, settingIn } from './others.ts'
import type { Stage } from './stage.ts'
import { holds, lacks, same, step, Unmet, type Step } from './step.ts'

const timeoutMs = 20_000

/** Paths of the sidecar's working tree that differ from its last commit. */
export async function uncommitted({ sidecar, env, signal }: Stage): Promise<string[]> {
  const { stdout } = await run(['git', '-C', sidecar, 'diff', '--name-only'], { timeoutMs, env, signal })
  return stdout.split('\n').filter((line) => line !== '')
}

export async function commitAll({ sidecar, env, signal }: Stage, message: string): Promise<void> {
  await run(['git', '-C', sidecar, 'commit', '--quiet', '--all', '--message', message], { timeoutMs, env, signal })
}

const taken = [
  'SOUL.md',
  'skins/timmy.yaml',
  'config.yaml#model.*',
  'config.yaml#fallback_providers',
  'cron/jobs.json@drift-watch',
]
const adopted = ['config.yaml#agent.max_turns', 'config.yaml#sessions.retention_days']
const lastConflict = 'config.yaml#approvals.timeout'

export const firstContact: readonly Step[] = [
  step(
    'a Hermes home as weeks of use leave it: settings with comments, a learned memory, jobs that ran, keys, logs',
    ({ home }) => layOutHome(home),
    (_, { home }) => {
      holds('the settings have comments', readText(home, 'config.yaml'), '# answered best last spring')
      same('a job has run', jobNamed(home, 'drift-watch')['last_status'], 'ok')
    },
  ),
  step(
    '`timmy init` makes a sidecar of the example, and `timmy check` finds nothing wrong with it',
    async (stage) => ({ made: await stage.json('init', stage.sidecar), checked: await stage.json('check') }),
    ({ made, checked }, { sidecar }) => {
      same('init', made.exit, 0)
      if (checked.exit !== 0) throw new Unmet('check', 'exit 0', JSON.stringify(checked.document))
      same('the sidecar says who Timmy is', readText(sidecar, 'SOUL.md').startsWith('#'), true)
    },
  ),
  step(
    'first contact: the plan overwrites nothing that was there before; each such entry waits for a decision',
    async (stage) => {
      const before = snapshot(stage.home)
      const plan = await stage.json('plan')
      return { plan, changed: changedPaths(before, snapshot(stage.home)) }
    },
    ({ plan, changed }) => {
      same('plan, conflicts', plan.exit, 3)
      same('planning changed the home', changed, [])
      same(
        'entries that would be overwritten',
        actionsIn(plan).filter(({ action }) => action !== 'create'),
        [],
      )
      const conflicts = new Set(conflictsIn(plan))
      const expected = [
        'SOUL.md',
        'skins/timmy.yaml',
        'config.yaml#model.default',
        'cron/jobs.json@drift-watch',
        ...adopted,
        lastConflict,
      ]
      same(
        'entries in conflict',
        expected.filter((entry) => !conflicts.has(entry)),
        [],
      )
    },
  ),
  step(
    '`timmy deploy --take ours` for five of them: those are written, the rest of the conflicts is left and named',
    async (stage) => {
      const before = { files: snapshot(stage.home), job: jobNamed(stage.home, 'drift-watch') }
      return { before, deploy: await stage.json('deploy', '--yes', '--take', 'ours', ...taken) }
    },
    ({ before, deploy }, { home, sidecar, workspace }) => {
      same('deploy, conflicts left', deploy.exit, 3)
      same('conflicts left', conflictsIn(deploy), [...adopted, lastConflict].toSorted())
      same('SOUL.md', readText(home, 'SOUL.md'), readText(sidecar, 'SOUL.md'))
      same('SOUL.md of the workspace', readText(workspace, 'SOUL.md'), readText(sidecar, 'SOUL.md'))
      same('the skin', readText(home, 'skins/timmy.yaml'), readText(sidecar, 'skins/timmy.yaml'))
      holds('the learned memory', readText(home, 'memories/MEMORY.md'), learnedMemory)
      holds('comments of the settings', readText(home, 'config.yaml'), '# longer runs lose the thread')
      same('a key in conflict', settingIn(home, 'agent', 'max_turns'), 45)
      const { prompt: _, ...state } = before.job
      const after = jobNamed(home, 'drift-watch')
      for (const field of ['last_run_at', 'repeat', 'created_at'])
        same(`${field} of drift-watch`, after[field], state[field])
      same('never ours', untouched(before.files, snapshot(home)), [])
    },
  ),
  step(
    '`timmy adopt` carries two of the owner’s settings into the sidecar; its working tree shows them, nothing is committed',
    async (stage) => ({ adopt: await stage.json('adopt', '--yes', ...adopted), diff: await uncommitted(stage) }),
    ({ adopt, diff }, { sidecar, home }) => {
      same('adopt', adopt.exit, 0)
      same('files that differ from the commit', diff, ['config.yaml'])
      holds('the sidecar', readText(sidecar, 'config.yaml'), 'max_turns: 45')
      holds('the sidecar', readText(sidecar, 'config.yaml'), 'retention_days: 120')
      same('the home', settingIn(home, 'agent', 'max_turns'), 45)
    },
  ),
  step(
    'the last conflict is settled our way; now the home and the sidecar agree',
    async (stage) => {
      await commitAll(stage, 'What the owner had set')
      const deploy = await stage.json('deploy', '--yes', '--take', 'ours', lastConflict)
      return { deploy, plan: await stage.json('plan') }
    },
    ({ deploy, plan }, { home }) => {
      same('deploy', deploy.exit, 0)
      same('what it wrote', appliedIn(deploy), [lastConflict])
      same('approvals.timeout', settingIn(home, 'approvals', 'timeout'), 20)
      same('the next plan', [plan.exit, actionsIn(plan), listIn(plan, 'conflicts')], [0, [], []])
      lacks('who the agent is', readText(home, 'SOUL.md'), ownersSoul)
    },
  ),
]

const neverOurs =
  /^(?:\.env|logs\/|auth\.lock|channel_directory\.json|gateway|cron\/(?!jobs\.json)|context_length|skills\/\.)/

function untouched(before: Record<string, string>, after: Record<string, string>): string[] {
  return changedPaths(before, after).filter((path) => neverOurs.test(path))
}
