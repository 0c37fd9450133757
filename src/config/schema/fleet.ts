// `fleet.yaml`: which hosts and agents there are, what each agent takes on, where work and alerts go, what it may cost.

import { z } from 'zod'
import { nameSchema, secretReferenceSchema, textSchema, urlSchema } from './words.ts'

const repoSchema = z.string().regex(/^[\w.-]+\/[\w.-]+$/, 'owner/name of a repository on the forge')

const budgetSchema = z.strictObject({
  usdPerDay: z.number().min(0).optional().describe('Dollars a day.'),
  runsPerHour: z.int().min(0).optional().describe('Runs of the engine an hour.'),
  tokensPerDay: z.int().min(0).optional().describe('Tokens a day, in and out.'),
})

export const fleetSchema = z
  .strictObject({
    forge: z
      .strictObject({
        url: urlSchema.describe('Address of the Gitea or Forgejo server.'),
        token: secretReferenceSchema.optional().describe('The name of its token, as ${NAME}.'),
        org: textSchema.optional().describe('The organisation whose repositories are worked on.'),
        claims: repoSchema.optional().describe('The repository that holds the claims.'),
      })
      .optional()
      .describe('The forge: the shared truth for work.'),
    database: z
      .union([
        z.null(),
        secretReferenceSchema,
        z.string().regex(/^postgres(?:ql)?:\/\//, 'null, a postgres:// address without a password, or ${NAME}'),
      ])
      .optional()
      .describe('null: SQLite on each host; a postgres:// address, or its ${NAME}, shares one queue.'),
    hosts: z
      .record(
        nameSchema,
        z.strictObject({
          address: textSchema.optional().describe('Name or address by which other hosts reach it.'),
          user: textSchema.optional().describe('Account under which the engine runs there.'),
          note: textSchema.optional().describe('What it is, for people.'),
        }),
      )
      .optional()
      .describe('The machines; each may have a layer hosts/<host>/.'),
    agents: z
      .record(
        nameSchema,
        z.strictObject({
          host: nameSchema.describe('The host that it lives on.'),
          profile: nameSchema.describe('Its profile in the Hermes home there; "default" is the home itself.'),
          home: textSchema.optional().describe("The Hermes home there, when it is not the engine's default."),
          lanes: z.array(nameSchema).optional().describe('The kinds of work that it takes.'),
          portfolio: nameSchema.optional().describe('Its role in fallback-portfolios.yaml.'),
          concurrency: z.int().min(0).max(64).optional().describe('How many issues it works on at once.'),
          worktrees: textSchema.optional().describe('The folder for its git worktrees.'),
          repos: z.array(repoSchema).optional().describe('Its repositories, when it must not take all.'),
          note: textSchema.optional().describe('Who it is, for people.'),
        }),
      )
      .optional()
      .describe('The agents; each may have a layer agents/<agent>/.'),
    lanes: z
      .record(nameSchema, z.strictObject({ slots: z.int().min(1).max(1024).describe('Jobs that run at once.') }))
      .optional()
      .describe("The queue's lines of jobs."),
    repos: z.array(repoSchema).optional().describe('The repositories that the fleet works on.'),
    alerts: z
      .strictObject({
        critical: z.array(textSchema).optional().describe('Where what cannot wait is told.'),
        warning: z.array(textSchema).optional().describe('Where what should be looked at is told.'),
        daily: z.array(textSchema).optional().describe('Where the daily report goes.'),
      })
      .optional()
      .describe('Which alert goes where.'),
    budgets: z
      .record(nameSchema, budgetSchema)
      .optional()
      .describe('Limits: "fleet" for all together, or by the name of an agent.'),
  })
  .describe('The fleet: fleet.yaml.')

export type Fleet = z.infer<typeof fleetSchema>
