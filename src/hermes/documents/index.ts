// Which files of the home hold several entries, and how each is read and edited.

import type { DocumentFormat } from '../document.ts'
import { configYaml } from './config-yaml.ts'
import { cronJobs } from './cron-jobs.ts'
import { jsonKeys } from './json-keys.ts'
import { memories } from './memories.ts'

const formats: Readonly<Record<string, DocumentFormat>> = {
  'config.yaml': configYaml,
  'channel_aliases.json': jsonKeys,
  'cron/jobs.json': cronJobs,
  'memories/MEMORY.md': memories,
  'memories/USER.md': memories,
}

/** The format of a file of the home; undefined for one that is owned whole. */
export function formatOf(path: string): DocumentFormat | undefined {
  return formats[path]
}
