// Shapes that several files of a sidecar share: names, references to secrets, texts that must say something.
//
// Schemas here only judge, they never fill in or convert: a file that passed once means exactly what it says, so
// an unchanged file need not be judged again (verdicts.ts).

import { z } from 'zod'

/** Names of targets, hosts, agents, lanes, roles, endpoints, models. */
export const nameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'a name of lower-case letters, digits, ".", "_" and "-", at most 63 of them')

/** The name of an environment variable, as the engine's `.env` holds it. */
export const keyNameSchema = z
  .string()
  .regex(/^[A-Z][A-Z0-9_]{1,63}$/, 'the NAME of an environment variable such as LOCAL_LLM_KEY, never its value')

/** A whole `${NAME}`: a secret is named, never held. */
export const secretReferenceSchema = z
  .string()
  .regex(/^\$\{[A-Za-z_][A-Za-z0-9_]*\}$/, 'a reference such as ${FORGE_TOKEN}, never the secret itself')

export const textSchema = z.string().regex(/\S/, 'a text that is not blank')

/** Version text for people to compare: YAML must not turn it into a number. */
export const dateSchema = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'a date such as 2026-04-09')

export const urlSchema = z.string().regex(/^https?:\/\/[^\s/]+/, 'an address such as http://127.0.0.1:8080/v1')
