// The texts of a sidecar that become prompts, each with its place: SOUL.md, memories, cron prompts of all layers.

import type { Sidecar } from '../../config/index.ts'
import { isMapping, type Disk } from '../../core/index.ts'
import type { ThreatQuestion } from '../../hermes/index.ts'

/** A text with its place in the sidecar. */
export interface Prompt extends ThreatQuestion {
  readonly file: string
  readonly line?: number
  readonly what: string
}

export function promptsOf({ files, readings }: Sidecar, disk: Disk): Prompt[] {
  return files.flatMap(({ path: file, absolute, kind }): Prompt[] => {
    const reading = readings.get(file)
    if (reading === undefined) return []
    if (kind === 'soul') {
      return [{ file, line: 1, what: file, text: disk.read(absolute).toString('utf8'), scope: 'context' }]
    }
    if (kind === 'memory' && Array.isArray(reading.value)) {
      return (reading.value as readonly string[]).map((text, index) => ({
        file,
        line: reading.lines[`/${index}`] ?? 1,
        what: 'this entry',
        text,
        scope: 'strict',
      }))
    }
    const prompt = kind === 'cron' && isMapping(reading.value) ? reading.value['prompt'] : undefined
    if (typeof prompt !== 'string') return []
    return [{ file, line: reading.lines['/prompt'] ?? 1, what: 'the prompt', text: prompt, scope: 'strict' }]
  })
}
