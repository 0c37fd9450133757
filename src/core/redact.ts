// Secrets out of everything we show or keep: by the name of a key, by the shape of a value, by the value itself.
//
// Masks say nothing of what they hide, not even its length. Not its job: finding a secret of unknown shape in a
// file (config's rules have a scanning library for that).

import { isMapping, type Json } from './json.ts'

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

const secretWords = new Set([
  ...['secret', 'secrets', 'password', 'passwords', 'passwd', 'pwd', 'passphrase', 'pass', 'pin', 'otp', 'token'],
  ...['credential', 'credentials', 'authorization', 'bearer', 'cookie', 'cookies', 'apikey', 'apikeys', 'authtoken'],
  ...['accesstoken', 'privatekey', 'secretkey', 'jwt', 'dsn'],
])
/** Words before `key` or `tokens` that make it a secret. */
const secretKinds = new Set([
  ...['api', 'access', 'secret', 'private', 'encryption', 'signing', 'ssh', 'auth', 'master', 'bot', 'refresh'],
  ...['session', 'client', 'service', 'account', 'deploy', 'webhook', 'hmac', 'license'],
])
/** Last words that make a name speak about a secret rather than hold one: `api_key_env`, `token_file`. */
const aboutSecrets = new Set([
  ...['env', 'name', 'names', 'file', 'path', 'dir', 'url', 'uri', 'id', 'type', 'kind', 'limit', 'limits', 'count'],
  ...['budget', 'ttl', 'timeout', 'expiry', 'expires', 'length', 'size', 'policy', 'mode', 'enabled', 'required'],
  ...['usage', 'cost', 'rate', 'ratio', 'redaction', 'seconds', 'ms', 'days', 'at', 'header', 'source', 'command'],
])

/** Whether a key of this name holds a secret: `api_key`, `botToken`, `XAI_KEY`; not `max_tokens`, `api_key_env`. */
export function isSecretName(name: string): boolean {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
  const last = words.at(-1) ?? ''
  if (aboutSecrets.has(last)) return false
  if (words.some((word) => secretWords.has(word))) return !isAmount(words)
  const before = words.at(-2) ?? ''
  if (last === 'key' || last === 'keys' || last === 'tokens') {
    return secretKinds.has(before) || (last === 'key' && /^[A-Z0-9]+(_[A-Z0-9]+)+$/.test(name) && before !== 'public')
  }
  return false
}

/** `max_token`, `token_per_minute`: numbers of tokens. */
function isAmount(words: readonly string[]): boolean {
  return words.includes('token') && words.some((word) => ['max', 'min', 'per', 'total', 'num'].includes(word))
}

/** Kinds of secret that give themselves away. Longest prefix first where two share one. */
const shapes: readonly (readonly [kind: string, pattern: string])[] = [
  ['private key', String.raw`-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----[\s\S]*?(?:-----END (?:[A-Z0-9]+ )*PRIVATE KEY-----|$)`],
  ['Anthropic key', String.raw`\bsk-ant-[\w-]{16,}`],
  ['OpenRouter key', String.raw`\bsk-or-v1-[0-9a-f]{32,}`],
  ['OpenAI project key', String.raw`\bsk-(?:proj|svcacct|admin)-[\w-]{20,}`],
  ['OpenAI-style key', String.raw`\bsk-[A-Za-z0-9]{20,}`],
  ['GitHub token', String.raw`\b(?:gh[opsur]_[A-Za-z0-9]{30,}|github_pat_\w{30,})`],
  ['GitLab token', String.raw`\bglpat-[\w-]{20,}`],
  ['Telegram bot token', String.raw`\b\d{8,10}:[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])`],
  ['Slack token', String.raw`\bxox[abeoprs]-[A-Za-z0-9-]{10,}`],
  ['AWS access key', String.raw`\b(?:AKIA|ASIA)[A-Z0-9]{16}\b`],
  ['Google key', String.raw`\bAIza[\w-]{35}`],
  ['Hugging Face token', String.raw`\bhf_[A-Za-z0-9]{30,}`],
  ['xAI key', String.raw`\bxai-[A-Za-z0-9]{20,}`],
  ['Groq key', String.raw`\bgsk_[A-Za-z0-9]{20,}`],
  ['NVIDIA key', String.raw`\bnvapi-[\w-]{20,}`],
  ['npm token', String.raw`\bnpm_[A-Za-z0-9]{36}`],
  ['PyPI token', String.raw`\bpypi-[\w-]{50,}`],
  ['JSON web token', String.raw`\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}`],
  ['bearer token', String.raw`\b[Bb]earer [\w.~+/-]{16,}=*`],
  ['password in an address', String.raw`\b[a-z][a-z0-9+.-]*://[^\s/:@"']*:(?!\$\{)[^\s/@"']+@`],
]
const patterns = shapes.map(([kind, pattern]) => ({ kind, pattern: new RegExp(pattern, 'g') }))

/** The kind of secret that the text holds somewhere; undefined when none is known by its shape. */
export function looksLikeSecret(text: string): string | undefined {
  return patterns.find(({ pattern }) => text.search(pattern) !== -1)?.kind
}

/** The secret values of an environment, by the names of its variables. */
export function secretsOf(env: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(env).flatMap(([name, value]) => (value && isSecretName(name) ? [value] : []))
}

/** Shorter values are not hidden: they would be words of every sentence. */
const minSecretLength = 4

/**
 * The text without any of these secrets, and without anything that looks like one. A secret is also found as JSON,
 * percent-encoded or in base64, and line by line.
 */
export function redactText(text: string, secrets: Iterable<string> = []): string {
  const hidden: Span[] = patterns.flatMap(({ pattern }) =>
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

/** Overlapping spans become one mask, so no end of a secret stays readable. */
function hide(text: string, spans: readonly Span[]): string {
  let shown = ''
  let position = 0
  for (const { start, end } of spans.toSorted((a, b) => a.start - b.start)) {
    if (start >= position) shown += (start > position || position === 0 ? text.slice(position, start) : '') + mask
    position = Math.max(position, end)
  }
  return shown + text.slice(position)
}
