// What is generated and checked in is what the source makes: `npm run generate` mends a stale file.

import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { generatedFiles } from '../scripts/generated-files.ts'

const root = join(import.meta.dirname, '..')

for (const [path, content] of await generatedFiles()) {
  test(`${path} is what its source makes`, () => {
    assert.ok(existsSync(join(root, path)), 'missing; run: npm run generate')
    assert.equal(readFileSync(join(root, path), 'utf8'), content, 'stale; run: npm run generate')
  })
}
