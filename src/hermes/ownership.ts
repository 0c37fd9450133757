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
  [/^config\.yaml$/, 'keys', 'is shared: the engine, the owner and the agent write keys of it too'],
  [/^config\.yaml\..+/, 'read', 'is a copy that the engine made of a broken config.yaml'],
  [/(^|\/)\.env(\..*)?$/, 'never', 'holds secrets; only the owner and the engine write it'],
  [/^(auth\.json|auth\.lock|\.anthropic_oauth\.json)$|^mcp-tokens\//, 'never', 'holds tokens that the engine rotates'],
  [/(^|\/)[^/]+\.lock$/, 'never', 'is a lock of the engine'],
  [/^SOUL\.md$/, 'file', 'is the identity that the engine loads'],
  [/^memories\/(MEMORY|USER)\.md$/, 'records', 'is shared with the agent, which learns entries of its own'],
  [/^memories\//, 'never', "is the agent's own memory"],
  [/^skins\/[^/]+\.ya?ml$/, 'file', 'is a skin of the owner'],
  [/^skills\/(\.|.*\/\.(hub|archive)(\/|$))/, 'never', "is the engine's own record of skills"],
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
  [/^local\/.+/, 'never', 'is reserved for the owner'],
  [/\.(db|sqlite3?)(-wal|-shm|-journal)?$/, 'never', 'is a database of the engine'],
  [/^(gateway|\.clean_shutdown|state\/|kanban|logs\/|cache\/)/, 'read', "is the engine's state"],
  [/^(sessions|pairing|platforms|sandboxes|image_cache|audio_cache|backups|state-snapshots|checkpoints)\//, 'never', "is the engine's own data"],
  [/^(context_length_cache\.yaml|\.skills_prompt_snapshot\.json|\.update_check|\.hermes_history|\.tirith-install-failed)$/, 'never', "is the engine's cache"],
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
