/**
 * Applies prisma/migrations in the order of their names and keeps Prisma's own books: the table `_prisma_migrations`,
 * its checksums and its advisory lock, so that a later `prisma migrate deploy` agrees.
 */
import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { CodedError } from '@spikefit/contracts';
import type pg from 'pg';
import { withClient } from './pg-client.ts';
import { suffixOfOwner, withRoles } from './roles.ts';
import type { MigrateOptions } from './surface/connections.ts';

const migrationsDirectory = fileURLToPath(new URL('../../../prisma/migrations', import.meta.url));

/** The one that Prisma's migrate takes. */
const advisoryLock = 72_707_369;

const createBooks = `
  CREATE TABLE IF NOT EXISTS _prisma_migrations (
    id varchar(36) PRIMARY KEY NOT NULL,
    checksum varchar(64) NOT NULL,
    finished_at timestamptz,
    migration_name varchar(255) NOT NULL,
    logs text,
    rolled_back_at timestamptz,
    started_at timestamptz NOT NULL DEFAULT now(),
    applied_steps_count integer NOT NULL DEFAULT 0
  )`;

interface Migration {
  name: string;
  sql: string;
  /** sha256 of the file, hex. */
  checksum: string;
}

/**
 * Each migration is one transaction together with its entry in the books. Concurrent calls wait for each other. The
 * roles that the SQL names get the suffix that the owner's role has; the checksums are those of the files.
 * @throws CodedError `internal.error` when an applied migration was changed or is unknown here, or one fails;
 *   `service.unavailable`
 */
export async function migrate(
  ownerUrl: string,
  options: MigrateOptions = {},
): Promise<{ applied: string[] }> {
  const migrations = await readMigrations(options.directory ?? migrationsDirectory);
  return withClient(ownerUrl, async (client) => {
    await client.query('SELECT pg_advisory_lock($1)', [advisoryLock]);
    try {
      await client.query(createBooks);
      const missing = await missingMigrations(client, migrations);
      const { rows } = await client.query<{ owner: string }>('SELECT current_user AS owner');
      const roleSuffix = suffixOfOwner(rows[0]?.owner ?? '');
      for (const migration of missing) {
        await apply(client, { ...migration, sql: withRoles(migration.sql, roleSuffix) });
        options.onApplied?.(migration.name);
      }
      return { applied: missing.map((migration) => migration.name) };
    } finally {
      await client.query('SELECT pg_advisory_unlock($1)', [advisoryLock]);
    }
  });
}

async function readMigrations(directory: string): Promise<Migration[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  return Promise.all(
    names.map(async (name) => {
      const bytes = await readFile(path.join(directory, name, 'migration.sql'));
      return {
        name,
        sql: bytes.toString('utf8'),
        checksum: createHash('sha256').update(bytes).digest('hex'),
      };
    }),
  );
}

async function missingMigrations(client: pg.Client, migrations: readonly Migration[]): Promise<Migration[]> {
  const { rows } = await client.query<{ name: string; checksum: string; finished: boolean }>(
    `SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS finished
     FROM _prisma_migrations WHERE rolled_back_at IS NULL`,
  );
  const here = new Map(migrations.map((migration) => [migration.name, migration]));
  for (const row of rows) {
    const migration = here.get(row.name);
    if (migration === undefined) {
      throw new CodedError(
        'internal.error',
        `the database has the migration ${row.name}, which this version does not know: run the newer version`,
      );
    }
    if (migration.checksum !== row.checksum) {
      throw new CodedError(
        'internal.error',
        `the migration ${row.name} was changed after it had been applied: restore the file and add a new migration`,
      );
    }
    if (!row.finished) {
      throw new CodedError(
        'internal.error',
        `the migration ${row.name} was begun by Prisma and not finished: see \`prisma migrate resolve\``,
      );
    }
  }
  const applied = new Set(rows.map((row) => row.name));
  return migrations.filter((migration) => !applied.has(migration.name));
}

async function apply(client: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query(sql);
    await client.query(
      `INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, applied_steps_count)
       VALUES ($1, $2, now(), $3, 1)`,
      [randomUUID(), checksum, name],
    );
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {});
    const detail = error instanceof Error ? error.message : String(error);
    throw new CodedError('internal.error', `the migration ${name} failed: ${detail}`, { cause: error });
  }
}
