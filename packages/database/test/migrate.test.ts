import { createHash, randomBytes } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { useDatabase } from '@spikefit/testkit';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type DatabaseUrls, migrate, provision, unprovision } from '../src/index.ts';

const database = useDatabase();
const repository = fileURLToPath(new URL('../../../prisma/migrations', import.meta.url));
let urls: DatabaseUrls;
let name = '';
let directory = '';

async function query<Row extends pg.QueryResultRow>(url: string, statement: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(statement)).rows;
  } finally {
    await client.end();
  }
}

/** The roles of the shared database, with the passwords that they have. */
function currentRoles() {
  const of = (url: string) => decodeURIComponent(new URL(url).password);
  const { ownerUrl, applicationUrl, notifierUrl, roleSuffix } = database();
  const passwords = { owner: of(ownerUrl), application: of(applicationUrl), notifier: of(notifierUrl) };
  return { passwords, roleSuffix };
}

beforeEach(async () => {
  name = `spikefit_migrate_${randomBytes(6).toString('hex')}`;
  urls = await provision(database().adminUrl, { database: name, ...currentRoles() });
  directory = await mkdtemp(path.join(tmpdir(), 'spikefit-migrations-'));
  await cp(repository, directory, { recursive: true });
});
afterEach(async () => {
  await query(database().adminUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  await rm(directory, { recursive: true, force: true });
});

async function addMigration(migration: string, sql: string): Promise<void> {
  await mkdir(path.join(directory, migration));
  await writeFile(path.join(directory, migration, 'migration.sql'), sql);
}

test('gives specs of older jobs the settings that they lack, and changes none that they have', async () => {
  const last = '20261130010000_settings_of_older_jobs';
  for (const migration of await readdir(directory))
    if (migration >= last && migration !== 'migration_lock.toml')
      await rm(path.join(directory, migration), { recursive: true });
  await migrate(urls.ownerUrl, { directory });
  const resolved = {
    specVersion: 1,
    quantization: { technique: 'cat', levels: 4, freezeFraction: 0.5 },
    pruning: { technique: 'fsc', unit: 'synapse' },
  };
  await query(
    urls.ownerUrl,
    `INSERT INTO tenants (id, name, webhook_secret) VALUES ('ten_1', 'one', '\\x00');
       INSERT INTO jobs (id, tenant_id, requested, resolved, model_sha256, architecture, dataset_id, target_id, target_version,
         metadata, priority, seed)
       VALUES ('job_1', 'ten_1', '{}', '${JSON.stringify(resolved)}', '${'0'.repeat(64)}', 'FC10', 'fashion-mnist', 'any', 1,
         '{}', 50, 1)`,
  );
  await migrate(urls.ownerUrl);
  const [job] = await query<{ resolved: unknown }>(urls.ownerUrl, 'SELECT resolved FROM jobs');
  expect(job?.resolved).toMatchObject({
    specVersion: 1,
    composition: 'chained',
    quantization: { technique: 'cat', levels: 4, assignments: 'nearest', freezeFraction: 0.5 },
    pruning: { technique: 'fsc', unit: 'synapse', interactions: false, labels: 'true' },
  });
});

test('applies everything once, and writes Prisma’s books', async () => {
  const names = (await readdir(repository, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const expected = names.map((entry) => entry.name).sort();
  const told: string[] = [];
  expect(await migrate(urls.ownerUrl, { onApplied: (migration) => told.push(migration) })).toEqual({
    applied: expected,
  });
  expect(told).toEqual(expected);
  expect(await migrate(urls.ownerUrl)).toEqual({ applied: [] });
  const books = await query(
    urls.ownerUrl,
    `SELECT migration_name, checksum, applied_steps_count, finished_at IS NOT NULL AS finished, rolled_back_at, logs,
       length(id) AS id FROM _prisma_migrations ORDER BY migration_name`,
  );
  const rows = [];
  for (const migration of expected) {
    const sql = await readFile(path.join(repository, migration, 'migration.sql'));
    rows.push({
      migration_name: migration,
      checksum: createHash('sha256').update(sql).digest('hex'),
      applied_steps_count: 1,
      finished: true,
      rolled_back_at: null,
      logs: null,
      id: 36,
    });
  }
  expect(books).toEqual(rows);
});

test('many at once: one applies, the others wait and find nothing to do', async () => {
  await addMigration('29990101000000_later', 'CREATE TABLE later (id int)');
  const results = await Promise.all(Array.from({ length: 5 }, () => migrate(urls.ownerUrl, { directory })));
  const lengths = results.map((result) => result.applied.length).sort();
  expect(lengths.slice(0, 4)).toEqual([0, 0, 0, 0]);
  expect(lengths[4]).toBeGreaterThanOrEqual(2);
});

test('one that fails leaves nothing behind, and the ones before it stay', async () => {
  await addMigration('29990101000000_good', 'CREATE TABLE good (id int)');
  await addMigration('29990102000000_bad', 'CREATE TABLE half (id int); SELECT no_such_function()');
  const failing = migrate(urls.ownerUrl, { directory });
  await expect(failing).rejects.toMatchObject({
    code: 'internal.error',
    detail: expect.stringContaining('29990102000000_bad'),
  });
  const tables = await query<{ table: string | null }>(
    urls.ownerUrl,
    `SELECT to_regclass('good')::text AS "table" UNION ALL SELECT to_regclass('half')::text`,
  );
  expect(tables.map((row) => row.table)).toEqual(['good', null]);
  await writeFile(path.join(directory, '29990102000000_bad', 'migration.sql'), 'CREATE TABLE half (id int)');
  expect(await migrate(urls.ownerUrl, { directory })).toEqual({ applied: ['29990102000000_bad'] });
});

test('a migration that was changed afterwards, or that only a newer version knows, is refused', async () => {
  await addMigration('29990101000000_one', 'CREATE TABLE one (id int)');
  await migrate(urls.ownerUrl, { directory });
  await expect(migrate(urls.ownerUrl)).rejects.toMatchObject({
    detail: expect.stringContaining('newer version'),
  });
  await writeFile(path.join(directory, '29990101000000_one', 'migration.sql'), 'CREATE TABLE other (id int)');
  await expect(migrate(urls.ownerUrl, { directory })).rejects.toMatchObject({
    detail: expect.stringContaining('was changed'),
  });
});

test('provisioning again, many times at once, changes nothing', async () => {
  await migrate(urls.ownerUrl);
  const again = await Promise.all(
    Array.from({ length: 4 }, () => provision(database().adminUrl, { database: name, ...currentRoles() })),
  );
  expect(again).toEqual([urls, urls, urls, urls]);
  const roles = await query(
    urls.applicationUrl,
    `SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolcanlogin FROM pg_roles
     WHERE rolname LIKE 'spikefit_%${database().roleSuffix}' ORDER BY 1`,
  );
  const plain = {
    rolsuper: false,
    rolbypassrls: false,
    rolcreaterole: false,
    rolcreatedb: false,
    rolcanlogin: true,
  };
  expect(roles).toEqual(
    ['spikefit_application', 'spikefit_notifier', 'spikefit_owner'].map((role) => ({
      rolname: role + database().roleSuffix,
      ...plain,
    })),
  );
});

test('roles that others use keep their passwords, unless a reset is asked for', async () => {
  const { adminUrl } = database();
  const roleSuffix = `_${randomBytes(6).toString('hex')}`;
  const passwords = { owner: 'one', application: 'two', notifier: 'three' };
  const [own, second] = [`spikefit_own${roleSuffix}`, `spikefit_second${roleSuffix}`];
  try {
    const first = await provision(adminUrl, { database: own, passwords, roleSuffix });
    await migrate(first.ownerUrl);
    const others = { ...passwords, application: 'stolen' };
    await expect(
      provision(adminUrl, { database: second, passwords: others, roleSuffix }),
    ).rejects.toMatchObject({
      code: 'config.invalid',
      detail: expect.stringContaining(`spikefit_application${roleSuffix} exists`),
    });
    expect(await query(first.applicationUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(await query(adminUrl, `SELECT FROM pg_database WHERE datname = '${second}'`)).toEqual([]);
    const again = await provision(adminUrl, {
      database: own,
      passwords: others,
      roleSuffix,
      resetPasswords: true,
    });
    expect(await query(again.applicationUrl, 'SELECT count(*)::int AS jobs FROM jobs')).toEqual([
      { jobs: 0 },
    ]);
    await expect(query(first.applicationUrl, 'SELECT 1')).rejects.toThrow(/password/);
  } finally {
    await unprovision(adminUrl, { database: own, roleSuffix });
  }
  const left = await query(
    adminUrl,
    `SELECT rolname AS name FROM pg_roles WHERE rolname LIKE '%${roleSuffix}'
     UNION ALL SELECT datname FROM pg_database WHERE datname LIKE '%${roleSuffix}'`,
  );
  expect(left).toEqual([]);
});

test('a suffix is nothing that could be SQL', async () => {
  const hostile = { database: name, ...currentRoles(), roleSuffix: '"; DROP' };
  await expect(provision(database().adminUrl, hostile)).rejects.toMatchObject({ code: 'config.invalid' });
});
