import { randomBytes } from 'node:crypto';
import type { DatabaseUrls } from '@spikefit/database';
import { afterAll, beforeAll, inject } from 'vitest';
import { askBroker, type SharedDatabaseServer } from './broker.ts';
import { withClient } from './template-database.ts';
import { tracked } from './tracked.ts';

export interface ThrowAwayDatabase extends AsyncDisposable, DatabaseUrls {
  readonly name: string;
  /** Of its three roles. */
  readonly roleSuffix: string;
  /** Of a superuser. */
  readonly adminUrl: string;
}

/** A migrated, empty database of one's own on the shared server; dropped when disposed, with its connections. */
export async function throwAwayDatabase(): Promise<ThrowAwayDatabase> {
  const { provision } = await import('@spikefit/database');
  const server = await askBroker<SharedDatabaseServer>(inject('spikefitBroker'), '/postgres');
  const { adminUrl, template } = server;
  const { passwords, roleSuffix } = template;
  const name = `spikefit_test_${randomBytes(6).toString('hex')}`;
  await withClient(adminUrl, (client) =>
    client.query(`CREATE DATABASE ${name} TEMPLATE ${template.name} OWNER spikefit_owner${roleSuffix}`),
  );
  // Grants on the database itself are not cloned.
  const urls = await provision(adminUrl, { database: name, passwords, roleSuffix });
  const adminOfDatabase = new URL(adminUrl);
  adminOfDatabase.pathname = `/${name}`;
  return tracked(`database ${name}`, {
    name,
    roleSuffix,
    adminUrl: adminOfDatabase.href,
    ...urls,
    [Symbol.asyncDispose]: async () => {
      await withClient(adminUrl, (client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
    },
  });
}

/** One throw-away database for all tests of a file or a `describe`; the answer may be called in tests and hooks. */
export function useDatabase(): () => ThrowAwayDatabase {
  let database: ThrowAwayDatabase | undefined;
  beforeAll(async () => {
    database = await throwAwayDatabase();
  });
  afterAll(async () => {
    await database?.[Symbol.asyncDispose]();
  });
  return () => {
    if (database === undefined) throw new Error('the database exists only in tests and hooks');
    return database;
  };
}
