// The schemas by the kind of file they judge. Loads zod; import it lazily.

import type { z } from 'zod'
import type { SidecarFileKind } from '../sidecar.ts'
import { cronJobSchema } from './cron-job.ts'
import { fleetSchema } from './fleet.ts'
import { manifestSchema } from './manifest.ts'
import { playbookSchema } from './playbook.ts'
import { portfoliosSchema } from './portfolios.ts'

export const schemas = {
  manifest: manifestSchema,
  fleet: fleetSchema,
  portfolios: portfoliosSchema,
  playbook: playbookSchema,
  cron: cronJobSchema,
} as const satisfies Partial<Record<SidecarFileKind, z.ZodType>>

export type SchemaName = keyof typeof schemas

export function isSchemaName(kind: string): kind is SchemaName {
  return Object.hasOwn(schemas, kind)
}
