// Fences: signs that somebody else has a claim on this home right now, or on its configuration for good.
//
// Each names its owner and what a person may do. Looking only; nobody's fence is taken down here.

import { join } from 'node:path'
import type { Disk } from '../core/index.ts'
import type { Engine, EngineTarget } from './engine.ts'
import { readGateway } from './gateway.ts'
import { environmentOf, machineEpoch } from './processes.ts'
import { instantIn, readStatus, textIn } from './status-file.ts'

export interface Fence {
  readonly fence:
    | 'engine-update'
    | 'update-incomplete'
    | 'drain-request'
    | 'draining'
    | 'planned-stop'
    | 'package-managed'
    | 'remote-config'
    | 'managed-scope'
  /** `home`: nothing may be written now. `config`: config.yaml is not ours to write. `keys`: single keys are pinned. */
  readonly blocks: 'home' | 'config' | 'keys'
  /** Who put it up. */
  readonly owner: string
  readonly sentence: string
  readonly hint: string
}

export interface FenceSearch {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly disk: Disk
  readonly now: Date
  /** Without one, fences in the engine's own folder are not seen. */
  readonly engine?: Engine
}

/** The engine drops a planned stop that is older than this. */
const plannedStopMs = 60_000

/** All fences around a home, those that forbid most first. */
export async function fencesAround(target: EngineTarget, search: FenceSearch): Promise<Fence[]> {
  const { disk, now, engine } = search
  const gateway = await readGateway(disk, target.home, now)
  const env = { ...(gateway.process && environmentOf(gateway.process.pid)), ...search.env }
  const fences: Fence[] = []

  const homes = [...new Set([target.homeRoot, target.home])]
  const installs = engine?.packageRoot === undefined ? [] : [engine.packageRoot]
  const updating = firstThere(disk, [...homes, ...installs], '.hermes-update-in-progress')
  if (updating !== undefined) {
    fences.push({
      fence: 'engine-update',
      blocks: 'home',
      owner: 'the update of the engine',
      sentence: `An update of the engine is running: ${updating} is there.`,
      hint: `wait for it to end; if none runs: rm ${updating}`,
    })
  }
  const incomplete = firstThere(disk, [...installs, ...homes], '.update-incomplete')
  if (incomplete !== undefined) {
    fences.push({
      fence: 'update-incomplete',
      blocks: 'home',
      owner: 'the update of the engine',
      sentence: `An update of the engine did not end: ${incomplete} is there.`,
      hint: 'hermes update',
    })
  }
  const drain = activeDrain(disk, target.home)
  if (drain) {
    fences.push({
      fence: 'drain-request',
      blocks: 'home',
      owner: drain,
      sentence: `A drain of the gateway was asked for by ${drain}.`,
      hint: `wait for it to end, or have ${drain} take back ${join(target.home, '.drain_request.json')}`,
    })
  } else if (gateway.state === 'draining') {
    fences.push({
      fence: 'draining',
      blocks: 'home',
      owner: `the gateway, process ${gateway.process?.pid ?? 'unknown'}`,
      sentence: 'The gateway is draining: it finishes its turns and will end.',
      hint: 'wait for it to end, then: timmy deploy',
    })
  }
  if (isStopPlanned(disk, target.home, now)) {
    fences.push({
      fence: 'planned-stop',
      blocks: 'home',
      owner: 'a hermes gateway stop or restart',
      sentence: 'The gateway was told to stop less than a minute ago and has not ended yet.',
      hint: 'wait a minute, then: timmy deploy',
    })
  }
  return [...fences, ...claimsOnConfig(target, disk, env)]
}

function claimsOnConfig(target: EngineTarget, disk: Disk, env: Readonly<Record<string, string | undefined>>): Fence[] {
  const fences: Fence[] = []
  const manager = env['HERMES_MANAGED']?.trim() || (disk.stat(join(target.home, '.managed')) && 'NixOS')
  if (manager) {
    fences.push({
      fence: 'package-managed',
      blocks: 'config',
      owner: manager,
      sentence: `The configuration of this engine is managed by ${manager}.`,
      hint: `change it there; if that is no longer so, unset HERMES_MANAGED and remove ${join(target.home, '.managed')}`,
    })
  }
  const backend = env['HERMES_CONFIG_BACKEND']?.trim()
  if (backend && backend !== 'local' && backend !== 'file') {
    fences.push({
      fence: 'remote-config',
      blocks: 'config',
      owner: `the ${backend} configuration backend`,
      sentence: `HERMES_CONFIG_BACKEND is ${backend}: there is no local config.yaml to own.`,
      hint: 'unset HERMES_CONFIG_BACKEND',
    })
  }
  const scope = env['HERMES_MANAGED_DIR']?.trim() || '/etc/hermes'
  if (disk.stat(join(scope, 'config.yaml'))) {
    fences.push({
      fence: 'managed-scope',
      blocks: 'keys',
      owner: `the administrator, by ${scope}`,
      sentence: `${join(scope, 'config.yaml')} pins keys whatever the home's own file says.`,
      hint: `grep -n . ${join(scope, 'config.yaml')}`,
    })
  }
  return fences
}

function firstThere(disk: Disk, folders: readonly string[], name: string): string | undefined {
  return folders.map((folder) => join(folder, name)).find((path) => disk.stat(path))
}

/** Who asked for a drain that still holds: the engine ignores one from before the machine was started anew. */
function activeDrain(disk: Disk, home: string): string | undefined {
  if (!disk.stat(join(home, '.drain_request.json'))) return undefined
  const request = readStatus(disk, home, '.drain_request.json')
  const [asked, present] = [textIn(request, 'epoch'), machineEpoch()]
  if (asked && present && asked !== present) return undefined
  return textIn(request, 'principal') ?? 'an unknown party'
}

function isStopPlanned(disk: Disk, home: string, now: Date): boolean {
  const writtenAt = instantIn(readStatus(disk, home, '.gateway-planned-stop.json'), 'written_at')
  return writtenAt !== undefined && now.getTime() - writtenAt.getTime() < plannedStopMs
}
