// No secret survives, by name, by shape or by value; and what is none stays readable.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isSecretName, looksLikeSecret, maskValue, redactText, secretsOf, type Json } from '../../src/core/index.ts'

const letters = 'a1B2c3D4e5'
/** Put together at run time, so that no scanner takes this file for a leak. */
const planted: Readonly<Record<string, string>> = {
  'Telegram bot token': `${'1234567890'}:${'AA'}${letters.repeat(4).slice(0, 33)}`,
  'OpenAI project key': `sk-${'proj'}-${letters.repeat(4)}`,
  'OpenAI-style key': `sk-${letters.repeat(4)}`,
  'Anthropic key': `sk-${'ant'}-api03-${letters.repeat(4)}`,
  'OpenRouter key': `sk-${'or'}-v1-${'0123456789abcdef'.repeat(4)}`,
  'GitHub token': `gh${'p'}_${letters.repeat(4)}`,
  'GitLab token': `gl${'pat'}-${letters.repeat(2)}`,
  'Slack token': `xox${'b'}-${letters.repeat(2)}`,
  'AWS access key': `AK${'IA'}${'ABCDEFGH23456789'}`,
  'Google key': `AI${'za'}${letters.repeat(4).slice(0, 35)}`,
  'Hugging Face token': `h${'f'}_${letters.repeat(4)}`,
  'xAI key': `xa${'i'}-${letters.repeat(4)}`,
  'Groq key': `gs${'k'}_${letters.repeat(4)}`,
  'NVIDIA key': `nv${'api'}-${letters.repeat(4)}`,
  'npm token': `np${'m'}_${letters.repeat(4).slice(0, 36)}`,
  'JSON web token': `ey${'J'}${letters}.ey${'J'}${letters}.${letters}`,
  'bearer token': `Bear${'er'} ${letters.repeat(2)}`,
  'password in an address': `https://user:${letters}@example.org/`,
  'private key': `-----BEGIN ${'RSA'} PRIVATE KEY-----\n${letters}\n-----END ${'RSA'} PRIVATE KEY-----`,
}

for (const [kind, secret] of Object.entries(planted)) {
  test(`a ${kind} is known by its shape anywhere in a text, and taken out of it`, () => {
    const text = `before "${secret}", after`
    assert.equal(looksLikeSecret(text), kind)
    assert.equal(redactText(text).includes(secret), false)
    assert.match(redactText(text), /^before .*\[redacted\].*after$/s)
  })
}

const harmless = [
  'the quick brown fox',
  '6edbe67a0c1f4b6f0f7d1d2c3b4a5968778695a4',
  'https://example.org:8080/path@v2',
  'https://user:${PASSWORD}@example.org/',
  'skip-this-and-that-because-it-is-long-enough',
  'risk-management-of-a-long-project-name',
  '12:30:45 and 2026-01-01T00:00:00Z',
]
for (const text of harmless) {
  test(`"${text}" is left alone`, () => {
    assert.equal(looksLikeSecret(text), undefined)
    assert.equal(redactText(text), text)
  })
}

test('a private key that was cut is hidden to the end', () => {
  const text = `-----BEGIN ${'OPENSSH'} PRIVATE KEY-----\n${letters.repeat(5)}`
  assert.equal(redactText(text), '[redacted]')
})

test('a planted secret never survives, plain or encoded, whatever stands around it', () => {
  const secret = fc.string({ unit: 'grapheme', minLength: 8, maxLength: 60 }).filter((text) => text.isWellFormed())
  fc.assert(
    fc.property(fc.string(), secret, fc.string(), (before, value, after) => {
      fc.pre(!'[redacted]'.includes(value))
      const forms = [value, JSON.stringify(value), encodeURIComponent(value), Buffer.from(value).toString('base64')]
      for (const form of forms) {
        const told = redactText(`${before}${form}${after}`, [value])
        assert.equal(told.includes(form), false)
        assert.equal(told.includes(value), false)
      }
    }),
  )
})

test('overlapping and repeated secrets leave no rest behind', () => {
  assert.equal(redactText('xabcdefghy abcdabcd', ['abcdef', 'cdefgh', 'abcd']), 'x[redacted]y [redacted]')
  assert.equal(redactText('aaaaaaa', ['aaaa']), '[redacted]')
})

test('each long line of a secret of many lines is hidden by itself', () => {
  const line = 'L'.repeat(20)
  assert.equal(redactText(`got ${line}!`, [`first\n${line}\nlast`]), 'got [redacted]!')
})

test('empty and very short values hide nothing', () => {
  assert.equal(redactText('a word of text', ['', 'a', 'of']), 'a word of text')
})

const secretNames = ['api_key', 'apiKey', 'OPENAI_API_KEY', 'XAI_KEY', 'botToken', 'token', 'bot_token', 'password']
secretNames.push('client_secret', 'Authorization', 'auth_tokens', 'private-key', 'db.password', 'SESSION_COOKIE', 'dsn')
const plainNames = [
  'max_tokens',
  'context_tokens',
  'api_key_env',
  'token_file',
  'key',
  'keys',
  'hotkey',
  'sort_key',
  'model',
]
plainNames.push('PUBLIC_KEY', 'tokenizer', 'max_token_count', 'secret_name', 'passage', 'author', 'key_env', '')

test('names of secrets are told from names about secrets', () => {
  assert.deepEqual(
    secretNames.filter((name) => !isSecretName(name)),
    [],
  )
  assert.deepEqual(plainNames.filter(isSecretName), [])
})

test('the secrets of an environment are the values of its secret names', () => {
  assert.deepEqual(secretsOf({ HOME: '/home/x', TELEGRAM_BOT_TOKEN: 'abc', EMPTY_TOKEN: '', GONE_TOKEN: undefined }), [
    'abc',
  ])
})

test('a mask hides texts and numbers, keeps references, keys and lengths of lists', () => {
  assert.deepEqual(maskValue({ a: 'x', b: [1, '', null, true], c: '${NAME}', d: {}, e: 'x ${NAME}' }), {
    a: '[redacted]',
    b: ['[redacted]', '', null, true],
    c: '${NAME}',
    d: {},
    e: '[redacted]',
  })
})

test('a masked value has the shape of the value, and two masks differ only where shapes do', () => {
  const shapeOf = (value: Json): unknown => {
    if (Array.isArray(value)) return value.map(shapeOf)
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, shapeOf(member)]))
    }
    return typeof value === 'string' || typeof value === 'number' ? 'text' : value
  }
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      assert.deepEqual(shapeOf(maskValue(value as Json)), shapeOf(value as Json))
    }),
  )
})

test('the folder that a shell stands in is no secret, though its variable is called PWD', () => {
  assert.deepEqual(secretsOf({ PWD: '/home/you', OLDPWD: '/srv', DB_PWD: 'x1', PASSWORD: 'x2' }), ['x1', 'x2'])
})
