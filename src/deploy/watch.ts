import type { Context } from '../core/index.ts'
import type { DriftFlags } from './deploy.ts'
export async function watchDrift(_context: Context, _flags: DriftFlags): Promise<void> {}
