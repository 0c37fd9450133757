// docs/rules.md and schemas/*.json, generated from the rules and schemas of this program.
// `npm run generate` writes them.

import { generatedFiles } from '../../config/index.ts'
import { compileRules } from '../compile/rules.ts'
import { engineRules } from '../engine-range.ts'
import { engineBlocks } from './engine-scan.ts'

/** The pages by their paths in the repository. */
export function checkPages(): Promise<Map<string, string>> {
  return generatedFiles([
    ['The engine', [engineBlocks, ...Object.values(engineRules)]],
    ['Compiling', Object.values(compileRules)],
  ])
}
