// The last act: back to an older generation, forward again, and out of the home altogether.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { actionsIn } from './answers.ts'
import { readText } from './folder-files.ts'
import { learnedMemory, ownersSoul } from './lived-in-home.ts'
import { completedOf, jobNamed, jobsIn, settingIn } from './others.ts'
import { holds, lacks, same, step, type Step } from './step.ts'

export const wayBack: readonly Step[] = [
  step(
    '`timmy rollback` brings the generation before back; the plan says that the sidecar wants another',
    async ({ json }) => ({ rollback: await json('rollback', '--yes'), plan: await json('plan') }),
    ({ rollback, plan }, { home }) => {
      same('rollback', rollback.exit, 0)
      holds('the skin', readText(home, 'skins/timmy.yaml'), '# evening 1')
      same('max_turns', settingIn(home, 'agent', 'max_turns'), 46)
      same('plan', [plan.exit, actionsIn(plan).length > 0], [2, true])
    },
  ),
  step(
    'forward again by a plain deploy',
    async ({ json }) => json('deploy', '--yes'),
    (deploy, { home }) => {
      same('deploy', deploy.exit, 0)
      same('max_turns', settingIn(home, 'agent', 'max_turns'), 47)
    },
  ),
]

export const givenBack: readonly Step[] = [
  step(
    '`timmy undeploy` gives the home back: what was there before us is there again, what others wrote since is kept',
    async ({ json }) => json('undeploy', '--yes'),
    (undeploy, { home }) => {
      same('undeploy', undeploy.exit, 0)
      same('SOUL.md', readText(home, 'SOUL.md'), ownersSoul)
      holds('the skin', readText(home, 'skins/timmy.yaml'), "The owner's own evening colours")
      same('model.default', settingIn(home, 'model', 'default'), 'qwen3-14b')
      same('approvals.timeout', settingIn(home, 'approvals', 'timeout'), 5)
      same('auxiliary', settingIn(home, 'auxiliary'), null)
      same('what the engine set', settingIn(home, 'stt', 'enabled'), false)
      same(
        'the jobs',
        jobsIn(home).map(({ name }) => name),
        ['drift-watch', 'water-the-plants', 'bird-count'],
      )
      const watch = jobNamed(home, 'drift-watch')
      same('the prompt of drift-watch', watch['prompt'], 'Look whether the house still is as it should be.')
      same('its runs', completedOf(watch), 8)
      holds('the memories', readText(home, 'memories/MEMORY.md'), learnedMemory)
      holds('the memories', readText(home, 'memories/MEMORY.md'), 'The owner sleeps until nine')
      lacks('the memories', readText(home, 'memories/MEMORY.md'), 'The fleet:')
      for (const path of ['playbooks', 'skills/timmy-tests', 'skins/trismegistus.yaml', 'channel_aliases.json']) {
        same(`${path} is gone`, existsSync(join(home, path)), false)
      }
    },
  ),
]
