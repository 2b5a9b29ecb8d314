import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, inject } from 'vitest';
import { askBroker, type SharedDatabaseServer } from './broker.ts';
import { onDatabase, withClient } from './template-database.ts';
import { tracked } from './tracked.ts';

export interface ThrowAwayDatabase extends AsyncDisposable {
  readonly name: string;
  /** Of the owner: may do everything. */
  readonly ownerUrl: string;
}

/** A migrated, empty database of one's own on the shared server; dropped when disposed, with its connections. */
export async function throwAwayDatabase(): Promise<ThrowAwayDatabase> {
  const { url, template } = await askBroker<SharedDatabaseServer>(inject('spikefitBroker'), '/postgres');
  const name = `spikefit_test_${randomBytes(6).toString('hex')}`;
  await withClient(url, (client) => client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`));
  return tracked(`database ${name}`, {
    name,
    ownerUrl: onDatabase(url, name),
    [Symbol.asyncDispose]: async () => {
      await withClient(url, (client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
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
