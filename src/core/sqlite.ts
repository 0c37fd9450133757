// SQLite for our own records: one file a surface, its schema grown by numbered migrations.
//
// The number of migrations done is `user_version`; the missing ones run in one immediate transaction, so of two
// processes that start at once the second finds them done. A file of a newer program is refused, never guessed at.
// Rows have no prototype; integers beyond 2^53 throw. This file is the only one that knows node:sqlite.

import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { closeSync, constants, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { TimmyError } from './errors.ts'
import { ensureFolder } from './files.ts'

export interface DatabaseOptions {
  /** The file must be there and is not changed. */
  readonly readOnly?: boolean
  /** How long to wait for another writer: 5,000 ms unless told. */
  readonly busyTimeoutMs?: number
}

/** An open database; `using` closes it. */
export interface Database {
  /** One statement for each text, made once: finish with its rows before it runs again. */
  prepare(sql: string): StatementSync
  exec(sql: string): void
  /** Runs the action in an immediate transaction: kept when it returns, undone when it throws. */
  transaction<T>(action: () => T): T
  [Symbol.dispose](): void
}

/** Opens (and makes, 0600 in a 0700 folder) a database whose schema is exactly these migrations. */
export function openDatabase(file: string, migrations: readonly string[], options: DatabaseOptions = {}): Database {
  const isReadOnly = options.readOnly === true
  if (!isReadOnly) createPrivate(file)
  // Loaded here, not above: whoever imports core for another reason must not pay for it.
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite')
  const connection = new DatabaseSync(file, { readOnly: isReadOnly, timeout: options.busyTimeoutMs ?? 5_000 })
  try {
    if (!isReadOnly) {
      useLogAhead(connection, options.busyTimeoutMs ?? 5_000)
      connection.exec('PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON')
    }
    migrate(connection, file, migrations, isReadOnly)
  } catch (cause) {
    connection.close()
    throw cause
  }
  const statements = new Map<string, StatementSync>()
  return {
    prepare(sql) {
      const statement = statements.get(sql) ?? connection.prepare(sql)
      statements.set(sql, statement)
      return statement
    },
    exec: (sql) => connection.exec(sql),
    transaction: (action) => inTransaction(connection, action),
    [Symbol.dispose]: () => connection.close(),
  }
}

/** SQLite would make the file by the umask; made first, it and its side files are private from the first byte. */
function createPrivate(file: string): void {
  ensureFolder(dirname(file))
  const descriptor = openSync(file, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600)
  closeSync(descriptor)
}

/** Readers beside one writer. The switch itself does not wait for others by its own, so it is tried again. */
function useLogAhead(connection: DatabaseSync, timeoutMs: number): void {
  const giveUpAt = performance.now() + timeoutMs
  for (;;) {
    try {
      connection.exec('PRAGMA journal_mode = WAL')
      return
    } catch (cause) {
      if (!isBusy(cause) || performance.now() > giveUpAt) throw cause
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
    }
  }
}

const busyCode = 5

function isBusy(cause: unknown): boolean {
  return cause instanceof Error && 'errcode' in cause && (Number(cause.errcode) & 0xff) === busyCode
}

function migrate(connection: DatabaseSync, file: string, migrations: readonly string[], isReadOnly: boolean): void {
  const seen = versionOf(connection)
  if (seen === migrations.length) return
  if (seen > migrations.length) throw newer(file, seen, migrations.length)
  if (isReadOnly) return // an older schema is read as far as it goes: only a writer may change it
  inTransaction(connection, () => {
    const version = versionOf(connection)
    if (version > migrations.length) throw newer(file, version, migrations.length)
    for (const migration of migrations.slice(version)) connection.exec(migration)
    connection.exec(`PRAGMA user_version = ${migrations.length}`)
  })
}

function versionOf(connection: DatabaseSync): number {
  return Number(connection.prepare('PRAGMA user_version').get()?.['user_version'])
}

function newer(file: string, found: number, known: number): TimmyError {
  return new TimmyError('STATE_NEWER', `${file} has schema ${found}; this program knows schemas up to ${known}`, {
    hint: 'npm install --global timmy-config',
    where: [{ file }],
  })
}

function inTransaction<T>(connection: DatabaseSync, action: () => T): T {
  connection.exec('BEGIN IMMEDIATE')
  try {
    const result = action()
    connection.exec('COMMIT')
    return result
  } catch (cause) {
    if (connection.isTransaction) connection.exec('ROLLBACK')
    throw cause
  }
}
