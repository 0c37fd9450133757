// Fences stop who is about to write: somebody else has a claim on the home now, or on its configuration for good.

import { TimmyError, type Context } from '../core/index.ts'
import { fencesAround, type Engine, type EngineTarget, type Fence } from '../hermes/index.ts'

/** A fence around the home stops everything; one around config.yaml stops a plan that would write it. */
export async function refuseFences(
  { env, disk, now }: Pick<Context, 'env' | 'disk' | 'now'>,
  target: EngineTarget & { readonly name: string },
  engine: Engine | undefined,
  changesConfig: boolean,
): Promise<void> {
  const fences = await fencesAround(target, { env, disk, now: now(), ...(engine && { engine }) })
  const stops = ({ blocks }: Fence): boolean => blocks === 'home' || (blocks === 'config' && changesConfig)
  const fence = fences.find(stops)
  if (!fence) return
  const code = fence.blocks === 'home' ? 'FENCED' : 'CONFIG_OWNED_ELSEWHERE'
  throw new TimmyError(code, `${target.name}: ${clauseOf(fence.sentence)}`, { hint: fence.hint })
}

/** A sentence as the second half of another. */
const clauseOf = (sentence: string): string =>
  sentence.replace(/^(?:A|An|The) /, (word) => word.toLowerCase()).replace(/\.$/, '')
