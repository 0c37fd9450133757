// The words of the vocabulary, explained for people: the source of `timmy help`. The same words are used in code,
// docs, tests and output (docs/architecture.md).

export interface Concept {
  /** What it is, in one line. */
  readonly is: string
  readonly more: string
  /** Words to read next. */
  readonly see: readonly string[]
  /** Belongs to a surface that is not built yet. */
  readonly isAhead?: true
}

export const concepts: Readonly<Record<string, Concept>> = {
  sidecar: {
    is: 'the git repository of plain files that declares the desired state',
    more: 'It says who the agents are, how they are routed and what they work on. timmy reads it and never commits to it.\nFound by --sidecar, $TIMMY_SIDECAR, or the nearest parent folder with a timmy.yaml. Make one: timmy init.',
    see: ['target', 'overlay', 'entry'],
  },
  target: {
    is: 'one Hermes home, of one profile on one host, that a sidecar is deployed to',
    more: 'The default is $HERMES_HOME (~/.hermes). A fleet names several; --target picks.',
    see: ['sidecar', 'overlay'],
  },
  workspace: {
    is: '~/.timmy: lived work, such as SOUL.md, continuity, metrics, archives',
    more: 'Tasks and agents write there; the sidecar puts SOUL.md there and nothing else. $TIMMY_HOME moves it.',
    see: ['sidecar', 'target'],
  },
  engine: {
    is: 'Hermes Agent: it runs models, tools, chats and a scheduler of its own',
    more: 'timmy stays beside it: never forked, imported or patched. Its features are probed, never guessed.',
    see: ['target', 'run'],
  },
  overlay: {
    is: 'the desired entries for one target, layered base < host < agent',
    more: 'A later layer wins key by key. A null takes away what a lower layer said.',
    see: ['sidecar', 'entry'],
  },
  entry: {
    is: 'one thing that we may own in a target: a file, a config key, a record',
    more: 'Written as skins/timmy.yaml, timmy:SOUL.md (in the workspace), config.yaml#model.default,\ncron/jobs.json@daily-report, memories/MEMORY.md@3f2a (the start of its hash).',
    see: ['policy', 'plan'],
  },
  policy: {
    is: 'how an entry is owned: file, keys, records, seed or never',
    more: "file: the whole file is ours. keys: only the keys named. records: only the records named. seed: written once,\nthen the engine's. never: not touched, such as .env, tokens, databases, sessions.",
    see: ['entry', 'drift'],
  },
  desired: {
    is: 'what the sidecar says an entry should be',
    more: 'Compared with applied (what we wrote last) and live (what is there now) to make a plan.',
    see: ['applied', 'live', 'plan'],
  },
  applied: {
    is: 'what we wrote last for an entry, kept in our own records',
    more: 'It tells an edit made behind our back from a change of the sidecar. Kept under $TIMMY_STATE_DIR.',
    see: ['desired', 'live', 'generation'],
  },
  live: {
    is: 'what is in the target now',
    more: 'The engine, the agent and the owner write there as well; what is theirs stays theirs.',
    see: ['desired', 'applied', 'drift'],
  },
  plan: {
    is: 'the list of changes that takes live to desired',
    more: 'timmy plan prints it and changes nothing; timmy deploy carries out the same one.',
    see: ['drift', 'conflict', 'generation'],
  },
  drift: {
    is: 'live differs from applied: somebody else changed an entry of ours',
    more: 'Kept and reported, until you adopt it, heal it (timmy deploy --heal) or park it.',
    see: ['conflict', 'adopt', 'park'],
  },
  conflict: {
    is: 'drift where desired changed too',
    more: 'Nothing is guessed: the entry stays as it is until it is adopted,\nwritten over (timmy deploy --take ours) or parked; exit 3 till then.',
    see: ['drift', 'adopt'],
  },
  adopt: {
    is: 'carry drift back into the sidecar',
    more: 'timmy adopt ENTRY edits the working tree and never commits. A value that looks like a secret is refused.',
    see: ['drift', 'park'],
  },
  park: {
    is: 'leave one difference alone until a date or until either side moves',
    more: 'timmy park ENTRY --until DATE --why TEXT.',
    see: ['drift'],
  },
  generation: {
    is: 'the record of one applied plan',
    more: 'timmy generations lists them with what each changed.',
    see: ['rollback', 'plan'],
  },
  rollback: {
    is: 'applies an older generation as a new plan',
    more: 'timmy rollback makes a new generation; edits made since are a conflict and are kept.',
    see: ['generation', 'recover'],
  },
  recover: {
    is: 'finish or undo an apply that was interrupted',
    more: 'Every apply keeps a journal; timmy recover finishes what was begun, timmy recover --abort puts back.',
    see: ['generation', 'plan'],
  },
  portfolio: {
    is: 'the ordered model slots of a role',
    more: 'The first slot that works is used. At least one ends on a local model. A later slot may take rights from the role.',
    see: ['agent', 'playbook'],
  },
  playbook: {
    is: 'how one kind of work is done: trigger, steps, limits, what counts as finished',
    more: 'Compiled into a skill that the engine reads.',
    see: ['lane', 'agent'],
  },
  agent: {
    is: 'a named Hermes profile with lanes, a portfolio and a place to run',
    more: 'Declared in fleet.yaml; agents/<name>/ in the sidecar is its layer.',
    see: ['lane', 'portfolio'],
  },
  lane: {
    is: 'a kind of work an agent may take; in the queue, a line of jobs with slots of its own',
    more: 'A playbook names the lanes it serves, an agent those it works on.',
    see: ['agent', 'playbook'],
  },
  task: { is: 'a function with a name', more: 'Queued, its calls are jobs.', see: ['job', 'schedule'], isAhead: true },
  job: {
    is: 'one queued call of a task',
    more: 'It is leased by a worker, may run more than once, and is keyed so that twice is harmless.',
    see: ['task', 'lease'],
    isAhead: true,
  },
  schedule: {
    is: 'when jobs are made',
    more: 'A cron line or an interval, with a time zone.',
    see: ['job'],
    isAhead: true,
  },
  lease: {
    is: 'a job held by a worker until a time',
    more: 'Past that time without a heartbeat the job counts as lost and may run again.',
    see: ['job'],
    isAhead: true,
  },
  run: {
    is: 'one invocation of the engine, with its session id, outcome and cost',
    more: 'A failed run is a value with a reason, and the next slot of the portfolio is tried.',
    see: ['engine', 'portfolio'],
    isAhead: true,
  },
  forge: {
    is: 'the Gitea or Forgejo server',
    more: 'The shared truth for work: issues, claims, pull requests.',
    see: ['claim'],
    isAhead: true,
  },
  claim: {
    is: 'a fenced lease on a forge issue',
    more: 'Kept on the forge itself, so two machines never work on the same issue.',
    see: ['forge', 'lease'],
    isAhead: true,
  },
  probe: {
    is: 'one question asked of something that should be well',
    more: 'Its answer is evidence.',
    see: ['evidence'],
    isAhead: true,
  },
  evidence: {
    is: 'the answer of a probe, with its source and its age',
    more: 'Unknown is shown as unknown, never as fine.',
    see: ['probe', 'verdict'],
    isAhead: true,
  },
  verdict: {
    is: 'ok, degraded, down or unknown, with the reasons',
    more: 'Judged from evidence.',
    see: ['evidence'],
    isAhead: true,
  },
  deadman: {
    is: 'the switch that acts when the fleet goes silent',
    more: 'It needs a sign of life; without one it acts once and leaves a receipt.',
    see: ['drill', 'latch'],
    isAhead: true,
  },
  drill: {
    is: 'the rehearsal of a deadman or a fallback',
    more: 'Broken on purpose, watched, put back.',
    see: ['deadman'],
    isAhead: true,
  },
  latch: {
    is: 'what stays set until a person acknowledges',
    more: 'So no alarm heals itself unseen.',
    see: ['deadman'],
    isAhead: true,
  },
  recipe: {
    is: 'how a dataset is made from sessions',
    more: 'recipe → dataset → eval → gate.',
    see: ['dataset'],
    isAhead: true,
  },
  dataset: {
    is: 'examples made by a recipe',
    more: 'Redacted, without duplicates, split once.',
    see: ['recipe', 'eval'],
    isAhead: true,
  },
  eval: {
    is: 'a measurement of a model on a dataset',
    more: 'Its result is what a gate judges.',
    see: ['dataset', 'gate'],
    isAhead: true,
  },
  gate: { is: 'the rule an eval must pass', more: 'Nothing goes on without it.', see: ['eval'], isAhead: true },
  genome: {
    is: 'the generated, checked description of a codebase',
    more: 'GENOME.md: facts with evidence.',
    see: ['sidecar'],
    isAhead: true,
  },
}
