// What the sidecar wants of each target of this host: read, judged, layered and compiled.
//
// Verdicts on files are kept by content digest in the state folder, so unchanged content is neither read nor scanned
// again. Findings of the sidecar and of compiling come back together; nothing is thrown for what files hold.

import { join } from 'node:path'
import {
  fileVerdicts,
  overlayOf,
  placesOf,
  readSidecar,
  type EngineFacts,
  type Finding,
  type Sidecar,
  type Target,
  type World,
} from '../config/index.ts'
import type { Context } from '../core/index.ts'
import type { Engine } from '../hermes/index.ts'
import { desiredOf } from './desired.ts'
import { judgeEngine } from './engine-range.ts'
import type { DesiredEntry } from './entry.ts'

export interface DesiredTarget {
  readonly target: Target
  readonly entries: readonly DesiredEntry[]
}

export interface DesiredTargets {
  readonly sidecar: Sidecar
  readonly targets: readonly DesiredTarget[]
  readonly findings: readonly Finding[]
  readonly keep: { readonly generations: number; readonly verified: number }
}

const keepUnlessTold = { generations: 20, verified: 1 }

export async function desiredTargets(
  context: World & Pick<Context, 'now'>,
  folder: string,
  engine: { readonly facts: EngineFacts; readonly found: Engine | undefined },
): Promise<DesiredTargets> {
  const verdicts = fileVerdicts(context.disk, join(placesOf(context).state, 'deploy', 'verdicts.json'), () =>
    context.now(),
  )
  const sidecar = await readSidecar(folder, context, { verdicts, engine: engine.facts })
  verdicts.save()
  const compiled = isSound(sidecar) ? sidecar.targets.map((target) => compileTarget(sidecar, target, engine)) : []
  return {
    sidecar,
    targets: compiled,
    findings: [
      ...sidecar.findings,
      ...compiled.flatMap(({ findings }) => findings),
      ...(await judgeEngine(sidecar, engine.found)),
    ],
    keep: {
      generations: sidecar.manifest.keep?.generations ?? keepUnlessTold.generations,
      verified: sidecar.manifest.keep?.verified ?? keepUnlessTold.verified,
    },
  }
}

const isSound = ({ findings }: Sidecar): boolean => findings.every(({ severity }) => severity !== 'error')

function compileTarget(
  sidecar: Sidecar,
  target: Target,
  { facts, found }: { readonly facts: EngineFacts; readonly found: Engine | undefined },
): DesiredTarget & { findings: readonly Finding[] } {
  const { entries, findings } = desiredOf(overlayOf(sidecar, target), {
    ...(found && { version: found.version }),
    ...(facts.configVersion !== undefined && { configVersion: facts.configVersion }),
  })
  return { target, entries, findings }
}
