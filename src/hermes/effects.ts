// When a change takes effect: live, at the next turn or session, or only after a restart, and of what.
//
// From the engine reference 3.7 and the deploy reference 9.1. What is not known to be read again counts as needing a
// restart of the gateway only where the engine reads it at its start.

export interface Effect {
  readonly when: 'at once' | 'next tick' | 'next turn' | 'next session' | 'restart'
  /** What must be restarted; only with `restart`. */
  readonly service?: 'gateway'
  readonly because: string
}

/** Roots of config.yaml that a gateway reads when it starts (gateway/config.py, gateway/run.py of 0.19.0). */
const readAtStart = new Set(
  `platforms gateway hooks hooks_auto_accept plugins mcp_servers logging timezone session_reset reset_triggers
  quick_commands streaming stt stt_echo_transcripts group_sessions_per_user thread_sessions_per_user
  max_concurrent_sessions multiplex_profiles profile_routes always_log_local write_sessions_json
  filter_silence_narration unauthorized_dm_behavior require_mention
  api_server webhook msgraph_webhook telegram discord whatsapp whatsapp_cloud slack signal mattermost matrix
  homeassistant email sms dingtalk feishu wecom wecom_callback weixin bluebubbles qqbot yuanbao relay`.split(/\s+/),
)
/** Names below a root that is read again otherwise. */
const keysReadAtStart = new Set(['cron.provider'])

export function effectOf(path: string, key?: readonly string[]): Effect {
  if (path === 'config.yaml') return effectOfKey(key ?? [])
  const [top = ''] = path.split('/')
  switch (top) {
    case 'SOUL.md':
    case 'memories':
    case 'skills':
      return { when: 'next session', because: 'a session keeps the prompt that it began with' }
    case 'hooks':
    case 'plugins':
      return restart(`${top} are loaded when the gateway starts`)
    case 'cron':
      return { when: 'next tick', because: 'the ticker reads the jobs every minute' }
    default:
      return { when: 'at once', because: 'it is read when it is used' }
  }
}

function effectOfKey(key: readonly string[]): Effect {
  const [root = ''] = key
  if (readAtStart.has(root) || keysReadAtStart.has(key.slice(0, 2).join('.'))) {
    return restart(`the gateway reads ${readAtStart.has(root) ? root : key.slice(0, 2).join('.')} when it starts`)
  }
  if (root === 'display') return { when: 'at once', because: 'display settings are read when they are used' }
  return { when: 'next turn', because: 'config.yaml is read again before every turn' }
}

const restart = (because: string): Effect => ({ when: 'restart', service: 'gateway', because })
