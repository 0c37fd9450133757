// Settling one document that others edited since: their part of it is never the price.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { digestOfOwned } from '../../src/deploy/owned-value.ts'
import { openRecord, type AppliedEntry } from '../../src/deploy/record.ts'
import { entryEdits } from '../../src/deploy/settle-entry.ts'
import { formatOf, isUnreadable } from '../../src/hermes/index.ts'
import { scratchFolder } from '../scratch.ts'

const servers: AppliedEntry = {
  entry: 'config.yaml#mcp_servers',
  root: 'home',
  path: 'config.yaml',
  part: { kind: 'key', path: ['mcp_servers'] },
  policy: 'keys',
  mode: 'enforce',
  list: 'atomic',
  digest: digestOfOwned({}, 'atomic'),
  value: {},
  fileMode: 0o600,
  generation: 1,
  source: { file: 'config.yaml', layer: 'base' },
  original: { digest: null, fileMode: 0 },
}

function goingBack(text: string) {
  using folder = scratchFolder()
  using record = openRecord(folder.path)
  const document = formatOf('config.yaml')?.open(Buffer.from(text))
  assert.ok(document && !isUnreadable(document))
  const change = { entry: servers.entry, before: null, after: servers, liveBefore: servers.original }
  return entryEdits(document, [change], { direction: 'back', record })
}

test('an empty mapping of ours is taken out again, unless others filled it: then it is theirs', () => {
  assert.deepEqual(goingBack('mcp_servers: {}\n').edits, [{ part: servers.part, value: undefined }])
  const filled = goingBack('mcp_servers: { foo: { url: u } }\n')
  assert.deepEqual([filled.edits, filled.done.length, filled.kept], [[], 1, []])
})
