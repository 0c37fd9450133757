// `cron/*.yaml`: one scheduled job of the engine a file. Becomes a record of <home>/cron/jobs.json, by id.

import { z } from 'zod'
import { nameSchema, textSchema, urlSchema } from './words.ts'

export const cronJobSchema = z
  .strictObject({
    id: z
      .string()
      .regex(/^[0-9a-f]{12}$/, 'twelve hex digits in quotes, as the engine makes them')
      .optional()
      .describe('Its id in jobs.json; nothing: made from the name, the same every time.'),
    name: nameSchema.describe('Its name, equal to the file name.'),
    description: textSchema.optional().describe('What it is for; kept here, the engine has no place for it.'),
    schedule: textSchema.describe('Five fields of cron, "every 2h", "30m" (once), or an ISO time (once).'),
    prompt: textSchema.optional().describe('What the agent is asked.'),
    script: textSchema.optional().describe('A file of scripts/ that runs first; with no_agent it is the whole job.'),
    no_agent: z.boolean().optional().describe('true: only the script runs, no model is asked.'),
    portfolio: nameSchema.optional().describe('The role whose first slot pins model and provider.'),
    model: textSchema.optional().describe('The model, pinned; with provider, instead of a portfolio.'),
    provider: textSchema.optional().describe('The provider, pinned; with model, instead of a portfolio.'),
    inherit_model: z
      .boolean()
      .optional()
      .describe('true: no pin; it runs on the default model of the home, and the engine skips it when that changes.'),
    base_url: urlSchema.optional().describe('The address of a custom provider.'),
    skills: z.array(textSchema).optional().describe('Skills that are loaded for it.'),
    toolsets: z.array(textSchema).optional().describe('The only toolsets it may use.'),
    deliver: textSchema.optional().describe('Where the answer goes: local, origin, or a platform such as telegram.'),
    workdir: textSchema.optional().describe('The folder it works in.'),
    repeat: z.int().min(1).optional().describe('How often it runs in all; nothing: for ever.'),
    enabled: z.boolean().optional().describe('false: kept, but not run.'),
  })
  .describe('A scheduled job: cron/<name>.yaml.')

export type CronJob = z.infer<typeof cronJobSchema>
