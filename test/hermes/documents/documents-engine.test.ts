// The documents against the real engines: what we write they read, and what they write we read.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { digestOf, isMapping, jsonEquals, type Json, type JsonMapping } from '../../../src/core/index.ts'
import { formatOf, isUnreadable, type Document, type PartEdit } from '../../../src/hermes/index.ts'
import { engines, engineVersions, scratchHome, skipReason, type ScratchHome } from '../../engine.ts'

/** Runs Python of the engine in this home; it leaves its answer in `answer`. */
function askPython(version: string, home: ScratchHome, script: string): Json {
  const interpreter = engines().find((engine) => engine.version === version)?.interpreter ?? ''
  const whole = `import json, sys\n${script}\nsys.stdout.write('\\n@@' + json.dumps(answer, default=str))\n`
  const output = execFileSync(interpreter, ['-c', whole], {
    env: home.env,
    cwd: home.folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return JSON.parse(output.slice(output.lastIndexOf('@@') + 2))
}

function open(home: ScratchHome, path: string): Document {
  const opened = formatOf(path)?.open(readFileSync(join(home.home, path)))
  if (!opened || isUnreadable(opened)) assert.fail(JSON.stringify(opened))
  return opened
}

function edit(home: ScratchHome, path: string, edits: readonly PartEdit[]): void {
  writeFileSync(join(home.home, path), open(home, path).edit(edits))
}

const key = (path: string, value: Json | undefined): PartEdit => ({
  part: { kind: 'key', path: path.split('.') },
  value,
})

const hardValues: JsonMapping = {
  off_text: 'off',
  octal_text: '010',
  time_text: '12:30:00',
  date_text: '2026-01-01',
  placeholder: '${NO_SUCH_NAME}',
  sharp: 'a # b: c',
  lines: 'one\n  two\n\nthree\n',
  odd: '\u0007 tab\t and Zürich 🚀 \u2028',
  big: 1e21,
  small: 1e-7,
  nothing: null,
  list: [1, [], {}, { a: ['x', { b: null }] }, 'yes', true],
  'key: odd': { on: 1, '1': 2, '': 3 },
}

for (const version of engineVersions) {
  describe(`hermes-agent ${version}`, { skip: skipReason(version) }, () => {
    test('config.yaml: every value that we write is the one that it reads, and its own writes are read by us', () => {
      using home = scratchHome({ livedIn: true })
      const text = readFileSync(join(home.home, 'config.yaml'), 'utf8')
      writeFileSync(join(home.home, 'config.yaml'), `# mine\n${text.replace('agent:', 'agent: # limits')}`)
      edit(home, 'config.yaml', [
        key('x_ours', hardValues),
        key('agent.max_turns', 33),
        key('display.skin', undefined),
        key('auxiliary.vision.model', 'v'),
      ])
      const script = `
from hermes_cli.config import read_raw_config, load_config
from cron.jobs import _resolve_default_model_snapshot
import yaml, os
text = open(os.path.join(os.environ['HERMES_HOME'], 'config.yaml'), encoding='utf-8').read()
answer = [read_raw_config(), yaml.safe_load(text), load_config()['agent']['max_turns'], load_config()['auxiliary']['vision']['model']]`
      const [raw, slow, turns, vision] = askPython(version, home, script) as Json[]
      assert.ok(isMapping(raw) && jsonEquals(raw['x_ours'], hardValues), JSON.stringify(raw))
      assert.ok(jsonEquals(raw, slow), 'its two readers agree')
      assert.deepEqual([turns, vision], [33, 'v'])
      assert.equal('skin' in (raw['display'] as object), false)
      const whole = open(home, 'config.yaml')
      for (const part of whole.parts())
        assert.ok(part.kind === 'key' && jsonEquals(at(raw, part.path), whole.get(part)))

      askPython(
        version,
        home,
        `from hermes_cli.config import set_config_value\nset_config_value('agent.max_turns', '44')\nanswer = 0`,
      )
      assert.equal(
        readFileSync(join(home.home, 'config.yaml'), 'utf8').includes('# mine'),
        false,
        'it dumped the file anew',
      )
      const again = open(home, 'config.yaml')
      for (const part of whole.parts()) {
        const isTurns = part.kind === 'key' && part.path.join('.') === 'agent.max_turns'
        assert.ok(jsonEquals(again.get(part), isTurns ? 44 : whole.get(part)), JSON.stringify(part))
      }
    })

    test('cron/jobs.json: our jobs are listed and planned, and jobs of its own hand have exactly the shape of ours', () => {
      using home = scratchHome({ livedIn: true })
      const daily = { kind: 'cron', expr: '0 8 * * *', display: '0 8 * * *' }
      const hourly = { kind: 'interval', minutes: 60, display: 'every 60m' }
      edit(home, 'cron/jobs.json', [
        {
          part: { kind: 'record', id: 'aaaaaaaaaaaa', name: 'ours' },
          value: { name: 'ours', prompt: 'Größe?', schedule: daily, model: 'm', provider: 'custom' },
        },
        { part: { kind: 'record', id: 'acd716a77b34' }, value: { schedule: hourly } },
        { part: { kind: 'record', id: 'fb29c94ebbc3' }, value: { enabled: true } },
        { part: { kind: 'record', id: 'bc870f8ebc0a' }, value: undefined },
      ])
      const script = `
from datetime import datetime
from cron import jobs
before = jobs.load_jobs()
due = [job['id'] for job in jobs.get_due_jobs()]
made = jobs.create_job('Look.', '0 9 * * *', name='theirs', deliver='local')
answer = [before, due, jobs.load_jobs(), made, [job['name'] for job in jobs.list_jobs(include_disabled=True)]]`
      const [before, due, after, made, listed] = askPython(version, home, script) as [
        JsonMapping[],
        string[],
        JsonMapping[],
        JsonMapping,
        string[],
      ]
      assert.deepEqual(listed, ['morning-report', 'drift-watch', 'ours', 'theirs'])
      assert.deepEqual(due, [])
      const [, moved, ours] = before
      assert.deepEqual([moved?.['next_run_at'], ours?.['next_run_at']], [null, null])
      for (const planned of after)
        assert.match(JSON.stringify(planned['next_run_at']), /^"\d{4}-/, JSON.stringify(planned))
      assert.deepEqual(Object.keys(ours ?? {}), Object.keys(made))
      assert.deepEqual(
        typesOf({ ...ours, next_run_at: 't', created_at: 't' }),
        typesOf({ ...made, model: 'm', provider: 'p', provider_snapshot: null, model_snapshot: null }),
      )

      const theirs = open(home, 'cron/jobs.json')
      assert.equal(theirs.parts().length, 4)
      const seen = theirs.get({ kind: 'record', id: idOf(made) })
      assert.ok(isMapping(seen))
      for (const [field, value] of Object.entries(seen)) {
        assert.ok(jsonEquals(field === 'repeat' ? { times: null } : made[field], value), field)
      }
      // An edit keeps the engine's own bytes: it has written the file just now.
      const bytes = readFileSync(join(home.home, 'cron/jobs.json'), 'utf8')
      edit(home, 'cron/jobs.json', [{ part: { kind: 'record', id: idOf(made) }, value: { prompt: 'Schön.' } }])
      assert.equal(readFileSync(join(home.home, 'cron/jobs.json'), 'utf8'), bytes.replace('"Look."', '"Sch\\u00f6n."'))
    })

    test('cron/jobs.json: pausing, resuming and a new schedule leave a job as its own commands do', () => {
      using home = scratchHome({ livedIn: true })
      using other = scratchHome({ livedIn: true })
      const id = 'acd716a77b34'
      const steps: [value: JsonMapping, call: string][] = [
        [{ enabled: false }, `jobs.pause_job('${id}')`],
        [
          { schedule: { kind: 'interval', minutes: 30, display: 'every 30m' } },
          `jobs.update_job('${id}', {'schedule': 'every 30m'})`,
        ],
        [{ enabled: true }, `jobs.resume_job('${id}')`],
        [
          { schedule: { kind: 'cron', expr: '5 5 * * *', display: '5 5 * * *' } },
          `jobs.update_job('${id}', {'schedule': '5 5 * * *'})`,
        ],
        [{ skills: ['x', 'y'] }, `jobs.update_job('${id}', {'skills': ['x', 'y']})`],
      ]
      const script = steps.map(([, call]) => `${call}\nanswer.append(jobs.load_jobs()[1])`).join('\n')
      const theirs = askPython(version, other, `from cron import jobs\nanswer = []\n${script}`) as JsonMapping[]
      for (const [index, [value]] of steps.entries()) {
        edit(home, 'cron/jobs.json', [{ part: { kind: 'record', id }, value }])
        const root = JSON.parse(readFileSync(join(home.home, 'cron/jobs.json'), 'utf8')) as { jobs: JsonMapping[] }
        // We have no clock: a pause has no time, and a plan is left to the next tick.
        const timeless = { paused_at: null, next_run_at: null }
        assert.deepEqual({ ...root.jobs[1], ...timeless }, { ...theirs[index], ...timeless }, `step ${index}`)
      }
    })

    test('memories: entries that we add and take out are its entries, and its tool still replaces and removes', () => {
      using home = scratchHome({ livedIn: true })
      const ours = 'Ours: § inside,\nwith two lines.'
      const gone = 'The fleet has two hosts: alpha and beta.'
      edit(home, 'memories/MEMORY.md', [
        { part: { kind: 'record', id: digestOf(ours) }, value: ours },
        { part: { kind: 'record', id: digestOf(gone) }, value: undefined },
      ])
      const script = `
from tools.memory_tool import load_on_disk_store
store = load_on_disk_store()
before = list(store.memory_entries)
answer = [before, store.replace('memory', 'with two lines', 'Replaced.')['success'], store.add('memory', 'Theirs.')['success'], store.memory_entries]`
      const kept = 'Deploys go through timmy plan before timmy apply.'
      assert.deepEqual(askPython(version, home, script), [[kept, ours], true, true, [kept, 'Replaced.', 'Theirs.']])
      const document = open(home, 'memories/MEMORY.md')
      assert.deepEqual(
        document.parts().map((part) => document.get(part)),
        [kept, 'Replaced.', 'Theirs.'],
      )
    })

    test('memories: in a file that is not in shape we see the entries that it sees', () => {
      const files = [
        'one\n§ \ntwo',
        'one\n§',
        'one\n§\n',
        '§\none',
        ' one \r\n§\r\ntwo\n\n',
        'one\n§\n\n§\none',
        '\uFEFFone',
        'one\u0085\n§\n\u001ctwo\u00a0',
        '',
      ]
      using home = scratchHome()
      const script = `
import os
from pathlib import Path
from tools.memory_tool import MemoryStore
answer = []
for text in json.loads(${JSON.stringify(JSON.stringify(files))}):
    path = Path(os.environ['HERMES_HOME']) / 'MEMORY.md'
    path.write_bytes(text.encode())
    answer.append(list(dict.fromkeys(MemoryStore._read_file(path))))`
      const seen = files.map((text) => {
        const document = formatOf('memories/MEMORY.md')?.open(Buffer.from(text))
        assert.ok(document && !isUnreadable(document))
        return document.parts().map((part) => document.get(part) ?? null)
      })
      assert.deepEqual(seen, askPython(version, home, script))
    })

    test('channel_aliases.json: the names that we write are the ones that it loads', () => {
      using home = scratchHome({ livedIn: true })
      edit(home, 'channel_aliases.json', [
        key('telegram.-7', 'Zürich'),
        { part: { kind: 'key', path: ['matrix', '!fleet:example.invalid'] }, value: undefined },
      ])
      const script = 'from gateway.channel_directory import _load_channel_aliases\nanswer = _load_channel_aliases()'
      assert.deepEqual(askPython(version, home, script), {
        telegram: { '-1001234567890': 'ops-room', '-7': 'Zürich' },
      })
    })
  })
}

function at(value: Json, path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((found, step) => (isMapping(found) ? found[step] : undefined), value)
}

function typesOf(job: JsonMapping): JsonMapping {
  return Object.fromEntries(
    Object.entries(job).map(([field, value]) => [
      field,
      value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value,
    ]),
  )
}

function idOf(job: JsonMapping): string {
  assert.ok(typeof job['id'] === 'string')
  return job['id']
}
