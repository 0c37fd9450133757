// What the engine's own Python answers: its shapes, held against what came back.
//
// Promise: an answer of another shape is no answer, and says so. Loaded when the engine is asked, for zod is heavy.

import { z } from 'zod'
import type { Json } from '../core/index.ts'
import type { Questions } from './ask.ts'

const json = z.json() as z.ZodType<Json>

const keyAnswer = z.union([
  z.object({
    state: z.enum(['value', 'absent']),
    /** Of the live value; missing where it is absent or hidden. */
    value: json.optional(),
    /** The value is kept back: a secret's name, a `${NAME}` reference, a secret of the environment in it. */
    hidden: z.boolean().default(false),
    /** Whether the engine sees what was desired; missing where nothing was. */
    agrees: z.boolean().optional(),
    /** What the engine would take without the key; missing where it has no default. */
    default: json.optional(),
    isDefault: z.boolean(),
    /** A managed scope pins the key, whatever the home's file says. */
    isManaged: z.boolean(),
    /** Names referred to by the desired value that the engine's environment lacks. */
    unset: z.array(z.string()).default([]),
  }),
  z.object({ state: z.literal('unknown'), why: z.string() }),
])

const chainEntry = z.object({
  provider: z.string(),
  model: z.string(),
  baseUrl: z.string().nullable(),
  keyName: z.string().nullable(),
  /** `none` and `unset`: the engine sends the primary's key to this entry's host. */
  key: z.enum(['set', 'inline', 'unset', 'none', 'unknown']),
})

const listedJob = z.object({
  /** The record as the engine's loader hands it out. */
  job: json,
  nextRunAt: z.string().nullish(),
  /** Why this job cannot be listed or never fires; null when it is fine. */
  fault: z.string().nullish(),
})

const soulAnswer = z.object({
  state: z.enum(['loaded', 'cut', 'blocked', 'blank', 'absent', 'unreadable']),
  threats: z.array(z.string()).default([]),
  /** Of the text as the prompt gets it. */
  characters: z.number().optional(),
  /** The text is what the engine itself seeds: nobody's work. */
  isSeed: z.boolean().default(false),
})

/** `blocked`: the prompt shows a notice in the entry's place. */
const memoryAnswer = z.object({
  limit: z.number().nullable(),
  entries: z.array(z.object({ text: z.string(), blocked: z.boolean() })),
})

function answerOf<T extends z.ZodType>(value: T) {
  return z
    .discriminatedUnion('known', [
      z.object({ known: z.literal(true), value }),
      z.object({ known: z.literal(false), why: z.string() }),
    ])
    .default({ known: false, why: 'not asked' })
}

const answersShape = z.object({
  config: answerOf(
    z.object({
      /** The engine's own `_config_version`, and that of the file. */
      version: z.number().nullable(),
      fileVersion: json,
      /** Why the engine could not read config.yaml and runs on its defaults; null when it could. */
      fault: z.string().nullable(),
      /** Dotted names of the keys that a managed scope pins. */
      managedKeys: z.array(z.string()),
    }),
  ),
  keys: answerOf(z.array(keyAnswer)),
  providers: answerOf(z.object({ resolvable: z.record(z.string(), z.boolean()), known: z.array(z.string()) })),
  fallbackChain: answerOf(z.array(chainEntry)),
  /** For each text the ids of the patterns that hit. */
  threats: answerOf(z.array(z.array(z.string()))),
  skin: answerOf(z.object({ source: z.enum(['home', 'builtin']).nullable(), shownAs: z.string().nullable() })),
  /** `wouldRewrite`: the engine writes the file anew on reading it (a bare list, control characters). */
  jobs: answerOf(z.object({ jobs: z.array(listedJob), wouldRewrite: z.boolean() })),
  soul: answerOf(soulAnswer),
  memories: answerOf(z.object({ 'MEMORY.md': memoryAnswer, 'USER.md': memoryAnswer })),
})

/** One answer for each question; those to `keys` and `threats` in the order of the questions. */
export type Answers = z.infer<typeof answersShape>
export type KeyAnswer = z.infer<typeof keyAnswer>
export type ChainEntry = z.infer<typeof chainEntry>
export type ListedJob = z.infer<typeof listedJob>
export type SoulAnswer = z.infer<typeof soulAnswer>
export type MemoryAnswer = z.infer<typeof memoryAnswer>

/** The answers on the engine's standard output. */
export function readAnswers(questions: Questions, stdout: string): Answers {
  const read = answersShape.safeParse(parseJson(stdout))
  return read.success ? read.data : unknownAll(questions, 'the engine answered in a shape we do not know')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** No answer to any question, for one reason. */
export function unknownAll(questions: Questions, why: string): Answers {
  return answersShape.parse(Object.fromEntries(Object.keys(questions).map((part) => [part, { known: false, why }])))
}
