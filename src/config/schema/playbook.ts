// `playbooks/*.yaml`: how one kind of work is done. Compiled into a skill that the engine can use.

import { z } from 'zod'
import { nameSchema, textSchema } from './words.ts'

const stepSchema = z.union([
  textSchema,
  z.strictObject({
    name: textSchema.describe('The step in a few words.'),
    do: textSchema.describe('What is done.'),
    check: textSchema.optional().describe('How one sees that it is done.'),
  }),
])

export const playbookSchema = z
  .strictObject({
    name: nameSchema.describe('Its name, equal to the file name.'),
    description: textSchema.max(1024).describe('One or two sentences; the engine shows them in its list of skills.'),
    trigger: z
      .strictObject({
        events: z.array(textSchema).optional().describe('Events of the forge that start it, such as issue.opened.'),
        labels: z.array(textSchema).optional().describe('Labels of an issue or pull request that select it.'),
        schedule: textSchema.optional().describe('A schedule, such as "0 8 * * 1-5".'),
        manual: z.boolean().optional().describe('true: a person or an agent asks for it by name.'),
      })
      .describe('What starts it.'),
    lanes: z.array(nameSchema).min(1).describe('The kinds of work it belongs to; an agent takes them in fleet.yaml.'),
    portfolio: nameSchema.optional().describe('The role of fallback-portfolios.yaml that does it.'),
    repos: z.array(textSchema).optional().describe('owner/name patterns it is limited to; nothing: all of the fleet.'),
    rights: z.array(nameSchema).optional().describe('Rights it needs; a slot that loses one of them may not run it.'),
    steps: z.array(stepSchema).min(1).describe('What is done, in order.'),
    limits: z
      .strictObject({
        files: z.int().min(0).optional().describe('Files that may change.'),
        lines: z.int().min(0).optional().describe('Lines that may change.'),
        minutes: z.number().positive().optional().describe('Wall clock.'),
        turns: z.int().min(1).optional().describe('Turns of the engine.'),
        attempts: z.int().min(1).optional().describe('Tries before a person is asked.'),
        usd: z.number().min(0).optional().describe('Dollars for one piece of work.'),
        never: z.array(textSchema).optional().describe('What must not be touched: path patterns, or a sentence.'),
      })
      .optional()
      .describe('Where it must stop.'),
    done: z.array(textSchema).min(1).describe('What counts as finished: artefacts that one can look at.'),
    system_prompt: textSchema.describe('How the agent is to work, in its own words.'),
  })
  .describe('A playbook: playbooks/<name>.yaml.')

export type Playbook = z.infer<typeof playbookSchema>
