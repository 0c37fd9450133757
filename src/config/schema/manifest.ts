// `timmy.yaml`: what this sidecar is called, which engine it is meant for, where it goes, and where its ownership
// differs from the built-in table.

import { z } from 'zod'
import { nameSchema, textSchema } from './words.ts'

const targetSchema = z
  .strictObject({
    home: textSchema
      .optional()
      .describe('The Hermes home: "~/.hermes" or nothing stands for the engine\'s default, so $HERMES_HOME when set.'),
    profile: nameSchema.optional().describe('The profile inside that home; "default" (or nothing) is the home itself.'),
    host: nameSchema.optional().describe('The host that this target is on, as fleet.yaml names it; nothing: "local".'),
    agent: nameSchema.optional().describe('The agent that lives there: its layer agents/<agent>/ is laid on top.'),
  })
  .describe('One Hermes home (a profile on a host) that this sidecar is deployed to.')

const ownSchema = z
  .strictObject({
    match: textSchema.describe(
      'Which entries: a path in the home with globs ("skills/our-*/**"), or a key pattern ("config.yaml#terminal.*").',
    ),
    policy: z
      .enum(['file', 'keys', 'records', 'seed', 'never'])
      .optional()
      .describe('How they are owned: every byte, by key, by record, created once, or never ours.'),
    mode: z
      .enum(['enforce', 'default', 'remove', 'ignore'])
      .optional()
      .describe('For keys and records: always ours, only where absent, kept absent, or left to the engine.'),
    list: z
      .union([z.enum(['atomic', 'union']), z.strictObject({ by: textSchema.describe('The id field of its items.') })])
      .optional()
      .describe('How a list is owned: as one value, by membership, or by an id field of its items.'),
    heal: z.boolean().optional().describe('true: drift is written over without being asked.'),
    why: textSchema.optional().describe('Why the default does not fit; shown by `timmy explain`.'),
  })
  .describe('One rule of ownership; the first that matches wins, above the built-in table.')

export const manifestSchema = z
  .strictObject({
    timmy: z.literal(1).describe('The version of this format.'),
    name: nameSchema.describe('What this sidecar is called in plans and records.'),
    description: textSchema.optional().describe('One sentence for people.'),
    engine: z
      .string()
      .regex(/^\s*(?:(?:>=|<=|>|<|=|~|\^)?\s*\d+(?:\.\d+){0,2}\s*)+$/, 'a range such as ">=0.18" or ">=0.18 <0.23"')
      .optional()
      .describe('The engine versions that this sidecar is written for, such as ">=0.18".'),
    targets: z
      .record(nameSchema, targetSchema)
      .optional()
      .describe('Where it goes; agents of this host in fleet.yaml are targets by their names too.'),
    own: z.array(ownSchema).optional().describe('Ownership where it differs from the defaults.'),
    keep: z
      .strictObject({
        generations: z.int().min(1).optional().describe('How many generations are kept for a rollback.'),
        verified: z.int().min(0).optional().describe('How many of those that verified well are kept at the least.'),
      })
      .optional()
      .describe('How much of the past is kept.'),
  })
  .describe('The manifest of a sidecar: timmy.yaml.')

export type Manifest = z.infer<typeof manifestSchema>
export type OwnRule = z.infer<typeof ownSchema>
