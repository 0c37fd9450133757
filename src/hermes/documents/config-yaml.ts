// config.yaml by key: read as the engine reads it, edited by splicing.
//
// The engine takes the last of two equal keys; such a file is read like that, and refused when it is to be edited,
// for an edit could change the one that does not count.

import { isMapping, isYamlFault, parseYaml, spliceYaml } from '../../core/index.ts'
import type { DocumentFormat, PartEdit } from '../document.ts'
import { leafParts, valueAt } from './keys.ts'

export const configYaml: DocumentFormat = {
  lockOf: () => undefined,
  open(bytes) {
    const text = bytes?.toString('utf8') ?? ''
    const parsed = parseYaml(text.replace(/^\uFEFF/, ''), { duplicates: 'last' })
    if (isYamlFault(parsed)) return { unreadable: parsed.message, line: parsed.line }
    const value = parsed.value ?? {}
    if (!isMapping(value)) return { unreadable: 'its root is no mapping', line: 1 }
    const [duplicate] = parsed.duplicates
    if (duplicate) {
      return { unreadable: `the key ${duplicate.path.join('.')} is there twice`, line: duplicate.line }
    }
    return {
      get: (part) => (part.kind === 'key' ? valueAt(value, part.path) : undefined),
      parts: () => leafParts(value),
      edit: (edits) => Buffer.from(spliceYaml(text, edits.map(yamlEdit), { file: 'config.yaml' })),
    }
  },
}

function yamlEdit({ part, value }: PartEdit): { path: readonly string[]; value: PartEdit['value'] } {
  if (part.kind === 'key') return { path: part.path, value }
  throw new Error('config.yaml has keys and no records')
}
