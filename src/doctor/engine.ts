// The engine: is there one, which, and do we know it.

import { TimmyError } from '../core/index.ts'
import { findEngine } from '../hermes/index.ts'
import { ok, type Check, type Finding } from './check.ts'

export const engineCheck: Check = {
  name: 'engine',
  async look({ context, places }): Promise<Finding> {
    const { cwd, env, disk, signal } = context
    try {
      const engine = await findEngine({ cwd, env, disk, signal, stateFolder: places.state })
      if (engine === undefined) return withoutEngine
      const sentence = `hermes ${engine.version} at ${engine.program}`
      if (engine.known) return ok(sentence)
      return {
        verdict: 'warning',
        sentence: `${sentence}, a version that timmy was not tested with: its features are detected one by one`,
        mend: 'timmy plan',
      }
    } catch (cause) {
      if (!(cause instanceof TimmyError)) throw cause
      return { verdict: 'error', sentence: cause.message, mend: cause.hint }
    }
  },
}

const withoutEngine: Finding = {
  verdict: 'info',
  sentence: 'no hermes on PATH: everything works but the answers of the engine itself',
  mend: 'pip install hermes-agent',
}
