// Rules about scripts: what cannot even be parsed must not reach an agent's home.
//
// Shells are asked with -n, one process a script; Python once for all of them, compiling in memory. Their own words
// may quote the line that they stumbled over, so only its number is told.

import { run } from '../../core/index.ts'
import type { FileContent, FileRule, Hit, Rule } from '../rule.ts'

export const shellSyntax: Rule = {
  id: 'script-shell',
  severity: 'error',
  explains: 'A shell script parses: `bash -n` for scripts/ and for what asks for bash, else `sh -n`.',
  example: 'if true; then',
  mend: 'mend the script at that line',
}

export const pythonSyntax: Rule = {
  id: 'script-python',
  severity: 'error',
  explains: 'A Python file compiles with the python3 that is here; nothing of it is run.',
  example: 'def main(',
  mend: 'mend the script at that line',
}

export const notLooked: Rule = {
  id: 'script-unchecked',
  severity: 'note',
  explains: 'The interpreter that could parse the script is not on this machine.',
  example: 'a Python script and no python3',
  mend: 'install the interpreter, or check the script where it is',
}

/** Hits, or undefined when the interpreter is not there. */
export type ScriptVerdict = readonly Hit[] | undefined

const timeoutMs = 20_000

export function shellOf({ path, inLayer, text, kind }: FileContent): 'bash' | 'sh' | undefined {
  if (text === undefined || (kind !== 'file' && inLayer !== 'deploy.sh')) return undefined
  const [, shell] = /^#!.*?\b(bash|sh|dash)\b/.exec(text.slice(0, 200)) ?? []
  if (shell !== undefined) return shell === 'bash' ? 'bash' : 'sh'
  if (text.startsWith('#!')) return undefined
  return path.endsWith('.sh') ? 'bash' : undefined // the engine gives a .sh to bash
}

export function isPython({ path, text, kind }: FileContent): boolean {
  if (text === undefined || kind !== 'file') return false
  return path.endsWith('.py') || /^#!.*\bpython3?\b/.test(text.slice(0, 200))
}

export async function checkShell(file: FileContent, shell: 'bash' | 'sh'): Promise<ScriptVerdict> {
  const { exitCode, stderr, notFound, timedOut } = await run([shell, '-n'], { input: file.text ?? '', timeoutMs })
  if (notFound) return undefined
  if (exitCode === 0) return []
  const line = Number(/(?:line |: )(\d+):/.exec(stderr)?.[1])
  const message = timedOut ? `${shell} -n does not come to an end` : `${shell} cannot parse it`
  return [{ file: file.path, line: Number.isInteger(line) ? line : undefined, message }]
}

const compileAll = `
import json, sys, warnings
warnings.simplefilter("ignore")
answers = []
for index, text in enumerate(json.load(sys.stdin)):
    try:
        compile(text, "script", "exec", dont_inherit=True)
    except SyntaxError as fault:
        answers.append([index, fault.lineno])
    except Exception:
        answers.append([index, None])
json.dump(answers, sys.stdout)
`

/** One verdict for each file, in order; undefined without a python3. */
export async function checkPython(files: readonly FileContent[]): Promise<readonly ScriptVerdict[]> {
  const input = JSON.stringify(files.map(({ text }) => text ?? ''))
  const { exitCode, stdout } = await run(['python3', '-I', '-c', compileAll], { input, timeoutMs })
  if (exitCode !== 0) return files.map(() => undefined)
  const faults = new Map(JSON.parse(stdout) as [number, number | null][])
  return files.map(({ path }, index) => {
    const line = faults.get(index)
    return line === undefined ? [] : [{ file: path, line: line ?? undefined, message: 'Python cannot compile it' }]
  })
}

const shebang: FileRule = {
  id: 'script-first-line',
  severity: 'warning',
  explains: 'A file of bin/ is started by its first line; without `#!` it depends on who starts it.',
  example: 'bin/status that begins with echo',
  mend: 'begin it with #!/bin/sh',
  *check({ inLayer, path, text }) {
    if (inLayer.startsWith('bin/') && text !== undefined && !text.startsWith('#!')) {
      yield { file: path, line: 1, message: `${path} does not begin with #!` }
    }
  },
}

const carriageReturn: FileRule = {
  id: 'script-line-ends',
  severity: 'error',
  explains: 'A script with CRLF line ends is not found or not understood by its interpreter.',
  example: '#!/bin/sh\\r',
  mend: 'save it with LF line ends',
  *check(file) {
    const firstLine = file.text?.slice(0, 300).split('\n')[0]
    if (file.kind === 'file' && firstLine?.startsWith('#!') && firstLine.endsWith('\r')) {
      yield { file: file.path, line: 1, message: `${file.path} has CRLF line ends` }
    }
  },
}

export const scriptRules: readonly FileRule[] = [shebang, carriageReturn]
