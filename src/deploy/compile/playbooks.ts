// Playbooks: each as the file it is, to be read, and as a skill that the engine can use.
//
// Nothing in the engine reads playbooks/; the skill's text is generated, says of which file, and tells which slots of
// the role may not do all of it. No HTML comments: the engine's scanner takes some for an injection.

import type { Overlay, Playbook, Portfolios, Sourced } from '../../config/index.ts'
import { fileDraft, textDraft, type Compiled } from './draft.ts'
import { placeOf } from './rules.ts'

export function compilePlaybooks({ playbooks, portfolios }: Overlay): Compiled {
  const drafts = playbooks.flatMap((playbook) => [
    fileDraft('home', playbook.file.path, playbook.file, false),
    textDraft(`skills/timmy-${playbook.value.name}/SKILL.md`, skillText(playbook, portfolios?.value), playbook.source),
  ])
  return { drafts, findings: [] }
}

/** The skill of a playbook: front matter and Markdown. */
function skillText({ value, source }: Sourced<Playbook>, portfolios?: Portfolios): string {
  return [
    [
      '---',
      `# Compiled by timmy from ${placeOf(source)}. Edit that file; a change here is drift.`,
      `name: timmy-${value.name}`,
      `description: ${JSON.stringify(value.description.trim())}`,
      '---',
    ],
    [`# ${value.name}`],
    [value.system_prompt.trim()],
    section('When', triggersOf(value)),
    section('Steps', value.steps.map(stepText)),
    section('Limits', limitsOf(value)),
    section('Rights', rightsOf(value, portfolios)),
    section(
      'Done when',
      value.done.map((item) => `- ${oneLine(item)}`),
    ),
  ]
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n')
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`## ${title}`, '', ...lines]
}

function triggersOf({ trigger, lanes, repos }: Playbook): string[] {
  return [
    ...(trigger.events ? [`- on ${trigger.events.join(', ')}`] : []),
    ...(trigger.labels ? [`- for the labels ${trigger.labels.join(', ')}`] : []),
    ...(trigger.schedule === undefined ? [] : [`- at the times \`${trigger.schedule}\``]),
    ...(trigger.manual === true ? ['- when somebody asks for it by name'] : []),
    `- in the lanes ${lanes.join(', ')}`,
    ...(repos ? [`- in the repositories ${repos.join(', ')}`] : []),
  ]
}

function stepText(step: Playbook['steps'][number], index: number): string {
  if (typeof step === 'string') return `${index + 1}. ${oneLine(step)}`
  const name = step.name.trim().replace(/[.:]$/, '')
  const check = step.check === undefined ? '' : `\n   Check: ${oneLine(step.check)}`
  return `${index + 1}. **${name}.** ${oneLine(step.do)}${check}`
}

function limitsOf({ limits = {} }: Playbook): string[] {
  const counted: readonly (readonly [number | undefined, string, string])[] = [
    [limits.files, 'changed file', 'changed files'],
    [limits.lines, 'changed line', 'changed lines'],
    [limits.minutes, 'minute', 'minutes'],
    [limits.turns, 'turn', 'turns'],
    [limits.attempts, 'attempt, then a person is asked', 'attempts, then a person is asked'],
    [limits.usd, 'dollar', 'dollars'],
  ]
  const most = counted.flatMap(([count, one, many]) =>
    count === undefined ? [] : [`- at most ${count} ${count === 1 ? one : many}`],
  )
  return [...most, ...(limits.never ?? []).map((item) => `- never: ${oneLine(item)}`)]
}

/** What it needs to be allowed to do, and on which models of its role it is not. */
function rightsOf({ rights = [], portfolio }: Playbook, portfolios: Portfolios | undefined): string[] {
  if (rights.length === 0) return []
  const slots = portfolio === undefined ? [] : (portfolios?.portfolios[portfolio]?.slots ?? [])
  const losing = slots.flatMap(({ model, loses = [] }) => {
    const lost = rights.filter((right) => loses.includes(right))
    const served = portfolios?.models[model]?.served ?? model
    return lost.length === 0 ? [] : [`- running as ${served}: not ${lost.join(', not ')}; propose it and wait`]
  })
  return [`- needs: ${rights.join(', ')}`, ...losing]
}

function oneLine(text: string): string {
  return text.trim().replaceAll(/\s*\n\s*/g, ' ')
}
