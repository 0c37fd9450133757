// One Python with PyYAML that reads many texts at once: the referee of the YAML tests.
//
// The engine's config loader is PyYAML's C loader where it is built in, so that one is asked. Not a test itself.

import { spawnSync } from 'node:child_process'
import type { Json } from '../../src/core/json.ts'

/** What PyYAML made of a text: its value in our notation, or its complaint. */
export type Verdict = { readonly value: Json } | { readonly error: string }

// Keys become texts as json.dumps makes them; what JSON lacks becomes a mapping with one `$` key, as in src.
const referee = String.raw`
import base64, datetime, json, math, sys, yaml
Loader = getattr(yaml, 'CSafeLoader', None) or yaml.SafeLoader
def plain(value):
    if isinstance(value, bool) or value is None or isinstance(value, str): return value
    if isinstance(value, int): return value if abs(value) < 2**53 else {'$int': str(value)}
    if isinstance(value, float):
        if math.isnan(value): return {'$float': 'nan'}
        return value if math.isfinite(value) else {'$float': 'inf' if value > 0 else '-inf'}
    if isinstance(value, (datetime.date, datetime.datetime)): return {'$timestamp': value.isoformat()}
    if isinstance(value, bytes): return {'$binary': base64.b64encode(value).decode()}
    if isinstance(value, set): return {'$set': [key(item) for item in value]}
    if isinstance(value, tuple): return [plain(item) for item in value]
    if isinstance(value, list): return {'$pairs': plain2(value)} if value and all(isinstance(i, tuple) for i in value) else plain2(value)
    return {key(name): plain(item) for name, item in value.items()}
def plain2(items): return [plain(item) for item in items]
def key(name):
    if isinstance(name, (datetime.date, datetime.datetime)): return name.isoformat()
    if isinstance(name, bytes): return base64.b64encode(name).decode()
    if name is None or isinstance(name, (bool, int, float)): return next(iter(json.loads(json.dumps({name: 0}))))
    return name
def read(text):
    try: return {'value': plain(yaml.load(text, Loader=Loader))}
    except RecursionError: return {'error': 'recursion'}
    except Exception as e: return {'error': type(e).__name__ + ': ' + str(e)}
def dump(job):
    return yaml.dump(job['value'], sort_keys=job['sort'], allow_unicode=True, default_flow_style=False)
jobs = json.load(sys.stdin)
json.dump([read(j['text']) if 'text' in j else dump(j) for j in jobs], sys.stdout)
`

const python = '/usr/bin/python3'

/** Why PyYAML cannot be asked here; undefined when it can. */
export const noPyYaml: string | false = (() => {
  const { status } = spawnSync(python, ['-c', 'import yaml'], { stdio: 'ignore' })
  return status === 0 ? false : `${python} has no PyYAML (package python3-yaml), so it cannot be the referee`
})()

function ask<T>(jobs: readonly object[]): T[] {
  const input = JSON.stringify(jobs)
  const { stdout, status, stderr } = spawnSync(python, ['-c', referee], { input, encoding: 'utf8', maxBuffer: 1 << 28 })
  if (status !== 0) throw new Error(`the referee failed: ${stderr}`)
  return JSON.parse(stdout)
}

export function readByPyYaml(texts: readonly string[]): Verdict[] {
  return ask(texts.map((text) => ({ text })))
}

/** The values as PyYAML's dumper writes them, keys in order or sorted. */
export function dumpByPyYaml(values: readonly Json[], sort: boolean): string[] {
  return ask(values.map((value) => ({ value, sort })))
}
