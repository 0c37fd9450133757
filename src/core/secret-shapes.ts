// Secrets that give themselves away: the prefixes and forms that services print on their keys.
//
// Few false alarms come before completeness: a bare run of hex digits is a commit as often as a token, so only its
// key's name tells (secret-names.ts).

/**
 * Kinds of secret that give themselves away. The special one first where two share a prefix. Runs that are looked at
 * from many starts have an end, or a hostile text would take hours.
 */
const shapes: readonly (readonly [kind: string, pattern: string])[] = [
  [
    'private key',
    String.raw`-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----[\s\S]*?(?:-----END (?:[A-Z0-9]+ )*PRIVATE KEY-----|$)`,
  ],
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
  ['JSON web token', String.raw`\beyJ[\w-]{8,2000}\.eyJ[\w-]{8,8000}\.[\w-]{8,}`],
  ['bearer token', String.raw`\b[Bb]earer [\w.~+/-]{16,}=*`],
  ['password in an address', String.raw`\b[a-z][a-z0-9+.-]{0,30}://[^\s/:@"']{0,255}:(?!\$\{)[^\s/@"']{1,500}@`],
]
export const secretPatterns = shapes.map(([kind, pattern]) => ({ kind, pattern: new RegExp(pattern, 'g') }))

/** The kind of secret that the text holds somewhere; undefined when none is known by its shape. */
export function looksLikeSecret(text: string): string | undefined {
  return secretPatterns.find(({ pattern }) => text.search(pattern) !== -1)?.kind
}
