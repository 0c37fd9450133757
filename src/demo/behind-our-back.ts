// The second act: others write into the home. What is theirs is no difference, what is ours is found.

import { adoptedSkinLine, soulLine, sidecarSoulLine } from './edits.ts'
import { actionsIn, appliedIn, conflictsIn, driftIn } from './answers.ts'
import { commitAll, uncommitted } from './first-contact.ts'
import { editText, readText, writeText } from './folder-files.ts'
import { learnedMemory } from './lived-in-home.ts'
import * as others from './others.ts'
import { holds, lacks, same, step, type Step } from './step.ts'

const newMemory = 'The owner sleeps until nine on Sundays.'
const drifted = ['SOUL.md', 'config.yaml#agent.api_max_retries', 'cron/jobs.json@health-note', 'skins/timmy.yaml']

export const behindOurBack: readonly Step[] = [
  step(
    'the engine rewrites config.yaml, comments lost and a key of its own changed: no change',
    async (stage) => {
      others.engineSetsKey(stage.home, ['stt', 'enabled'], false)
      return stage.json('drift')
    },
    (drift, { home }) => {
      lacks('the settings', readText(home, 'config.yaml'), '#')
      same('drift', [drift.exit, driftIn(drift)], [0, []])
    },
  ),
  step(
    'the agent learns something, adds a job, a job runs, the gateway rebuilds its directory: no change',
    async ({ home, json }) => {
      others.agentLearns(home, newMemory)
      others.cronRan(home, 'daily-report')
      others.cronRan(home, 'drift-watch')
      others.agentAddsJob(home, 'bird-count')
      others.gatewayRebuildsDirectory(home)
      return { drift: await json('drift'), plan: await json('plan') }
    },
    ({ drift, plan }) => {
      same('drift', [drift.exit, driftIn(drift)], [0, []])
      same('plan', [plan.exit, actionsIn(plan)], [0, []])
    },
  ),
  step(
    'a hand changes a setting of ours, the skin and SOUL.md, the agent rewords a job of ours: `timmy drift` finds those four',
    async ({ home, json }) => {
      others.handSetsKey(home, ['agent', 'api_max_retries'], 5)
      editText(home, 'skins/timmy.yaml', 'name: timmy', `name: timmy\n${adoptedSkinLine}`)
      writeText(home, 'SOUL.md', `${readText(home, 'SOUL.md')}\n${soulLine}\n`)
      others.agentRewordsJob(home, 'health-note', 'Say that all is well.')
      return json('drift')
    },
    (drift) => same('drift', [drift.exit, driftIn(drift)], [2, drifted]),
  ),
  step(
    'the sidecar changes SOUL.md too: that is a conflict, and a deploy leaves it and the drift as they are',
    async (stage) => {
      writeText(stage.sidecar, 'SOUL.md', `${readText(stage.sidecar, 'SOUL.md')}\n${sidecarSoulLine}\n`)
      await commitAll(stage, 'One more sentence')
      return { plan: await stage.json('plan'), deploy: await stage.json('deploy', '--yes') }
    },
    ({ plan, deploy }, { home, workspace }) => {
      same('plan', [plan.exit, conflictsIn(plan)], [3, ['SOUL.md']])
      same('deploy', [deploy.exit, appliedIn(deploy), conflictsIn(deploy)], [3, ['timmy:SOUL.md'], ['SOUL.md']])
      holds('SOUL.md of the home', readText(home, 'SOUL.md'), soulLine)
      lacks('SOUL.md of the home', readText(home, 'SOUL.md'), sidecarSoulLine)
      holds('SOUL.md of the workspace', readText(workspace, 'SOUL.md'), sidecarSoulLine)
      same('the setting', others.settingIn(home, 'agent', 'api_max_retries'), 5)
    },
  ),
  step(
    'the skin is adopted: `git diff` of the sidecar shows that file alone',
    async (stage) => ({
      adopt: await stage.json('adopt', '--yes', 'skins/timmy.yaml'),
      diff: await uncommitted(stage),
    }),
    ({ adopt, diff }, { home, sidecar }) => {
      same('adopt', adopt.exit, 0)
      same('files that differ from the commit', diff, ['skins/timmy.yaml'])
      same('the skin', readText(sidecar, 'skins/timmy.yaml'), readText(home, 'skins/timmy.yaml'))
    },
  ),
  step(
    '`timmy deploy --heal` writes ours over the rest of the drift; what the agent learned and what ran stays',
    async (stage) => {
      await commitAll(stage, 'The colours as the owner likes them')
      const before = others.jobNamed(stage.home, 'health-note')
      return { before, deploy: await stage.json('deploy', '--yes', '--heal') }
    },
    ({ before, deploy }, { home }) => {
      same(
        'deploy',
        [deploy.exit, appliedIn(deploy)],
        [3, ['config.yaml#agent.api_max_retries', 'cron/jobs.json@health-note']],
      )
      same('the setting', others.settingIn(home, 'agent', 'api_max_retries'), 2)
      const after = others.jobNamed(home, 'health-note')
      holds('the prompt of health-note', JSON.stringify(after['prompt']), 'timmy doctor')
      same('its run state', after['last_run_at'], before['last_run_at'])
      same('runs of drift-watch', others.completedOf(others.jobNamed(home, 'drift-watch')), 8)
      same('the job of the agent', others.jobNamed(home, 'bird-count')['id'], '0123456789ab')
      const memories = readText(home, 'memories/MEMORY.md')
      for (const memory of [learnedMemory, newMemory]) holds('the memories', memories, memory)
    },
  ),
  step(
    'the conflict is settled our way: SOUL.md is the sidecar’s again, and nothing differs any more',
    async ({ json }) => ({
      deploy: await json('deploy', '--yes', '--take', 'ours', 'SOUL.md'),
      plan: await json('plan'),
    }),
    ({ deploy, plan }, { home, sidecar }) => {
      same('deploy', [deploy.exit, appliedIn(deploy)], [0, ['SOUL.md']])
      same('SOUL.md', readText(home, 'SOUL.md'), readText(sidecar, 'SOUL.md'))
      same('plan', [plan.exit, actionsIn(plan), driftIn(plan)], [0, [], []])
    },
  ),
]
