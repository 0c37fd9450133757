// The specifications of the deploy commands: check, plan, deploy, drift, diff, explain, adopt, park, generations, rollback,
// recover, undeploy. Their implementations are loaded when they run.

import { buildCommand, numberParser, type FlagParametersForType } from '@stricli/core'
import {
  confirmAliases,
  confirmFlags,
  outputAliases,
  outputFlags,
  sidecarFlag,
  type ConfirmFlags,
  type Context,
  type OutputFlags,
  type SidecarFlag,
} from '../core/index.ts'
import type { AdoptFlags } from './adopt.ts'
import type { CheckFlags } from './check.ts'
import type { DeployFlags, DriftFlags, PlanFlags, TargetFlag } from './deploy.ts'
import type { DiffFlags } from './diff.ts'
import type { ExplainFlags } from './explain.ts'
import type { InitFlags } from './init.ts'
import type { GenerationsFlags } from './generations.ts'
import type { ParkFlags } from './park.ts'
import type { RecoverFlags } from './recover.ts'
import type { RollbackFlags } from './rollback.ts'
import type { UndeployFlags } from './undeploy.ts'

const targetFlag: FlagParametersForType<TargetFlag, Context> = {
  target: {
    kind: 'parsed',
    parse: String,
    optional: true,
    placeholder: 'NAME',
    brief: 'One target; else all of this host',
    async proposeCompletions(partial) {
      return (await import('./propose.ts')).proposeTargets(this, partial)
    },
  },
}

/** Flags of every command that looks at targets. */
const lookFlags: FlagParametersForType<OutputFlags & SidecarFlag & TargetFlag, Context> = {
  ...outputFlags,
  ...sidecarFlag,
  ...targetFlag,
}

/** Flags of every command that changes a home or a sidecar. */
const changeFlags: FlagParametersForType<OutputFlags & SidecarFlag & TargetFlag & ConfirmFlags, Context> = {
  ...lookFlags,
  ...confirmFlags,
}
const changeAliases = { ...outputAliases, ...confirmAliases }

const restartFlag: FlagParametersForType<Pick<DeployFlags, 'restart'>, Context> = {
  restart: {
    kind: 'enum',
    values: ['never', 'needed', 'say'],
    default: 'say',
    brief: 'Restart what must be: never, needed, or only say it',
  },
}

const allowDeletesFlag: FlagParametersForType<Pick<DeployFlags, 'allowDeletes'>, Context> = {
  allowDeletes: { kind: 'boolean', default: false, withNegated: false, brief: 'Release the brake on mass deletion' },
}

/** Proposes entries for a shell to complete. */
const proposing = (about: 'all' | 'different' | 'moved') =>
  async function proposeCompletions(this: Context, partial: string): Promise<string[]> {
    return (await import('./propose.ts')).proposeEntries(this, partial, about)
  }

const entriesOf = (about: 'different' | 'moved') =>
  ({
    kind: 'array',
    parameter: {
      parse: String,
      placeholder: 'ENTRY',
      brief: 'Entries or patterns: config.yaml#a.b, skins/*',
      proposeCompletions: proposing(about),
    },
  }) as const

const checkCommand = buildCommand<CheckFlags, [], Context>({
  loader: async () => (await import('./check.ts')).check,
  parameters: { flags: { ...outputFlags, ...sidecarFlag }, aliases: outputAliases },
  docs: {
    brief: 'Say what is wrong with a sidecar',
    fullDescription:
      "Say what is wrong with a sidecar, all at once: schemas, references, portfolios, schedules, sizes, scripts, secrets,\nand what the installed engine's own scanner would block. Changes nothing.\nExit 0 no errors (-v shows notes too), 2 errors.\n\n  timmy check\n  timmy check --sidecar ~/my-sidecar --json",
  },
})

const planCommand = buildCommand<PlanFlags, [], Context>({
  loader: async () => (await import('./deploy.ts')).plan,
  parameters: {
    flags: {
      ...lookFlags,
      out: {
        kind: 'parsed',
        parse: String,
        optional: true,
        placeholder: 'FILE',
        brief: 'Save the plan, to apply just that later',
      },
    },
    aliases: outputAliases,
  },
  docs: {
    brief: 'Show what a deploy would do',
    fullDescription:
      'Show what a deploy would do, and why. Changes nothing.\nExit 0 nothing to do, 2 changes, 3 conflicts.\n\n  timmy plan\n  timmy plan --target wolf -v\n  timmy plan --out ../plan.json',
  },
})

const deployCommand = buildCommand<DeployFlags, string[], Context>({
  loader: async () => (await import('./at-rest.ts')).deployUnlessAtRest,
  parameters: {
    flags: {
      ...changeFlags,
      plan: {
        kind: 'parsed',
        parse: String,
        optional: true,
        placeholder: 'FILE',
        brief: 'Apply this saved plan, or refuse',
      },
      heal: { kind: 'boolean', default: false, withNegated: false, brief: 'Write ours over drift' },
      take: {
        kind: 'enum',
        values: ['ours', 'theirs'],
        optional: true,
        brief: 'Settle the entries named: the sidecar wins, or the home does',
      },
      ...allowDeletesFlag,
      ...restartFlag,
      repair: {
        kind: 'boolean',
        default: false,
        withNegated: false,
        brief: 'Learn our lost record anew; writes nothing into the home',
      },
    },
    aliases: changeAliases,
    positional: entriesOf('moved'),
  },
  docs: {
    brief: 'Make the home agree with the sidecar',
    customUsage: ['[--yes] [--dry-run]', '--take ours|theirs ENTRY...'],
    fullDescription:
      "Make the home agree with the sidecar: plan, ask, apply, let the engine say what it sees, record a generation.\nDrift and conflicts are kept and reported unless you decide them. What fails is put back.\nExit 0 done, 3 conflicts left, 5 busy, 6 failed and put back, 7 failed and partly put back.\n\n  timmy deploy\n  timmy deploy --yes --restart needed\n  timmy deploy --take ours 'config.yaml#agent.*'",
  },
})

const driftCommand = buildCommand<DriftFlags, [], Context>({
  loader: async () => (await import('./deploy.ts')).drift,
  parameters: {
    flags: {
      ...lookFlags,
      watch: { kind: 'boolean', default: false, withNegated: false, brief: 'Go on looking and tell each change once' },
      interval: {
        kind: 'parsed',
        parse: numberParser,
        default: '300',
        placeholder: 'SECONDS',
        brief: 'With --watch: seconds between full passes',
      },
    },
    aliases: outputAliases,
  },
  docs: {
    brief: 'Show what was changed in the home behind our back',
    fullDescription:
      'Show what was changed in the home since we applied it. Changes nothing.\nExit 0 none, 2 drift, 3 conflicts.\n\n  timmy drift\n  timmy drift --watch --json',
  },
})

const diffCommand = buildCommand<DiffFlags, string[], Context>({
  loader: async () => (await import('./diff.ts')).diff,
  parameters: {
    flags: {
      ...lookFlags,
      applied: {
        kind: 'boolean',
        default: false,
        withNegated: false,
        brief: 'Against what we applied, not the sidecar',
      },
    },
    aliases: outputAliases,
    positional: entriesOf('different'),
  },
  docs: {
    brief: 'Show line by line what differs',
    customUsage: ['[ENTRY...]'],
    fullDescription:
      "Show line by line how what is live differs from what the sidecar wants; secrets are masked.\nExit 0 no difference, 2 differences, 3 conflicts.\n\n  timmy diff\n  timmy diff skins/timmy.yaml 'config.yaml#display.*'\n  timmy diff --applied",
  },
})

const explainCommand = buildCommand<ExplainFlags, [string], Context>({
  loader: async () => (await import('./explain.ts')).explain,
  parameters: {
    flags: lookFlags,
    aliases: outputAliases,
    positional: {
      kind: 'tuple',
      parameters: [
        {
          parse: String,
          placeholder: 'ENTRY',
          brief: 'An entry or a path in the home',
          proposeCompletions: proposing('all'),
        },
      ],
    },
  },
  docs: {
    brief: 'Say who owns an entry, by which rule, and how it stands',
    customUsage: ['ENTRY'],
    fullDescription:
      'Say who owns an entry, by which rule and line, what is desired, applied and live, and since when.\n\n  timmy explain config.yaml#model.default\n  timmy explain channel_directory.json',
  },
})

const adoptCommand = buildCommand<AdoptFlags, string[], Context>({
  loader: async () => (await import('./adopt.ts')).adopt,
  parameters: {
    flags: {
      ...changeFlags,
      all: { kind: 'boolean', default: false, withNegated: false, brief: 'Every difference that can be carried over' },
    },
    aliases: changeAliases,
    positional: entriesOf('moved'),
  },
  docs: {
    brief: 'Carry edits of the home into the sidecar',
    customUsage: ['ENTRY...', '--all'],
    fullDescription:
      "Carry edits of the home into the sidecar's working tree, for you to read and commit. Never commits, never writes\nthe home; puts ${NAME} back where the engine wrote a secret out, and refuses what still looks like one.\n\n  timmy adopt config.yaml#agent.max_turns\n  timmy adopt --all --dry-run",
  },
})

const parkCommand = buildCommand<ParkFlags, string[], Context>({
  loader: async () => (await import('./park.ts')).park,
  parameters: {
    flags: {
      ...lookFlags,
      until: {
        kind: 'parsed',
        parse: String,
        optional: true,
        placeholder: 'DATE',
        brief: 'When it comes back, such as 2027-01-31',
      },
      why: { kind: 'parsed', parse: String, optional: true, placeholder: 'TEXT', brief: 'Why the difference is meant' },
      list: { kind: 'boolean', default: false, withNegated: false, brief: 'List what is parked' },
      end: {
        kind: 'parsed',
        parse: String,
        optional: true,
        placeholder: 'ENTRY',
        brief: 'End the parking of an entry',
      },
    },
    aliases: outputAliases,
    positional: entriesOf('moved'),
  },
  docs: {
    brief: 'Leave a difference alone for a while',
    customUsage: ['ENTRY... --until DATE --why TEXT', '--list', '--end ENTRY'],
    fullDescription:
      'Leave a difference alone until either side moves or the date comes.\n\n  timmy park config.yaml#agent.max_turns --until 2027-01-31 --why "load test"\n  timmy park --list\n  timmy park --end config.yaml#agent.max_turns',
  },
})

const generationsCommand = buildCommand<GenerationsFlags, [], Context>({
  loader: async () => (await import('./generations.ts')).generations,
  parameters: { flags: lookFlags, aliases: outputAliases },
  docs: {
    brief: 'List what was deployed when',
    fullDescription:
      'List the generations that are kept, newest first.\n\n  timmy generations\n  timmy generations --target wolf --json',
  },
})

const rollbackCommand = buildCommand<RollbackFlags, string[], Context>({
  loader: async () => (await import('./rollback.ts')).rollback,
  parameters: {
    flags: {
      ...changeFlags,
      take: {
        kind: 'enum',
        values: ['ours'],
        optional: true,
        brief: 'Write over edits made since, for the entries named',
      },
      ...allowDeletesFlag,
      ...restartFlag,
    },
    aliases: changeAliases,
    positional: {
      kind: 'array',
      parameter: {
        parse: String,
        placeholder: 'GEN',
        brief: 'The generation, the one before without it; then entries for --take',
      },
    },
  },
  docs: {
    brief: 'Go back to an older generation',
    customUsage: ['[GEN]', '[GEN] --take ours ENTRY...'],
    fullDescription:
      "Go back to an older generation, as a new plan: an edit made since is a conflict and is kept.\nThe sidecar still says what it says: change it there too.\n\n  timmy rollback\n  timmy rollback 12 --dry-run\n  timmy rollback 12 --take ours 'skins/*'",
  },
})

const recoverCommand = buildCommand<RecoverFlags, [], Context>({
  loader: async () => (await import('./recover.ts')).recover,
  parameters: {
    flags: {
      ...changeFlags,
      abort: {
        kind: 'boolean',
        default: false,
        withNegated: false,
        brief: 'Put back what was done instead of finishing',
      },
    },
    aliases: changeAliases,
  },
  docs: {
    brief: 'Finish or undo an interrupted apply',
    fullDescription:
      'Finish an apply that was interrupted, or put it back with --abort. Works beside a broken sidecar.\nExit 0 done or nothing to do, 2 with --dry-run when something is, 3 an edit made since was kept.\n\n  timmy recover --yes\n  timmy recover --abort',
  },
})

const undeployCommand = buildCommand<UndeployFlags, [], Context>({
  loader: async () => (await import('./undeploy.ts')).undeploy,
  parameters: { flags: { ...changeFlags, ...restartFlag }, aliases: changeAliases },
  docs: {
    brief: 'Take out what we own and put back what was there before',
    fullDescription:
      'Take out what we own and put back what was there before us. What was edited since is kept and named.\nThe record of generations stays.\n\n  timmy undeploy --dry-run\n  timmy undeploy --target wolf',
  },
})

const initCommand = buildCommand<InitFlags, [string], Context>({
  loader: async () => (await import('./init.ts')).init,
  parameters: {
    flags: {
      ...outputFlags,
      fromHome: { kind: 'boolean', default: false, withNegated: false, brief: 'Describe a Hermes home that is in use' },
      home: {
        kind: 'parsed',
        parse: String,
        optional: true,
        placeholder: 'DIR',
        brief: 'That home; else $HERMES_HOME or ~/.hermes',
      },
      profile: { kind: 'parsed', parse: String, optional: true, placeholder: 'NAME', brief: 'Its profile' },
      memories: { kind: 'boolean', default: false, withNegated: false, brief: 'Take the learned memories over too' },
      git: { kind: 'boolean', default: true, brief: 'Make a git repository with a first commit of it' },
    },
    aliases: outputAliases,
    positional: {
      kind: 'tuple',
      parameters: [{ parse: String, placeholder: 'DIR', brief: 'The folder to make', default: 'my-sidecar' }],
    },
  },
  docs: {
    brief: 'Make a sidecar: the example, or one that describes a home',
    customUsage: ['[DIR] [--from-home]'],
    fullDescription:
      'Make a sidecar: a copy of the example, or with --from-home one that describes a Hermes home in use, so that the first\nplan is empty. No secret is taken over: each is named, and how to name it in .env. Refuses a folder that holds files.\n\n  timmy init my-sidecar\n  timmy init my-sidecar --from-home\n  timmy init wolf-sidecar --from-home --profile wolf',
  },
})

export const deployRoutes = {
  init: initCommand,
  check: checkCommand,
  plan: planCommand,
  deploy: deployCommand,
  drift: driftCommand,
  diff: diffCommand,
  explain: explainCommand,
  adopt: adoptCommand,
  park: parkCommand,
  generations: generationsCommand,
  rollback: rollbackCommand,
  recover: recoverCommand,
  undeploy: undeployCommand,
}
