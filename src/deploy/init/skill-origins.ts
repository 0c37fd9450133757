// Who brought a skill: the engine (bundled, or from its hub), the agent, or the owner. Read from the engine's own
// records in skills/: .bundled_manifest, .hub/lock.json, .usage.json.

import { basename, join } from 'node:path'
import { isMapping, type Disk, type Json } from '../../core/index.ts'

export interface SkillOrigins {
  /** Of a folder with a SKILL.md, by its path in the home. */
  of(folder: string): 'engine' | 'agent' | 'owner'
  /** How many were found to be the engine's. */
  readonly fromEngine: number
}

export function skillOrigins(disk: Disk, home: string): SkillOrigins {
  const bundled = new Set(
    textIn(disk, join(home, 'skills/.bundled_manifest'))
      .split('\n')
      .map((line) => line.split(':')[0]?.trim() ?? ''),
  )
  const hub = jsonIn(disk, join(home, 'skills/.hub/lock.json'))
  const installed = isMapping(hub) && isMapping(hub['installed']) ? Object.values(hub['installed']) : []
  const fromHub = new Set(
    installed.flatMap((one) =>
      isMapping(one) && typeof one['install_path'] === 'string' ? [one['install_path']] : [],
    ),
  )
  const usage = jsonIn(disk, join(home, 'skills/.usage.json'))
  let fromEngine = 0
  return {
    of(folder) {
      const name = nameIn(textIn(disk, join(home, folder, 'SKILL.md'))) ?? basename(folder)
      const isEngines =
        [name, basename(folder)].some((one) => bundled.has(one)) || fromHub.has(folder.slice('skills/'.length))
      if (isEngines) fromEngine += 1
      return isEngines ? 'engine' : isAgents(usage, name) ? 'agent' : 'owner'
    },
    get fromEngine() {
      return fromEngine
    },
  }
}

function isAgents(usage: Json | undefined, name: string): boolean {
  const record = isMapping(usage) && Object.hasOwn(usage, name) ? usage[name] : undefined
  return isMapping(record) && (record['created_by'] === 'agent' || record['agent_created'] === true)
}

/** The name in a skill's front matter. */
function nameIn(text: string): string | undefined {
  return /^---\n[\s\S]*?^name:\s*["']?([^"'\n]+?)["']?\s*$/m.exec(text)?.[1]
}

function textIn(disk: Disk, file: string): string {
  return disk.stat(file)?.kind === 'file' ? disk.read(file).toString('utf8') : ''
}

function jsonIn(disk: Disk, file: string): Json | undefined {
  try {
    return JSON.parse(textIn(disk, file)) as Json
  } catch {
    return undefined
  }
}
