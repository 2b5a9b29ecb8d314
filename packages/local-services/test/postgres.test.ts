import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startPostgres } from '@spikefit/local-services';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'spikefit-persistent-'));
  // As strict as a home folder: the server must manage also when it runs as a user who may not pass here.
  await chmod(folder, 0o700);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows.map((row) => Object.values(row)[0]);
  } finally {
    await client.end();
  }
}

describe('startPostgres', () => {
  test('throw-away: version 18, loopback only, quick rather than safe', async () => {
    await using server = await startPostgres();
    expect(new URL(server.url).hostname).toBe('127.0.0.1');
    expect((await query(server.url, 'SHOW server_version'))[0]).toMatch(/^18\./);
    expect(await query(server.url, 'SHOW listen_addresses')).toEqual(['127.0.0.1']);
    expect(await query(server.url, 'SHOW fsync')).toEqual(['off']);
    expect(await query(server.url, 'SHOW server_encoding')).toEqual(['UTF8']);
  });

  test('the password is needed', async () => {
    await using server = await startPostgres();
    const stranger = new URL(server.url);
    stranger.password = 'guess';
    await expect(query(stranger.href, 'SELECT 1')).rejects.toThrow(/password authentication failed/);
  });

  test('kept: data and password survive a restart, and a kill', async () => {
    const dataDir = path.join(folder, 'postgres');
    const first = await startPostgres({ dataDir });
    await query(first.url, 'CREATE TABLE kept AS SELECT 7 AS value');
    expect(await query(first.url, 'SHOW fsync')).toEqual(['on']);
    await first.stop();
    const second = await startPostgres({ dataDir });
    expect(new URL(second.url).password).toBe(new URL(first.url).password);
    expect(await query(second.url, 'SELECT value FROM kept')).toEqual([7]);
    await query(second.url, 'UPDATE kept SET value = 8');
    second.process?.signal('SIGKILL');
    await second.process?.exited;
    await second.stop();
    await using third = await startPostgres({ dataDir });
    expect(await query(third.url, 'SELECT value FROM kept')).toEqual([8]);
  });

  test('a given server is taken as it is', async () => {
    await using own = await startPostgres();
    const given = await startPostgres({ url: own.url });
    expect(given.process).toBeUndefined();
    await given.stop();
    expect(await query(own.url, 'SELECT 1')).toEqual([1]);
  });

  test('a folder that holds something else is refused with a reason', async () => {
    const dataDir = path.join(folder, 'postgres');
    const { mkdir, writeFile } = await import('node:fs/promises');
    await mkdir(path.join(dataDir, 'cluster'), { recursive: true });
    await writeFile(path.join(dataDir, 'cluster', 'holiday.jpg'), '');
    await expect(startPostgres({ dataDir })).rejects.toMatchObject({
      code: 'service.unavailable',
      detail: expect.stringMatching(/initdb failed .*exists but is not empty/s),
    });
  });
});
