// Rules about secrets: none is in any file of a sidecar, whatever the file is.
//
// Promise: what is found is told by kind, file and line, never by value. Cheap patterns decide first; the scanning
// library is loaded only for a text that might hold something of what it knows.

import { isSecretName, secretPatterns, type Json } from '../../core/index.ts'
import { lineFinder } from '../line-finder.ts'
import { lineAt, pointerOf, type PathKey } from '../reading.ts'
import type { FileContent, FileRule, Hit } from '../rule.ts'

const secretByShape: FileRule = {
  id: 'secret-shape',
  severity: 'error',
  explains:
    'A text with the form of a key: of a model provider, Telegram, Slack, GitHub, GitLab, AWS, a private key, an address with a password.',
  example: 'a Telegram bot token in a script',
  mend: 'revoke it, remove it from the file and from git, and name it as ${NAME} with its value in the .env of the home',
  *check({ path, text }) {
    if (text === undefined) return
    const lineOf = lineFinder(text)
    for (const { kind, pattern } of secretPatterns) {
      for (const match of text.matchAll(pattern)) {
        if (!isPlaceholder(match[0]))
          yield {
            file: path,
            line: lineOf(match.index),
            message: `this looks like ${/^[AEIO]/.test(kind) ? 'an' : 'a'} ${kind}`,
          }
      }
    }
    for (const match of text.matchAll(forgeToken)) {
      yield { file: path, line: lineOf(match.index), message: 'this looks like a forge token' }
    }
  },
}

/** Gitea and Forgejo tokens have no prefix, so only what stands before them tells. */
const forgeToken = /(?<![a-z])token["']*\s*[:= ]\s*["'`]*[0-9a-f]{40}\b/gi

const secretByName: FileRule = {
  id: 'secret-name',
  severity: 'error',
  explains: 'A value under a key such as api_key, token, secret or password that is no ${NAME} reference.',
  example: 'api_key: something, where api_key: ${LOCAL_KEY} is meant',
  mend: 'write ${NAME} and put the value into the .env of the home',
  *check(file) {
    if (file.reading !== undefined && file.kind !== 'memory' && file.kind !== 'soul')
      yield* namedInSettings(file, file.reading.value, [])
    if (file.text !== undefined) yield* namedInLines(file, file.text)
  },
}

function* namedInSettings(file: FileContent, value: Json, path: readonly PathKey[]): Generator<Hit> {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* namedInSettings(file, item as Json, [...path, index])
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, member] of Object.entries(value)) {
      const inner = [...path, key]
      if (isSecretName(key) && isLiteral(member)) {
        const line = lineAt(file.reading?.lines ?? {}, inner)
        yield {
          file: file.path,
          line,
          message: `${pointerOf(inner).slice(1).replaceAll('/', '.')} holds a value itself`,
        }
      } else yield* namedInSettings(file, member, inner)
    }
  }
}

function isLiteral(value: Json): boolean {
  if (typeof value === 'number') return Math.abs(value) > 999
  if (typeof value !== 'string' || value.trim() === '') return false
  const rest = value.replaceAll(/\$\{[A-Za-z_][A-Za-z0-9_]*\}/g, '')
  return rest === value || rest.trim().length > 12 // "Bearer ${TOKEN}" names its secret
}

const assignment =
  /^[ \t#/*-]{0,80}(?:export +|set +|const +|let +|var +)?["']?([A-Za-z_][A-Za-z0-9_.-]{2,60})["']?[ \t]*(?::=|[:=])[ \t]*(["'`]?)([^\s"'`,;]{8,})\2[ \t]*[,;]?[ \t\r]*(?:#.*)?$/gm

function* namedInLines(file: FileContent, text: string): Generator<Hit> {
  if (!/key|token|secret|passw|pwd|credential|auth|cookie/i.test(text)) return
  const lineOf = lineFinder(text)
  for (const { index, 0: whole, 1: name = '', 3: value = '' } of text.matchAll(assignment)) {
    if (!isSecretName(name) || !looksRandom(value) || isPlaceholder(value)) continue
    const line = lineOf(index + whole.length - whole.trimStart().length)
    if (file.reading !== undefined && lineIsSettings(file, line)) continue
    yield { file: file.path, line, message: `${name} holds a value itself` }
  }
}

/** Lines that are settings were judged by value above; left are comments. */
function lineIsSettings(file: FileContent, line: number): boolean {
  return Object.values(file.reading?.lines ?? {}).includes(line)
}

/** Letters and digits mixed, and no code: calls, references, paths and words are none. */
function looksRandom(value: string): boolean {
  return /\d/.test(value) && /[A-Za-z]/.test(value) && !/[$(){}<>[\]]|^\/|^\.\/|^https?:/.test(value)
}

function isPlaceholder(value: string): boolean {
  return /x{6,}|\.{3}|\*{3}|<[^>]*>|example|placeholder|your[-_ ]|changeme|redacted|dummy/i.test(value)
}

/** What the library's rules need to find in a text before they can say anything. */
const libraryHints =
  /(?:A3T|AKIA|AGPA|AIDA|AROA|AIPA|ANPA|ANVA|ASIA)[A-Z0-9]|(?<![A-Za-z])(?:aws|AWS)|-----BEGIN|npm_|_authToken|xox[a-z]-|xapp-|hooks\.slack\.com|\bsk-|gh[opsur]_|github_pat_|ops_ey|SG\.|shp(?:pa|ca|at|ss)_|lin_api_|:\/\/[^\s/@:]{0,256}:[^\s/@]{1,256}@|(?:mongodb|mysql|postgres)[a-z+]{0,8}:\/\/|private_key/

/** Asked apart from the other rules, for it loads a library of a megabyte. */
export const secretByLibrary: FileRule = {
  id: 'secret-scan',
  severity: 'error',
  explains: 'What the kept scanning library (secretlint, its recommended rules) knows as a secret.',
  example: 'an AWS secret access key',
  mend: 'revoke it, remove it from the file and from git, and name it as ${NAME} with its value in the .env of the home',
  async check({ path, text }) {
    if (text === undefined || !libraryHints.test(text)) return []
    const [{ lintSource }, { creator }] = await Promise.all([
      import('@secretlint/core'),
      import('@secretlint/secretlint-rule-preset-recommend'),
    ])
    const presetId = '@secretlint/secretlint-rule-preset-recommend'
    const { messages } = await lintSource({
      source: { filePath: path, content: text, ext: path.slice(path.lastIndexOf('.')), contentType: 'text' },
      options: {
        config: { rules: [{ id: presetId, rule: creator, rules: [] }] },
        maskSecrets: true,
        noPhysicFilePath: true,
      },
    })
    return messages.flatMap(({ ruleId, loc, range }) => {
      const found = text.slice(range[0], range[1])
      if (isPlaceholder(found) || /\$\{?[A-Z_]+\}?/.test(found)) return []
      const kind = ruleId.replace('@secretlint/secretlint-rule-', '')
      return [
        { file: path, line: loc.start.line, message: `the scanning library finds a secret of the kind "${kind}"` },
      ]
    })
  },
}

export const secretRules: readonly FileRule[] = [secretByShape, secretByName]
