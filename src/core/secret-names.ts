// Which keys and variables hold a secret, judged by their names alone.
//
// Wrong towards caution for single words such as `token`; names that speak about a secret (`api_key_env`,
// `token_limit`) hold none. Not its job: what values look like (secret-shapes.ts).

const wordsOf = (text: string): Set<string> => new Set(text.trim().split(/\s+/))

const secretWords = wordsOf(`
  secret secrets password passwords passwd pwd passphrase pass pin otp token credential credentials authorization
  bearer cookie cookies apikey apikeys authtoken accesstoken privatekey secretkey jwt dsn
`)
/** Words before `key`, `keys` or `tokens` that make it a secret. */
const secretKinds = wordsOf(`
  api access secret private encryption signing ssh auth master bot refresh session client service account deploy
  webhook hmac license
`)
/** Last words that make a name speak about a secret rather than hold one: `api_key_env`, `token_file`. */
const aboutSecrets = wordsOf(`
  env name names file path dir url uri id type kind limit limits count budget ttl timeout expiry expires length size
  policy mode enabled required usage cost rate ratio redaction seconds ms days at header source command
`)
/** Words that make `token` a number of tokens. */
const amounts = wordsOf('max min per total num')

/** Whether a key of this name holds a secret: `api_key`, `botToken`, `XAI_KEY`; not `max_tokens`, `api_key_env`. */
export function isSecretName(name: string): boolean {
  if (name === 'PWD' || name === 'OLDPWD') return false // where a shell stands and stood
  const words = partsOf(name)
  const last = words.at(-1) ?? ''
  const before = words.at(-2) ?? ''
  if (aboutSecrets.has(last)) return false
  if (words.some((word) => secretWords.has(word))) return !words.some((word) => amounts.has(word))
  if (!['key', 'keys', 'tokens'].includes(last)) return false
  return secretKinds.has(before) || isVariableOfKey(name, before)
}

function partsOf(name: string): string[] {
  const snake = name.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase()
  return snake.split(/[^a-z0-9]+/).filter((word) => word !== '')
}

/** An environment variable such as XAI_KEY: of those only public keys are none. */
function isVariableOfKey(name: string, before: string): boolean {
  return /^[A-Z0-9]+(_[A-Z0-9]+)*_KEY$/.test(name) && before !== 'public'
}

/** The secret values of an environment, by the names of its variables. */
export function secretsOf(env: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(env).flatMap(([name, value]) => (value && isSecretName(name) ? [value] : []))
}
