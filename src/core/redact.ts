// Secrets out of everything we show or keep: values masked, known secrets and known shapes taken out of text.
//
// Masks say nothing of what they hide, not even its length. Not its job: finding a secret of unknown shape in a
// file (config's rules have a scanning library for that).

import { isMapping, type Json } from './json.ts'
import { secretPatterns } from './secret-shapes.ts'

const mask = '[redacted]'

/** A reference such as `${OPENAI_API_KEY}` names a secret and holds none. */
const reference = /^\$\{[A-Za-z_][A-Za-z0-9_]*\}$/

/** The value with its shape kept and every text and number in it hidden; references stay readable. */
export function maskValue(value: Json): Json {
  if (Array.isArray(value)) return value.map(maskValue)
  if (isMapping(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, maskValue(member)]))
  }
  if (typeof value === 'number') return mask
  return typeof value === 'string' && value !== '' && !reference.test(value) ? mask : value
}

/** Shorter values are not hidden: they would be words of every sentence. */
const minSecretLength = 4

/**
 * The text without any of these secrets, and without anything that looks like one. A secret is also found as JSON,
 * percent-encoded or in base64, and line by line.
 */
export function redactText(text: string, secrets: Iterable<string> = []): string {
  const hidden: Span[] = secretPatterns.flatMap(({ pattern }) =>
    [...text.matchAll(pattern)].map((match) => ({ start: match.index, end: match.index + match[0].length })),
  )
  for (const form of formsOf(secrets)) {
    for (let start = text.indexOf(form); start !== -1; start = text.indexOf(form, start + 1)) {
      hidden.push({ start, end: start + form.length })
    }
  }
  return hide(text, hidden)
}

interface Span {
  readonly start: number
  readonly end: number
}

function formsOf(secrets: Iterable<string>): Set<string> {
  const forms = new Set<string>()
  for (const secret of secrets) {
    const bytes = Buffer.from(secret)
    const lines = secret.split(/\r?\n/).filter((line) => line.length >= 16)
    const base64 = [bytes.toString('base64').replace(/=+$/, ''), bytes.toString('base64url')]
    const encoded = [JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret.toWellFormed()), ...base64]
    for (const form of [secret, ...lines, ...encoded]) if (form.length >= minSecretLength) forms.add(form)
  }
  return forms
}

/** Spans that touch become one mask, so no end of a secret stays readable. */
function hide(text: string, spans: readonly Span[]): string {
  let shown = ''
  let hiddenTo = -1
  for (const { start, end } of spans.toSorted((a, b) => a.start - b.start)) {
    if (start > hiddenTo) shown += text.slice(Math.max(hiddenTo, 0), start) + mask
    hiddenTo = Math.max(hiddenTo, end)
  }
  return shown + text.slice(Math.max(hiddenTo, 0))
}
