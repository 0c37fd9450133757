// A program for sqlite.test.ts: opens the database argv[2] with slow migrations and adds one row.

import { openDatabase } from '../../src/core/index.ts'
import { counterMigrations } from './counter-migrations.ts'

using database = openDatabase(process.argv[2] ?? '', counterMigrations)
database.transaction(() => database.exec('INSERT INTO seen DEFAULT VALUES'))
