// The likely writer of a change in a home: the engine, the agent, or a hand; with the evidence, or unknown without.
//
// Pure. Evidence is what each writer cannot help leaving: names of temporary files, locks that were touched, comments
// that are gone, modes, the engine's own time stamp in jobs.json (engine reference, 2.2 and 3.3).

export interface Evidence {
  /** Path in the home. */
  readonly path: string
  /** Names seen in the file's folder around the change; undefined when nobody watched. */
  readonly names: readonly string[] | undefined
  /** Permission bits before and now; undefined: missing. */
  readonly modeBefore: number | undefined
  readonly mode: number | undefined
  /** Of config.yaml. */
  readonly lostComments: boolean
  /** Of jobs.json: the engine's own time stamp moved. */
  readonly isStamped: boolean | undefined
  readonly gateway: 'running' | 'draining' | 'stopped' | 'unknown'
}

export interface Writer {
  readonly likely: 'engine' | 'agent' | 'hand' | 'unknown'
  readonly because: string
}

/** Left by editors and by tools of a shell: vim, emacs, nano, GNOME, sed -i. */
const editorName = /^\.?.*\.sw[a-px]$|^4913$|~$|^\.#|^#.*#$|^\.goutputstream-|^sed[A-Za-z0-9]{6}$/

export function likelyWriter(evidence: Evidence): Writer {
  return byNames(evidence) ?? byTraces(evidence) ?? byExclusion(evidence)
}

function byNames({ path, names = [] }: Evidence): Writer | undefined {
  const base = path.slice(path.lastIndexOf('/') + 1)
  const stem = base.replace(/\.[^.]*$/, '')
  const isMemory = path.startsWith('memories/')
  const memoryTemporary = names.find((name) => name.startsWith('.mem_'))
  if (isMemory && memoryTemporary !== undefined)
    return { likely: 'agent', because: `its memory tool's temporary file ${memoryTemporary} was seen` }
  if (isMemory && names.includes(`${base}.lock`))
    return { likely: 'agent', because: `${base}.lock was touched, as the memory tool does` }
  const temporary = names.find(
    (name) => name.startsWith('.jobs_') || (name.startsWith(`.${stem}_`) && name.endsWith('.tmp')),
  )
  if (temporary !== undefined) return { likely: 'engine', because: `its temporary file ${temporary} was seen` }
  const editor = names.find((name) => editorName.test(name))
  return editor === undefined ? undefined : { likely: 'hand', because: `${editor} was seen, as editors leave it` }
}

function byTraces({ path, lostComments, isStamped, mode, modeBefore }: Evidence): Writer | undefined {
  if (lostComments) return { likely: 'engine', because: 'all comments are gone, as its re-dump leaves the file' }
  if (path === 'cron/jobs.json' && isStamped === true) return { likely: 'engine', because: 'updated_at moved with it' }
  if (path === 'cron/jobs.json' && isStamped === false)
    return { likely: 'hand', because: 'updated_at did not move, and the engine always moves it' }
  const isLoose = mode !== undefined && (mode & 0o077) !== 0
  if (isLoose && mode !== modeBefore) {
    return {
      likely: 'hand',
      because: `its mode became ${mode.toString(8).padStart(4, '0')}, and the engine keeps or tightens modes`,
    }
  }
  return undefined
}

function byExclusion({ names, gateway, path }: Evidence): Writer {
  const isEngines =
    path === 'config.yaml' || path.startsWith('memories/') || path === 'cron/jobs.json' || path === 'SOUL.md'
  if (names === undefined) return { likely: 'unknown', because: 'a full pass found it; nobody saw it being written' }
  if (!isEngines) return { likely: 'hand', because: 'the engine does not write this file' }
  if (gateway === 'stopped')
    return { likely: 'hand', because: 'the gateway does not run, and no temporary file of the engine was seen' }
  return {
    likely: 'unknown',
    because:
      gateway === 'unknown' ? 'no trace of a writer was seen' : 'the gateway runs, and no trace of a writer was seen',
  }
}
