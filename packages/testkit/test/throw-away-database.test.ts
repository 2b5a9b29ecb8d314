import { throwAwayDatabase, useDatabase } from '@spikefit/testkit';
import pg from 'pg';
import { describe, expect, test } from 'vitest';

async function firstRow(url: string, sql: string): Promise<Record<string, unknown>> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows[0] ?? {};
  } finally {
    await client.end();
  }
}

describe('throwAwayDatabase', () => {
  const shared = useDatabase();

  test('is migrated, and each role connects as itself', async () => {
    const { ownerUrl, applicationUrl, notifierUrl, roleSuffix } = shared();
    expect(await firstRow(ownerUrl, 'SELECT count(*)::int > 0 AS some FROM _prisma_migrations')).toEqual({
      some: true,
    });
    const users = await Promise.all(
      [ownerUrl, applicationUrl, notifierUrl].map(
        async (url) => (await firstRow(url, 'SELECT current_user AS me')).me,
      ),
    );
    expect(users).toEqual(
      ['spikefit_owner', 'spikefit_application', 'spikefit_notifier'].map((role) => role + roleSuffix),
    );
  });

  test('the owner owns it, and the application may not define anything', async () => {
    const { ownerUrl, applicationUrl } = shared();
    await firstRow(ownerUrl, 'CREATE TABLE mine (a int)');
    await firstRow(ownerUrl, 'DROP TABLE mine');
    await expect(firstRow(applicationUrl, 'CREATE TABLE theirs (a int)')).rejects.toThrow(
      /permission denied/,
    );
  });

  test('two are apart, and a disposed one is gone, although somebody is connected', async () => {
    await using first = await throwAwayDatabase();
    const second = await throwAwayDatabase();
    await firstRow(first.ownerUrl, 'CREATE TABLE only_here (a int)');
    await expect(firstRow(second.ownerUrl, 'SELECT * FROM only_here')).rejects.toThrow(/does not exist/);
    const lingering = new pg.Client({ connectionString: second.ownerUrl });
    lingering.on('error', () => {});
    await lingering.connect();
    await second[Symbol.asyncDispose]();
    await expect(firstRow(second.adminUrl, 'SELECT 1')).rejects.toThrow(/does not exist/);
    await lingering.end().catch(() => {});
  });
});
