// Every rule there is: what is asked of one file, what is asked of the whole, and what reading itself tells.

import type { FileRule, Rule, SidecarRule } from '../rule.ts'
import { cronFileRules, cronSidecarRules } from './cron.ts'
import { engineConfigRules } from './engine-config.ts'
import { identityFileRules, identitySidecarRules } from './identity.ts'
import { nameRules } from './names.ts'
import { brokenName, caseClash, linkInSidecar, secretsFile, notAFile, tooMany, unknownPath } from './paths.ts'
import { portfolioRules } from './portfolios.ts'
import { referenceRules } from './references.ts'
import { notLooked, pythonSyntax, scriptRules, shellSyntax } from './scripts.ts'
import { secretByLibrary, secretRules } from './secrets.ts'
import { duplicateKey, fileTooLarge, schemaBroken, unreadableSettings } from './settings.ts'

export const fileRules: readonly FileRule[] = [
  ...nameRules,
  ...identityFileRules,
  ...cronFileRules,
  ...scriptRules,
  ...secretRules,
  secretByLibrary,
]

export const sidecarRules: readonly SidecarRule[] = [
  secretsFile,
  ...referenceRules,
  ...identitySidecarRules,
  ...engineConfigRules,
  ...cronSidecarRules,
  ...portfolioRules,
]

/** By subject, for docs/rules.md. */
export const ruleBook: readonly (readonly [subject: string, rules: readonly Rule[]])[] = [
  ['Paths', [unknownPath, linkInSidecar, notAFile, brokenName, caseClash, tooMany, secretsFile]],
  ['Settings files', [unreadableSettings, duplicateKey, schemaBroken, fileTooLarge, ...nameRules]],
  ['References', referenceRules],
  ['SOUL.md and memories', [...identityFileRules, ...identitySidecarRules]],
  ['config.yaml', engineConfigRules],
  ['Cron jobs', [...cronFileRules, ...cronSidecarRules]],
  ['Portfolios', portfolioRules],
  ['Scripts', [shellSyntax, pythonSyntax, notLooked, ...scriptRules]],
  ['Secrets', [...secretRules, secretByLibrary]],
]
