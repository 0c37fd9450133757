// The engine that a sidecar is written for, held against the one that is here.
//
// Warnings only: what an engine can do is detected by feature, so an odd version is worked with and said once.

import type { Finding, Sidecar } from '../config/index.ts'
import type { Engine } from '../hermes/index.ts'

export const engineRules = {
  range: {
    id: 'engine-range',
    severity: 'warning',
    explains: 'The manifest names the engine versions that the sidecar is written for, and the one here is another.',
    example: 'engine: ">=0.20" beside hermes-agent 0.19.0',
    mend: 'install an engine of that range, or widen `engine` in timmy.yaml',
  },
  unknown: {
    id: 'engine-unknown',
    severity: 'warning',
    explains:
      'The installed engine is of a version that nobody has tried with this program. What it can do is detected.',
    example: 'hermes-agent 0.23.0',
    mend: 'run `timmy plan` and read it before you deploy',
  },
} as const

/** Findings about the installed engine; none when there is no engine. */
export async function judgeEngine({ manifest }: Sidecar, engine: Engine | undefined): Promise<Finding[]> {
  if (!engine) return []
  const findings: Finding[] = []
  if (!engine.known)
    findings.push(
      finding(engineRules.unknown, `hermes-agent ${engine.version} is not among the versions that were tried`),
    )
  if (manifest.engine !== undefined && (await isOutside(engine.version, manifest.engine))) {
    findings.push(finding(engineRules.range, `hermes-agent ${engine.version} is outside "${manifest.engine}"`))
  }
  return findings
}

async function isOutside(version: string, range: string): Promise<boolean> {
  const { default: semver } = await import('semver')
  return semver.valid(version) !== null && !semver.satisfies(version, range, { includePrerelease: true })
}

function finding({ id, severity, mend }: (typeof engineRules)['range' | 'unknown'], message: string): Finding {
  return { rule: id, severity, where: { file: 'timmy.yaml' }, message, mend }
}
