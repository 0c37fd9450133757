// Who owns what in a Hermes home: the table of the engine reference, section 2.3, as data.
//
// First match wins. `file`, `keys` and `records` may be ours; `read` is the engine's state that we only look at;
// `never` is neither touched nor copied. A path that no row names is unknown, and nothing is ever written there.

export interface PathOwnership {
  readonly policy: 'file' | 'keys' | 'records' | 'read' | 'never'
  /** The rest of a sentence that begins with the path. */
  readonly why: string
}

type Row = readonly [pattern: RegExp, policy: PathOwnership['policy'], why: string]

const table: readonly Row[] = [
  [/(^|\/)\.env(\..*)?$/, 'never', 'holds secrets; only the owner and the engine write it'],
  [/(^|\/)[^/]+\.lock$/, 'never', 'is a lock of the engine'],
  [/\.(db|sqlite3?)(-wal|-shm|-journal)?$/, 'never', 'is a database of the engine'],
  [/^auth[^/]*$|^\.anthropic_oauth\.json$|^mcp-tokens\//, 'never', 'holds tokens that the engine rotates'],
  [/^config\.yaml$/, 'keys', 'is shared: the engine, the owner and the agent write keys of it too'],
  [/^config\.yaml\..+/, 'read', 'is a copy that the engine made of a broken config.yaml'],
  [/^SOUL\.md$/, 'file', 'is the identity that the engine loads'],
  [/^memories\/(MEMORY|USER)\.md$/, 'records', 'is shared with the agent, which learns entries of its own'],
  [/^memories\//, 'never', "is the agent's own memory"],
  [/^skins\/[^/]+\.ya?ml$/, 'file', 'is a skin of the owner'],
  [
    /^skills\/(.*\/)?\.(hub|archive|bundled[^/]*|curator_state|usage\.json[^/]*)(\/|$)/,
    'never',
    "is the engine's own record of skills",
  ],
  [/^skills\/\./, 'never', "is the engine's own record of skills"],
  [/^skills\/.+/, 'file', 'is a skill'],
  [/^hooks\/[^/]+\/.+/, 'file', 'is a hook that the gateway loads at its start'],
  [/^shell-hooks-allowlist\.json/, 'never', "is the owner's consent"],
  [/^scripts\/.+/, 'file', 'is a script that cron jobs run'],
  [/^plugins\/[^/]+\/.+/, 'file', 'is a plugin'],
  [/^cron\/jobs\.json$/, 'records', 'is shared: the engine keeps the run state of every job in it'],
  [/^cron\//, 'read', "is the engine's record of runs"],
  [/^channel_directory\.json$/, 'never', 'is rebuilt by the gateway every five minutes; channel_aliases.json is ours'],
  [/^channel_aliases\.json$/, 'keys', 'names chats for the engine'],
  [/^bin\/timmy-[^/]+$/, 'file', 'is an operator script of ours'],
  [/^bin\//, 'never', "is the engine's own tool; ours carry the prefix timmy-"],
  [/^playbooks\/.+/, 'file', 'is a playbook to read'],
  [/^(BOOT|AGENTS)\.md$/, 'file', 'is a page that nothing of the engine reads'],
  [/^fallback-portfolios\.yaml$/, 'never', 'is compiled into config.yaml and never copied'],
  [/^local\/.+/, 'never', 'is reserved for the owner'],
  [/^(sessions|pairing|platforms|sandboxes|image_cache|audio_cache)\//, 'never', "is the engine's own data"],
  [/^(backups|state-snapshots|checkpoints)\//, 'never', 'is a copy that the engine made, with its secrets'],
  [
    /^(context_length_cache\.yaml|\.skills_prompt_snapshot\.json|\.update_check|\.hermes_history|\.tirith-install-failed)$/,
    'never',
    "is the engine's cache",
  ],
  [/^(gateway[^/]*|\.clean_shutdown)$|^(state|logs|cache|kanban|gateway)\//, 'read', "is the engine's state"],
  [
    /^(\.hermes-update-in-progress|\.update-incomplete|\.drain_request\.json|\.gateway-planned-stop\.json)$/,
    'read',
    'is a fence of the engine',
  ],
  [/^profiles\//, 'never', 'belongs to another profile, which is a target of its own'],
  [/^active_profile$/, 'read', "is the engine's choice of a profile"],
]

/** Undefined for a path that we know nothing about. */
export function ownershipOf(path: string): PathOwnership | undefined {
  const row = table.find(([pattern]) => pattern.test(path))
  return row && { policy: row[1], why: row[2] }
}

/** Names that the engine's writers use for a moment (engine reference, 2.2). */
export function isEngineTemporary(name: string): boolean {
  return /^\..*\.tmp$|^\.(jobs|mem|hb)_/.test(name)
}
