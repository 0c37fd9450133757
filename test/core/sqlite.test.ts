// SQLite files: private, migrated once whoever comes first, refused when a newer program wrote them.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openDatabase } from '../../src/core/index.ts'
import { scratchFolder } from '../scratch.ts'
import { counterMigrations } from './counter-migrations.ts'

const createA = 'CREATE TABLE a (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT'

test('the file is private in a private folder, and so are its side files', () => {
  using folder = scratchFolder()
  const before = process.umask(0)
  using database = openDatabase(folder.at('state/deploy.db'), [createA])
  process.umask(before)
  database.exec("INSERT INTO a (text) VALUES ('x')")
  assert.equal(statSync(folder.at('state')).mode & 0o777, 0o700)
  const names = readdirSync(folder.at('state'))
  assert.deepEqual(names.toSorted(), ['deploy.db', 'deploy.db-shm', 'deploy.db-wal'])
  for (const name of names) assert.equal(statSync(folder.at('state', name)).mode & 0o777, 0o600, name)
})

test('migrations run once, and later ones are added to what is there', () => {
  using folder = scratchFolder()
  const file = folder.at('a.db')
  {
    using database = openDatabase(file, [createA])
    database.exec("INSERT INTO a (text) VALUES ('kept')")
  }
  using database = openDatabase(file, [createA, 'ALTER TABLE a ADD COLUMN more TEXT'])
  assert.deepEqual({ ...database.prepare('SELECT * FROM a').get() }, { id: 1, text: 'kept', more: null })
})

test('a migration that fails leaves nothing of itself or of those before it', () => {
  using folder = scratchFolder()
  const file = folder.at('a.db')
  assert.throws(() => openDatabase(file, [createA, 'CREATE TABLE b (x); NONSENSE']), /NONSENSE/)
  using database = openDatabase(file, [createA])
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all()
  assert.deepEqual(
    tables.map((row) => row['name']),
    ['a'],
  )
})

test('a file of a newer program is refused and stays as it was', () => {
  using folder = scratchFolder()
  const file = folder.at('a.db')
  openDatabase(file, [createA, 'CREATE TABLE later (x)'])[Symbol.dispose]()
  const bytes = readFileSync(file)
  assert.throws(() => openDatabase(file, [createA]), { code: 'STATE_NEWER', exitCode: 4, where: [{ file }] })
  assert.throws(() => openDatabase(file, [createA], { readOnly: true }), { code: 'STATE_NEWER' })
  assert.deepEqual(readFileSync(file), bytes)
})

test('four processes that open a new file at once all get the migrated one', async () => {
  using folder = scratchFolder()
  const file = folder.at('state/a.db')
  const program = join(import.meta.dirname, 'open-counter.ts')
  const ends = Array.from({ length: 4 }, async () => {
    const child = spawn(process.execPath, [program, file], { stdio: 'inherit' })
    const [code] = await once(child, 'exit')
    return code
  })
  assert.deepEqual(await Promise.all(ends), [0, 0, 0, 0])
  using database = openDatabase(file, counterMigrations)
  assert.equal(database.prepare('SELECT count(*) AS n FROM seen').get()?.['n'], 4)
  assert.equal(database.prepare('SELECT count(*) AS n FROM filled').get()?.['n'], 20_000)
})

test('a transaction is kept when its action returns and undone when it throws', () => {
  using folder = scratchFolder()
  using database = openDatabase(folder.at('a.db'), [createA])
  const add = (text: string) => database.prepare('INSERT INTO a (text) VALUES (?)').run(text)
  assert.equal(
    database.transaction(() => add('kept').changes),
    1,
  )
  const failing = () =>
    database.transaction(() => {
      add('undone')
      throw new Error('no')
    })
  assert.throws(failing, { message: 'no' })
  assert.deepEqual(
    database
      .prepare('SELECT text FROM a')
      .all()
      .map((row) => row['text']),
    ['kept'],
  )
})

test('a writer waits no longer than its time for another', () => {
  using folder = scratchFolder()
  const file = folder.at('a.db')
  using first = openDatabase(file, [createA])
  using second = openDatabase(file, [createA], { busyTimeoutMs: 50 })
  first.transaction(() => {
    assert.throws(() => second.transaction(() => {}), { errcode: 5 })
  })
  second.transaction(() => {})
})

test('read-only makes nothing, changes nothing, and needs the file', () => {
  using folder = scratchFolder()
  const file = folder.at('a.db')
  assert.throws(() => openDatabase(file, [createA], { readOnly: true }))
  assert.deepEqual(readdirSync(folder.path), [])
  openDatabase(file, [createA])[Symbol.dispose]()
  using database = openDatabase(file, [createA], { readOnly: true })
  assert.throws(() => database.exec("INSERT INTO a (text) VALUES ('x')"), /readonly/)
})

test('a link in place of the file is refused', () => {
  using folder = scratchFolder()
  symlinkSync(folder.write('outside', ''), folder.at('a.db'))
  assert.throws(() => openDatabase(folder.at('a.db'), []), { code: 'ELOOP' })
})
