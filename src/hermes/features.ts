// What an engine can do, by name. Behaviour hangs on these names, never on a version number elsewhere.
//
// A version that we have run is answered by the table; for another one, what the program's own help shows is asked
// and the rest follows from the version's place in the order. Sources: the versions' own source and releases.

const table = [
  /** Display names of chats are read from channel_aliases.json. */
  ['channelAliases', '0.18.0'],
  /** A managed scope (HERMES_MANAGED_DIR, /etc/hermes) is laid over the user's file. */
  ['managedScope', '0.18.0'],
  /** `config get KEY --json` and `config unset KEY`. */
  ['configGet', '0.19.0'],
  /** `--usage-file PATH` of a one-shot run. */
  ['usageFile', '0.19.0'],
  /** cron/executions.db and `cron runs`. */
  ['cronRuns', '0.19.0'],
  /** state/gateway.heartbeat is written while a gateway lives. */
  ['gatewayHeartbeat', '0.19.0'],
  /** SOUL.md may begin with a byte order mark; before, one blocks the whole file. */
  ['soulWithBom', '0.19.0'],
  /** cron/jobs.json may begin with a byte order mark; before, every cron command fails. */
  ['cronJobsWithBom', '0.19.0'],
  /** `--query-file` of a turn. */
  ['queryFile', '0.21.0'],
  /** `cron edit --model` and `--provider`. */
  ['cronPinsByCommand', '0.21.0'],
  /** A broken config.yaml is replaced by the last good one at a start. */
  ['lastGoodConfig', '0.21.1'],
  /** Writes to config.yaml keep comments. */
  ['configKeepsComments', '0.21.3'],
  /** A one-shot run that failed does not exit 0. */
  ['honestOneShotExit', '0.21.4'],
  /** HERMES_CONFIG_BACKEND=remote takes the place of the local file. */
  ['remoteConfig', '0.21.4'],
  /** cron/jobs.json holds definitions only; run state is in cron/runtime.db. */
  ['cronDefinitionsOnly', '0.22.0'],
] as const

export type Feature = (typeof table)[number][0]
export type Features = ReadonlySet<Feature>

/** Features that the program's own help shows, and where. */
export const shownByHelp: readonly {
  readonly feature: Feature
  readonly args: readonly string[]
  readonly text: RegExp
}[] = [
  { feature: 'configGet', args: ['config', '--help'], text: /^ {2,}get\b|[{,]get[,}]/m },
  { feature: 'queryFile', args: ['chat', '--help'], text: /--query-file\b/ },
  { feature: 'cronPinsByCommand', args: ['cron', 'edit', '--help'], text: /--model\b/ },
]

/** Release lines whose every fact here was run by our own contract tests. */
const knownLines = ['0.18.', '0.19.']

/** Whether the contract tests of this program cover the version. */
export function isKnownVersion(version: string): boolean {
  return knownLines.some((line) => version.startsWith(line))
}

/** Features by the version's place in the order; without a version none. */
export function featuresOfVersion(version: string | undefined): Features {
  return featuresWhere((_, since) => version !== undefined && compareVersions(version, since) >= 0)
}

/** The features that this test holds for. */
export function featuresWhere(isThere: (feature: Feature, since: string) => boolean): Features {
  return new Set(table.filter(([feature, since]) => isThere(feature, since)).map(([feature]) => feature))
}

/** Negative, zero or positive as `a` is older than, equal to or newer than `b`. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number))
  for (let place = 0; place < 3; place++) {
    const difference = (left?.[place] ?? 0) - (right?.[place] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
