// What is generated from this room's own tables: docs/rules.md from the rules, schemas/*.json from the zod schemas.
//
// Promise: the same tables give the same bytes; a test compares them with what is checked in. zod is loaded when it is called.

import type { Rule } from './rule.ts'
import { ruleBook } from './rules/index.ts'
import type { SchemaName } from './schema/index.ts'

export type RuleChapter = readonly [subject: string, rules: readonly Rule[]]

const schemaFileNames: Record<SchemaName, string> = {
  manifest: 'timmy',
  fleet: 'fleet',
  portfolios: 'portfolios',
  playbook: 'playbook',
  cron: 'cron',
}

/** Generated files by their paths in the repository; `more` are chapters of rules that other rooms have. */
export async function generatedFiles(more: readonly RuleChapter[] = []): Promise<Map<string, string>> {
  const [{ z }, { schemas }] = await Promise.all([import('zod'), import('./schema/index.ts')])
  const files = new Map([['docs/rules.md', rulesPage([...ruleBook, ...more])]])
  for (const [name, schema] of Object.entries(schemas)) {
    const text = JSON.stringify(z.toJSONSchema(schema, { io: 'input' }), null, 2)
    files.set(`schemas/${schemaFileNames[name as SchemaName]}.schema.json`, `${text}\n`)
  }
  return files
}

function rulesPage(chapters: readonly RuleChapter[]): string {
  const head = [
    '# Rules',
    '',
    '<!-- Generated from the rules in src/; change them there. -->',
    '',
    'What `timmy check` asks of a sidecar, and what a plan or a deploy asks before it begins. An error stops a deploy, a',
    'warning does not, a note is for those who want to know. Each finding names file and line, the rule, and its mend.',
    '',
  ]
  return [...head, ...chapters.flatMap(chapterLines)].join('\n')
}

function chapterLines([subject, rules]: RuleChapter): string[] {
  return [`## ${subject}`, '', ...rules.flatMap(ruleLines)]
}

function ruleLines({ id, severity, explains, example, mend }: Rule): string[] {
  return [
    `### ${id}`,
    '',
    `*${severity}.* ${escaped(explains)}`,
    '',
    `- Broken by: ${escaped(example)}`,
    `- Mend: ${escaped(mend)}`,
    '',
  ]
}

/** Placeholders such as <role> would be taken for HTML. */
function escaped(text: string): string {
  return text.replaceAll('<', '&lt;')
}
