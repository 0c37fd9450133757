// docs/rules.md and schemas/*.json, generated from the rules and schemas of this program.
//
// Run as a program, with the repository as its folder, it writes them.

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { generatedFiles } from '../../config/index.ts'
import { compileRules } from '../compile/rules.ts'
import { engineBlocks } from './engine-scan.ts'

/** The pages by their paths in the repository. */
export function checkPages(): Promise<Map<string, string>> {
  return generatedFiles([
    ['The engine', [engineBlocks]],
    ['Compiling', Object.values(compileRules)],
  ])
}

if (import.meta.main) {
  for (const [path, text] of await checkPages()) {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
}
