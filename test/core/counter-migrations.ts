// Migrations that cannot run twice, and of which the second takes a while.

export const counterMigrations = [
  'CREATE TABLE seen (id INTEGER PRIMARY KEY) STRICT',
  `CREATE TABLE filled (n INTEGER NOT NULL) STRICT;
   INSERT INTO filled WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 20000) SELECT n FROM c`,
]
