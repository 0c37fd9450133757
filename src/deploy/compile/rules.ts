// What can be wrong only once a sidecar is compiled for one target: two sources for one key, a place that is never
// ours, a schedule that means something else at every deploy.
//
// Each rule explains itself; docs/rules.md is generated from the table together with the rules of config.

import { findingOf, type Finding, type Rule, type Source } from '../../config/index.ts'

export const compileRules = {
  keyTwoSources: {
    id: 'compile-key-two-sources',
    severity: 'error',
    explains:
      "A key has one source. An agent with a portfolio gets model, fallback_providers and the side tasks' routes from it; config.yaml may not name the same.",
    example: 'model: {default: m} in config.yaml, and portfolio: judgment for the agent in fleet.yaml',
    mend: 'remove the key from config.yaml, or the portfolio from the agent',
  },
  entryTwice: {
    id: 'compile-entry-twice',
    severity: 'error',
    explains: 'Two files of the sidecar want the same thing in the home: a file, a key, a job or a memory.',
    example: 'bin/status and bin/timmy-status',
    mend: 'rename or remove one of the two',
  },
  entryNested: {
    id: 'compile-entry-nested',
    severity: 'error',
    explains: 'A key is wanted as a value and as a mapping with keys of its own; both cannot be.',
    example: 'terminal: none in config.yaml, and terminal.timeout in config.defaults.yaml',
    mend: 'keep one of the two',
  },
  pathNeverOurs: {
    id: 'compile-path-never-ours',
    severity: 'error',
    explains: "Some paths of a home are the engine's or the owner's alone: secrets, databases, sessions, logs, locks.",
    example: 'scripts claimed as .env by a rule under own',
    mend: 'take the file out of the sidecar',
  },
  pathUnowned: {
    id: 'compile-path-unowned',
    severity: 'error',
    explains: 'A path that no rule of ownership matches is not written: a mistyped name must not land in a home.',
    example: 'own: [{match: "skils/**", policy: file}] in timmy.yaml',
    mend: 'claim it under own in timmy.yaml with a policy, or correct the name',
  },
  ownUnfit: {
    id: 'compile-own-unfit',
    severity: 'error',
    explains:
      'A rule of ownership fits what it matches: files by file or seed, keys by keys, jobs and memories by records.',
    example: 'own: [{match: "config.yaml", policy: file}]',
    mend: 'correct the policy of the rule, or its match',
  },
  defaultHidden: {
    id: 'compile-default-hidden',
    severity: 'note',
    explains: 'A default is never used where the same key is enforced.',
    example: 'display.skin in config.yaml and in config.defaults.yaml',
    mend: 'remove the key from config.defaults.yaml',
  },
  slotTwice: {
    id: 'compile-slot-twice',
    severity: 'error',
    explains: 'The engine skips a slot that is the same server and model as the one that just failed.',
    example: 'two slots in a row with one model',
    mend: 'remove one of the two slots',
  },
  onceRelative: {
    id: 'compile-once-relative',
    severity: 'error',
    explains:
      'A one-shot such as "30m" counts from the moment of deploy, so it would mean another time at every deploy. A time without an offset means another moment on every machine.',
    example: 'schedule: 30m',
    mend: 'write the moment with its offset, such as 2026-01-31T09:00+01:00',
  },
  scheduleUnread: {
    id: 'compile-schedule-unread',
    severity: 'error',
    explains: 'A schedule that the engine cannot read is skipped at every tick.',
    example: 'schedule: every full moon',
    mend: 'write five fields of cron, "every 2h", or an ISO time with its offset',
  },
  workdirRelative: {
    id: 'compile-workdir-relative',
    severity: 'error',
    explains: 'A job runs detached from any folder: its workdir is absolute or begins with ~/.',
    example: 'workdir: work',
    mend: 'write the whole path',
  },
} as const satisfies Record<string, Rule>

/** A finding of one of the rules above. */
export function problem(rule: Rule, { file, line }: Source, message: string): Finding {
  return findingOf(rule, { file, line, message })
}

/** A place in the sidecar as people write it: `file:line`. */
export function placeOf({ file, line }: Source): string {
  return line === undefined ? file : `${file}:${line}`
}
