// `fallback-portfolios.yaml`: which model does which role, in which order, and what a later slot may no longer do.
//
// The file is compiled into the engine's own keys; by itself it changes nothing. Policy is data here: a ban carries
// a date and an owner. No key may be called `on`: YAML 1.1 reads that word as true.

import { z } from 'zod'
import { dateSchema, keyNameSchema, nameSchema, textSchema, urlSchema } from './words.ts'

const errorStates = [
  'unreachable',
  'loading',
  'hung',
  'throttled',
  'auth',
  'credit',
  'missing',
  'slow',
  'wrong',
] as const

const returnSchema = z
  .union([
    z.enum(['immediate', 'next_turn']),
    z.strictObject({ healthy_for_s: z.int().min(1).describe('Seconds that the slot must have been well.') }),
  ])
  .describe('When work goes back to the slot: at once, at the next turn, or after it was well for a time.')

const limits = {
  first_token_ms: z.int().min(1).optional().describe('Milliseconds to the first token.'),
  total_s: z.number().positive().optional().describe('Seconds for a whole answer.'),
  min_tok_s: z.number().min(0).optional().describe('Tokens a second, at the least.'),
  cooldown_s: z.int().min(0).optional().describe('Seconds a slot that failed is left alone.'),
  leave_on: z.array(z.enum(errorStates)).optional().describe('The states that leave a slot.'),
  return: returnSchema.optional(),
  max_switches_per_hour: z.int().min(0).optional().describe('Switches an hour before work is held.'),
}

const defaultsSchema = z.strictObject({
  ...limits,
  failures_to_leave: z.int().min(1).optional().describe('Bad results in a row before a slot is left.'),
  successes_to_return: z.int().min(1).optional().describe('Good results in a row before it is trusted again.'),
  probe_local_s: z.int().min(1).optional().describe('Seconds between probes of local slots.'),
  probe_cloud_s: z.int().min(1).optional().describe('Seconds between probes of cloud slots.'),
  stale_after_s: z.int().min(1).optional().describe('Seconds after which what a probe said no longer counts.'),
  session_context: z.int().min(1).optional().describe('Tokens that a session needs; a smaller slot is told of.'),
})

const endpointSchema = z.strictObject({
  kind: z
    .enum(['ollama', 'llamacpp', 'vllm', 'lmstudio', 'openai', 'anthropic', 'openrouter', 'hermes-api'])
    .describe('What speaks there; decides how it is probed.'),
  base_url: urlSchema.describe('Its address, as the engine is given it.'),
  provider: nameSchema
    .optional()
    .describe('The provider that is banned or allowed, and the spelling of the engine where it has one.'),
  key_env: keyNameSchema
    .optional()
    .describe("The NAME of its own key. Every host needs one of its own, or the engine sends it the primary's key."),
  locality: z.enum(['host', 'lan', 'tailnet', 'cloud']).describe('How far away it is; host and lan count as local.'),
  failure_domain: nameSchema.describe('What fails together: a machine, a network, an account, a vendor.'),
  max_concurrency: z.int().min(1).optional().describe('Requests at once.'),
  cold_start_s: z.int().min(0).optional().describe('Seconds it may take to load a model.'),
})

const modelSchema = z.strictObject({
  endpoint: nameSchema.describe('The endpoint that serves it.'),
  served: textSchema.describe('Its name there, as it goes into a request.'),
  capabilities: z.array(nameSchema).optional().describe('What it can do: tools, vision, json, reasoning, code.'),
  context: z.int().min(1).optional().describe('Tokens of context that are really served.'),
  quantization: textSchema.optional().describe('How it is quantized.'),
  digest: textSchema.optional().describe('The digest of its weights.'),
  price: z
    .strictObject({
      input: z.number().min(0).describe('Dollars for a million tokens in.'),
      output: z.number().min(0).describe('Dollars for a million tokens out.'),
      cache: z.number().min(0).optional().describe('Dollars for a million cached tokens.'),
    })
    .optional()
    .describe('What it costs; a local model costs nothing.'),
  licence: textSchema.optional().describe('A note on its licence.'),
})

const slotSchema = z.strictObject({
  model: nameSchema.describe('A model of this file.'),
  ...limits,
  max_usd_day: z.number().min(0).optional().describe('Dollars a day on this slot.'),
  loses: z.array(nameSchema).optional().describe('Rights of the role that it no longer has on this slot.'),
})

const portfolioSchema = z.strictObject({
  purpose: textSchema.describe('What the role is for.'),
  critical: z.boolean().optional().describe('true: it must not fall silent; four slots, an own path, a local end.'),
  rights: z.array(nameSchema).optional().describe('What the role may decide: merge, close, deploy, spend.'),
  require: z
    .strictObject({
      capabilities: z.array(nameSchema).optional().describe('What every slot must be able to do.'),
      min_context: z.int().min(1).optional().describe('Tokens of context that every slot must serve.'),
      max_price: z.number().min(0).optional().describe('Dollars for a million tokens out, at the most.'),
    })
    .optional()
    .describe('What every slot must bring.'),
  slots: z.array(slotSchema).min(1).describe('The models in order: primary, then fallbacks.'),
  end: z
    .enum(['hold', 'ask', 'fail'])
    .optional()
    .describe('What happens after the last slot: queue the work, ask the owner, or fail.'),
})

const capSchema = z.strictObject({
  soft_usd_day: z.number().min(0).optional().describe('Dollars a day at which the owner is told.'),
  hard_usd_day: z.number().min(0).optional().describe('Dollars a day at which paid slots are left.'),
})

export const portfoliosSchema = z
  .strictObject({
    version: z.literal(1).describe('The version of this format.'),
    defaults: defaultsSchema.optional().describe('Limits of every slot that names none of its own.'),
    endpoints: z.record(nameSchema, endpointSchema).describe('The servers.'),
    models: z.record(nameSchema, modelSchema).describe('The models, each on one endpoint.'),
    portfolios: z.record(nameSchema, portfolioSchema).describe('The roles with their ordered slots.'),
    auxiliary: z
      .record(nameSchema, nameSchema)
      .optional()
      .describe(
        "The role of each side task: the engine's auxiliary tasks (compression, vision, approval, title_generation), and delegation, cron, kanban.",
      ),
    sovereignty: z
      .strictObject({
        cloud: z.enum(['never', 'last_resort', 'ask', 'allowed']).describe('When a cloud slot may be used.'),
        never_leaves: z.array(textSchema).optional().describe('Kinds of data that stay here.'),
        min_local_slots: z.int().min(0).optional().describe('Local slots that every critical role has at the least.'),
      })
      .optional()
      .describe('What may leave the house.'),
    bans: z
      .array(
        z.strictObject({
          provider: nameSchema.describe('The provider, kind or endpoint that is not used.'),
          date: dateSchema.optional().describe('Since when.'),
          owner: textSchema.optional().describe('Who decided it.'),
          why: textSchema.optional().describe('Why.'),
        }),
      )
      .optional()
      .describe('Providers that are not used: a decision with a date and an owner.'),
    canaries: z
      .array(
        z.strictObject({
          name: nameSchema.describe('What it is called in the records.'),
          prompt: textSchema.describe('What is asked, at temperature 0.'),
          expect: textSchema.describe('A regular expression that the answer must match.'),
          level: z.int().min(3).max(5).describe('3 one token, 4 a right answer, 5 a tool call.'),
          portfolio: nameSchema.optional().describe('The role it is asked for; nothing: all.'),
        }),
      )
      .optional()
      .describe('Questions with known answers.'),
    budgets: z
      .strictObject({
        fleet: capSchema.optional().describe('All roles together.'),
        roles: z.record(nameSchema, capSchema).optional().describe('By role.'),
      })
      .optional()
      .describe('What it may cost.'),
  })
  .describe('Roles, slots and rules: fallback-portfolios.yaml.')

export type Portfolios = z.infer<typeof portfoliosSchema>
export type Endpoint = z.infer<typeof endpointSchema>
export type Model = z.infer<typeof modelSchema>
export type Portfolio = z.infer<typeof portfolioSchema>
export type Slot = z.infer<typeof slotSchema>
