// The record of one target: what we applied, when, and what was there before.
//
// One SQLite file under the state folder, 0600. It is manifest, journal and history at once: a generation is opened
// with all its steps and old contents in one durable transaction before the first live file is touched, and closed
// with the new manifest in another. States of a generation:
//
//   open ──► applied ──► verified          the usual way
//   open ──► applied (by `recover`)        finished after a crash
//   open ──► undone                        put back after a crash, an interrupt or `recover --abort`
//   applied ──► open, going back ──► undone | partly-undone
//                                          verification failed; whoever recovers it can only put it back
//
// Promise: at most one generation is open. Only the table `content` holds bytes that others wrote (they may hold
// secrets); everything else is digests, our own desired values and names.

import { TimmyError, openDatabase, type Database, type Json } from '../core/index.ts'
import type { Part } from '../hermes/index.ts'
import type { ListRule, Mode, Policy, Root, Source } from './entry.ts'
import { refusedWrite } from './refused-write.ts'

export type GenerationState = 'open' | 'applied' | 'verified' | 'undone' | 'partly-undone'
export type GenerationKind = 'deploy' | 'rollback' | 'undeploy' | 'repair' | 'adopt'

/** What an entry held before us: content by digest, or absence. */
export interface Original {
  readonly digest: string | null
  readonly fileMode: number
}

export interface AppliedEntry {
  readonly entry: string
  readonly root: Root
  readonly path: string
  readonly part?: Part
  readonly policy: Policy
  readonly mode: Mode
  readonly list: ListRule
  /** Digest of what is ours in it; null: we applied its absence. */
  readonly digest: string | null
  /** The value we wrote, for keys and records; undefined for whole files (see `content`). */
  readonly value?: Json
  readonly fileMode: number
  readonly generation: number
  readonly source: Source
  readonly original: Original
}

export interface Generation {
  readonly id: number
  readonly state: GenerationState
  readonly kind: GenerationKind
  /** Milliseconds since the epoch. */
  readonly beganAt: number
  readonly endedAt?: number
  readonly commit?: string
  readonly isDirty: boolean
  /** It was applied and is not wanted any more: while it is open it is put back, never finished. */
  readonly isGoingBack: boolean
  /** The generation a rollback went to. */
  readonly backTo?: number
  readonly note?: string
}

/** One entry's way through one generation; `null` stands for no record. */
export interface RecordedChange {
  readonly entry: string
  readonly before: AppliedEntry | null
  readonly after: AppliedEntry | null
  /** What was live before; null: nothing. Undefined: the change touched our record only. */
  readonly liveBefore?: Original
}

/** One file's way through one generation: the journal's line. Null digests mean absence. */
export interface RecordedStep {
  readonly seq: number
  readonly root: Root
  readonly path: string
  readonly beforeDigest: string | null
  readonly beforeMode: number
  readonly afterDigest: string | null
  readonly afterMode: number
  /** Absolute path of the staged file. */
  readonly staged?: string
  readonly lock?: string
}

export interface Opening {
  readonly kind: GenerationKind
  readonly beganAt: number
  readonly commit?: string
  readonly isDirty: boolean
  readonly backTo?: number
  readonly changes: readonly RecordedChange[]
  readonly steps: readonly RecordedStep[]
  /** Folders that the steps will create, relative to their root. */
  readonly folders: readonly { readonly root: Root; readonly path: string }[]
}

export interface ParkedEntry {
  readonly entry: string
  readonly desired: string | null
  readonly live: string | null
  /** Milliseconds since the epoch. */
  readonly until: number
  readonly why: string
}

export interface OwedRestart {
  readonly service: string
  readonly because: string
  readonly generation: number
}

const migrations = [
  `CREATE TABLE content (digest TEXT PRIMARY KEY, bytes BLOB NOT NULL) STRICT; -- rows: large values go in in half the time
   CREATE TABLE applied (entry TEXT PRIMARY KEY, root TEXT NOT NULL, path TEXT NOT NULL, part TEXT, policy TEXT NOT NULL,
     mode TEXT NOT NULL, list TEXT NOT NULL, digest TEXT, value TEXT, file_mode INTEGER NOT NULL,
     generation INTEGER NOT NULL, source TEXT NOT NULL, original TEXT NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE generation (id INTEGER PRIMARY KEY, state TEXT NOT NULL, kind TEXT NOT NULL, began_at INTEGER NOT NULL,
     ended_at INTEGER, "commit" TEXT, dirty INTEGER NOT NULL, back_to INTEGER, note TEXT) STRICT;
   CREATE UNIQUE INDEX one_open ON generation (state) WHERE state = 'open';
   CREATE TABLE change (generation INTEGER NOT NULL, entry TEXT NOT NULL, before TEXT, after TEXT, live_before TEXT,
     PRIMARY KEY (generation, entry)) STRICT, WITHOUT ROWID;
   CREATE TABLE step (generation INTEGER NOT NULL, seq INTEGER NOT NULL, root TEXT NOT NULL, path TEXT NOT NULL,
     before_digest TEXT, before_mode INTEGER NOT NULL, after_digest TEXT, after_mode INTEGER NOT NULL, staged TEXT,
     lock TEXT, PRIMARY KEY (generation, seq)) STRICT, WITHOUT ROWID;
   CREATE TABLE folder (root TEXT NOT NULL, path TEXT NOT NULL, generation INTEGER NOT NULL,
     PRIMARY KEY (root, path)) STRICT, WITHOUT ROWID;
   CREATE TABLE seen (path TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, digest TEXT NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE parked (entry TEXT PRIMARY KEY, desired TEXT, live TEXT, until INTEGER NOT NULL, why TEXT NOT NULL) STRICT;
   CREATE TABLE owed (service TEXT PRIMARY KEY, because TEXT NOT NULL, generation INTEGER NOT NULL) STRICT;`,
  'ALTER TABLE generation ADD COLUMN going_back INTEGER NOT NULL DEFAULT 0',
]

export type TargetRecord = ReturnType<typeof openRecord>

/** Opens the record in `folder` (created 0700); STATE_LOST when the file is damaged. */
export function openRecord(folder: string, options: { readOnly?: boolean } = {}) {
  const file = `${folder}/state.sqlite`
  return tellingLoss(recordIn(openOrSayLost(file, options)), file)
}

function recordIn(database: Database) {
  return {
    applied: () => readApplied(database),
    generations: () => readGenerations(database),
    openGeneration: () => readGenerations(database).find(({ state }) => state === 'open'),
    changesOf: (generation: number) => readChanges(database, generation),
    stepsOf: (generation: number) => readSteps(database, generation),
    folders: () => readFolders(database),
    seen: () => readSeen(database),
    parked: () => readParked(database),
    owed: () => readOwed(database),
    content: (digest: string) => readContent(database, digest),
    hasContent: (digest: string) =>
      database.prepare('SELECT 1 FROM content WHERE digest = ?').get(digest) !== undefined,

    /** Everything inside happens at once and durably, or not at all. */
    transaction: <T>(action: () => T): T => database.transaction(action),
    keepContent(digest: string, bytes: Uint8Array) {
      database.prepare('INSERT INTO content VALUES (?, ?) ON CONFLICT DO NOTHING').run(digest, bytes)
    },
    begin: (opening: Opening) => begin(database, opening),
    amendStep(generation: number, step: RecordedStep) {
      database
        .prepare('UPDATE step SET before_digest = ?, after_digest = ?, staged = ? WHERE generation = ? AND seq = ?')
        .run(step.beforeDigest, step.afterDigest, step.staged ?? null, generation, step.seq)
    },
    setApplied: (entry: string, after: AppliedEntry | null) => writeApplied(database, entry, after),
    dropChange(generation: number, entry: string) {
      database.prepare('DELETE FROM change WHERE generation = ? AND entry = ?').run(generation, entry)
    },
    setGeneration(id: number, state: GenerationState, endedAt: number, note?: string) {
      database
        .prepare('UPDATE generation SET state = ?, ended_at = ?, note = coalesce(?, note) WHERE id = ?')
        .run(state, endedAt, note ?? null, id)
    },
    /** A generation that was closed opens once more, to be put back. */
    reopenToGoBack(id: number) {
      database
        .prepare(
          "UPDATE generation SET state = 'open', ended_at = NULL, going_back = 1 WHERE id = ? AND state <> 'open'",
        )
        .run(id)
    },
    forgetFolder(root: Root, path: string) {
      database.prepare('DELETE FROM folder WHERE root = ? AND path = ?').run(root, path)
    },
    see(files: Iterable<{ path: string; fingerprint: string; digest: string }>) {
      const insert = database.prepare('INSERT OR REPLACE INTO seen VALUES (?, ?, ?)')
      for (const { path, fingerprint, digest } of files) insert.run(path, fingerprint, digest)
    },
    park(parked: ParkedEntry) {
      database
        .prepare('INSERT OR REPLACE INTO parked VALUES (?, ?, ?, ?, ?)')
        .run(parked.entry, parked.desired, parked.live, parked.until, parked.why)
    },
    unpark: (entry: string) => void database.prepare('DELETE FROM parked WHERE entry = ?').run(entry),
    owe(restart: OwedRestart) {
      database
        .prepare(
          'INSERT INTO owed VALUES (?, ?, ?) ON CONFLICT (service) DO UPDATE SET because = excluded.because, generation = excluded.generation',
        )
        .run(restart.service, restart.because, restart.generation)
    },
    settle: (service: string) => void database.prepare('DELETE FROM owed WHERE service = ?').run(service),
    prune: (keep: { generations: number; verified: number }) => prune(database, keep),
    [Symbol.dispose]: () => database[Symbol.dispose](),
  }
}

function openOrSayLost(file: string, options: { readOnly?: boolean }): Database {
  try {
    return openDatabase(file, migrations, options)
  } catch (cause) {
    if (cause instanceof TimmyError) throw cause
    const told = refusedWrite(cause, 'nothing was changed')
    throw told === cause ? lost(file, cause) : told
  }
}

/** The same record; damage that shows only when a page is read is told in the same way. */
function tellingLoss<T extends object>(record: T, file: string): T {
  return new Proxy(record, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      return (...args: unknown[]): unknown => {
        try {
          return Reflect.apply(member, target, args)
        } catch (cause) {
          throw isDamage(cause) ? lost(file, cause) : cause
        }
      }
    },
  })
}

/** SQLITE_CORRUPT and SQLITE_NOTADB (sqlite.org/rescode.html). */
function isDamage(cause: unknown): boolean {
  const code = cause instanceof Error && 'errcode' in cause ? Number(cause.errcode) & 0xff : 0
  return code === 11 || code === 26
}

function lost(file: string, cause: unknown): TimmyError {
  return new TimmyError('STATE_LOST', `our record of this target cannot be read: ${file}`, {
    hint: 'timmy deploy --repair',
    where: [{ file }],
    cause,
  })
}

function begin(database: Database, opening: Opening): number {
  const row = database
    .prepare(
      `INSERT INTO generation (state, kind, began_at, "commit", dirty, back_to) VALUES ('open', ?, ?, ?, ?, ?) RETURNING id`,
    )
    .get(opening.kind, opening.beganAt, opening.commit ?? null, Number(opening.isDirty), opening.backTo ?? null)
  const id = Number(row?.['id'])
  const insertChange = database.prepare('INSERT INTO change VALUES (?, ?, ?, ?, ?)')
  for (const { entry, before, after, liveBefore } of opening.changes) {
    insertChange.run(id, entry, jsonOrNull(before), jsonOrNull(withGeneration(after, id)), jsonOrNull(liveBefore))
  }
  const insertStep = database.prepare('INSERT INTO step VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
  for (const step of opening.steps) {
    const { seq, root, path, beforeDigest, beforeMode, afterDigest, afterMode, staged = null, lock = null } = step
    insertStep.run(id, seq, root, path, beforeDigest, beforeMode, afterDigest, afterMode, staged, lock)
  }
  const insertFolder = database.prepare('INSERT OR REPLACE INTO folder VALUES (?, ?, ?)')
  for (const { root, path } of opening.folders) insertFolder.run(root, path, id)
  return id
}

const withGeneration = (entry: AppliedEntry | null, generation: number): AppliedEntry | null =>
  entry && { ...entry, generation }

function readApplied(database: Database): Map<string, AppliedEntry> {
  const rows = database.prepare('SELECT * FROM applied').all()
  return new Map(
    rows.map((row) => {
      const entry = row['entry'] as string
      const applied: AppliedEntry = {
        entry,
        root: row['root'] as Root,
        path: row['path'] as string,
        ...(row['part'] === null ? {} : { part: JSON.parse(row['part'] as string) as Part }),
        policy: row['policy'] as Policy,
        mode: row['mode'] as Mode,
        list: JSON.parse(row['list'] as string) as ListRule,
        digest: row['digest'] as string | null,
        ...(row['value'] === null ? {} : { value: JSON.parse(row['value'] as string) as Json }),
        fileMode: row['file_mode'] as number,
        generation: row['generation'] as number,
        source: JSON.parse(row['source'] as string) as Source,
        original: JSON.parse(row['original'] as string) as Original,
      }
      return [entry, applied]
    }),
  )
}

function writeApplied(database: Database, entry: string, after: AppliedEntry | null): void {
  if (!after) {
    database.prepare('DELETE FROM applied WHERE entry = ?').run(entry)
    return
  }
  database
    .prepare('INSERT OR REPLACE INTO applied VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
    .run(
      entry,
      after.root,
      after.path,
      jsonOrNull(after.part),
      after.policy,
      after.mode,
      JSON.stringify(after.list),
      after.digest,
      jsonOrNull(after.value),
      after.fileMode,
      after.generation,
      JSON.stringify(after.source),
      JSON.stringify(after.original),
    )
}

function readGenerations(database: Database): Generation[] {
  const rows = database.prepare('SELECT * FROM generation ORDER BY id DESC').all()
  return rows.map((row) => ({
    id: row['id'] as number,
    state: row['state'] as GenerationState,
    kind: row['kind'] as GenerationKind,
    beganAt: row['began_at'] as number,
    isDirty: row['dirty'] === 1,
    isGoingBack: row['going_back'] === 1,
    ...(row['ended_at'] === null ? {} : { endedAt: row['ended_at'] as number }),
    ...(row['commit'] === null ? {} : { commit: row['commit'] as string }),
    ...(row['back_to'] === null ? {} : { backTo: row['back_to'] as number }),
    ...(row['note'] === null ? {} : { note: row['note'] as string }),
  }))
}

function readChanges(database: Database, generation: number): RecordedChange[] {
  const rows = database.prepare('SELECT * FROM change WHERE generation = ? ORDER BY entry').all(generation)
  return rows.map((row) => ({
    entry: row['entry'] as string,
    before: appliedOrNull(row['before']),
    after: appliedOrNull(row['after']),
    ...(row['live_before'] === null ? {} : { liveBefore: JSON.parse(row['live_before'] as string) as Original }),
  }))
}

function readSteps(database: Database, generation: number): RecordedStep[] {
  const rows = database.prepare('SELECT * FROM step WHERE generation = ? ORDER BY seq').all(generation)
  return rows.map((row) => ({
    seq: row['seq'] as number,
    root: row['root'] as Root,
    path: row['path'] as string,
    beforeDigest: row['before_digest'] as string | null,
    beforeMode: row['before_mode'] as number,
    afterDigest: row['after_digest'] as string | null,
    afterMode: row['after_mode'] as number,
    ...(row['staged'] === null ? {} : { staged: row['staged'] as string }),
    ...(row['lock'] === null ? {} : { lock: row['lock'] as string }),
  }))
}

function readFolders(database: Database): { root: Root; path: string; generation: number }[] {
  const rows = database.prepare('SELECT root, path, generation FROM folder').all()
  return rows.map((row) => ({
    root: row['root'] as Root,
    path: row['path'] as string,
    generation: row['generation'] as number,
  }))
}

function readSeen(database: Database): Map<string, { fingerprint: string; digest: string }> {
  const rows = database.prepare('SELECT * FROM seen').all()
  return new Map(
    rows.map((row) => [
      row['path'] as string,
      { fingerprint: row['fingerprint'] as string, digest: row['digest'] as string },
    ]),
  )
}

function readParked(database: Database): Map<string, ParkedEntry> {
  const rows = database.prepare('SELECT * FROM parked').all()
  return new Map(rows.map((row) => [row['entry'] as string, { ...row } as unknown as ParkedEntry]))
}

function readOwed(database: Database): OwedRestart[] {
  return database
    .prepare('SELECT * FROM owed ORDER BY service')
    .all()
    .map((row) => ({ ...row }) as unknown as OwedRestart)
}

function readContent(database: Database, digest: string): Buffer | undefined {
  const row = database.prepare('SELECT bytes FROM content WHERE digest = ?').get(digest)
  return row && Buffer.from(row['bytes'] as Uint8Array)
}

/** Forgets old generations and every content that nothing kept refers to. */
function prune(database: Database, keep: { generations: number; verified: number }): void {
  const all = readGenerations(database)
  const newest = all.slice(0, keep.generations)
  const verified = all.filter(({ state }) => state === 'verified').slice(0, keep.verified)
  const oldestKept = Math.min(...[...newest, ...verified].map(({ id }) => id))
  if (!all.some(({ id }) => id < oldestKept)) return
  for (const table of ['change', 'step']) {
    database.prepare(`DELETE FROM ${table} WHERE generation < ?`).run(oldestKept)
  }
  database.prepare('DELETE FROM generation WHERE id < ?').run(oldestKept)
  database.exec(
    `DELETE FROM content WHERE digest NOT IN (
       SELECT digest FROM applied WHERE digest IS NOT NULL
       UNION SELECT original ->> 'digest' FROM applied WHERE original ->> 'digest' IS NOT NULL
       UNION SELECT before_digest FROM step WHERE before_digest IS NOT NULL
       UNION SELECT after_digest FROM step WHERE after_digest IS NOT NULL
       UNION SELECT before ->> 'digest' FROM change WHERE before ->> 'digest' IS NOT NULL
       UNION SELECT after ->> 'digest' FROM change WHERE after ->> 'digest' IS NOT NULL
       UNION SELECT live_before ->> 'digest' FROM change WHERE live_before ->> 'digest' IS NOT NULL)`,
  )
}

const jsonOrNull = (value: unknown): string | null =>
  value === null || value === undefined ? null : JSON.stringify(value)

const appliedOrNull = (text: unknown): AppliedEntry | null =>
  text === null ? null : (JSON.parse(text as string) as AppliedEntry)
