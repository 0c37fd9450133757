import assert from 'node:assert/strict'
import test from 'node:test'
import { examplePortfolios, wantedOf } from './overlay.ts'

const playbook = {
  name: 'review',
  description: 'Review: "the change", then say so.',
  trigger: { labels: ['review'], manual: true },
  lanes: ['review'],
  portfolio: 'judgment',
  rights: ['merge'],
  steps: [{ name: 'Read it', do: 'Read the issue,\nthen the diff.', check: 'Both are named.' }, 'Answer.'],
  limits: { files: 1, minutes: 20, never: ['merge your own'] },
  done: ['A review stands.'],
  system_prompt: 'You review.\nBe kind.\n',
}
const wanted = wantedOf({ playbooks: [playbook], portfolios: examplePortfolios() })

test('a playbook is deployed as it is and as a skill', () => {
  assert.deepEqual(wanted.names(), ['playbooks/review.yaml', 'skills/timmy-review/SKILL.md'])
  assert.deepEqual(wanted.faults, [])
})

test('the skill says what it is, from where it came, what to do and when it is done', () => {
  assert.equal(
    wanted.text('skills/timmy-review/SKILL.md'),
    `---
# Compiled by timmy from playbooks/review.yaml:1. Edit that file; a change here is drift.
name: timmy-review
description: "Review: \\"the change\\", then say so."
---

# review

You review.
Be kind.

## When

- for the labels review
- when somebody asks for it by name
- in the lanes review

## Steps

1. **Read it.** Read the issue, then the diff.
   Check: Both are named.
2. Answer.

## Limits

- at most 1 changed file
- at most 20 minutes
- never: merge your own

## Rights

- needs: merge
- running as big.v1:70b: not merge; propose it and wait

## Done when

- A review stands.
`,
  )
})
