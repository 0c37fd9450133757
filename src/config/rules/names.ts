// Rules about files whose name and content must agree: the engine looks one up by the other.

import { isMapping } from '../../core/index.ts'
import { lineAt } from '../reading.ts'
import type { FileContent, FileRule, Rule } from '../rule.ts'

const nameRule = (rule: Rule, kind: FileContent['kind']): FileRule => ({
  ...rule,
  *check(file) {
    if (file.kind !== kind || file.reading === undefined) return
    const expected = file.inLayer.slice(file.inLayer.indexOf('/') + 1).replace(/\.yaml$/, '')
    const name = isMapping(file.reading.value) ? file.reading.value['name'] : undefined
    if (name === expected) return
    yield {
      file: file.path,
      line: lineAt(file.reading.lines, ['name']) ?? 1,
      message: name === undefined ? `${file.path} has no name` : `its name is not that of the file, "${expected}"`,
      mend: `write name: ${expected}`,
    }
  },
})

export const nameRules: readonly FileRule[] = [
  nameRule(
    {
      id: 'skin-name',
      severity: 'error',
      explains:
        'A skin is looked up by its file name; without a `name` inside it counts as not found, with another it shows the wrong one.',
      example: 'skins/timmy.yaml with name: tim',
      mend: 'write the name of the file',
    },
    'skin',
  ),
  nameRule(
    {
      id: 'playbook-name',
      severity: 'error',
      explains: 'A playbook becomes the skill timmy-<name>; people look for it by its file.',
      example: 'playbooks/bug-fix.yaml with name: bugfix',
      mend: 'write the name of the file',
    },
    'playbook',
  ),
  nameRule(
    {
      id: 'cron-name',
      severity: 'error',
      explains: 'A job is found by its name where it has another id; people look for it by its file.',
      example: 'cron/daily-report.yaml with name: report',
      mend: 'write the name of the file',
    },
    'cron',
  ),
]
