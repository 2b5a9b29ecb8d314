import { hold, useDatabase } from '@spikefit/testkit';
import pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { EventNotice } from '../src/index.ts';
import { connectApplication } from '../src/index.ts';
import { claimed, createdJob, newJob, openDatabases } from './fixtures.ts';

const database = useDatabase();
let databases: Awaited<ReturnType<typeof openDatabases>>;

beforeAll(async () => {
  databases = await openDatabases(database());
});
afterAll(() => databases[Symbol.asyncDispose]());

const soon = { timeout: 10_000, interval: 20 };

/** Ends the listening connections from the server's side, as an administrator or a fail-over would. */
async function breakListeners(): Promise<number> {
  const client = new pg.Client({ connectionString: database().adminUrl });
  await client.connect();
  const { rowCount } = await client.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE application_name = 'spikefit listen' AND datname = current_database()`,
  );
  await client.end();
  return rowCount ?? 0;
}

test('events are heard when they are committed, in order, and again after the connection broke', async () => {
  const { application, newTenant } = databases;
  const release = hold('listener');
  const notices: EventNotice[] = [];
  const errors: unknown[] = [];
  let reconnects = 0;
  const listener = await application.listenEvents((notice) => notices.push(notice), {
    onError: (error) => errors.push(error),
    onReconnect: () => {
      reconnects += 1;
    },
  });
  const tenantId = await newTenant();
  const { id: jobId } = await createdJob(application, newJob(tenantId));
  await claimed(application, { tenantId, jobId });
  await vi.waitFor(
    () =>
      expect(notices).toEqual([
        { jobId, seq: 1 },
        { jobId, seq: 2 },
      ]),
    soon,
  );

  expect(await breakListeners()).toBe(1);
  await vi.waitFor(() => expect(reconnects).toBe(1), soon);
  expect(errors[0]).toMatchObject({ code: 'service.unavailable' });
  await application.jobs.requestCancel({ tenantId, jobId });
  await vi.waitFor(() => expect(notices.at(-1)).toEqual({ jobId, seq: 3 }), soon);

  await listener[Symbol.asyncDispose]();
  await listener[Symbol.asyncDispose]();
  expect(await breakListeners()).toBe(0);
  release();
});

test('the notifier hears of the outbox and of deliveries', async () => {
  const { application, notifier, newTenant } = databases;
  const heard: string[] = [];
  await using _listener = await notifier.listen({
    onOutbox: () => heard.push('outbox'),
    onDelivery: () => heard.push('delivery'),
  });
  const tenantId = await newTenant();
  const webhook = { url: 'https://example.org', encryptedSecret: null, events: ['job.created'] } as const;
  await createdJob(application, newJob(tenantId, { webhook }));
  await vi.waitFor(() => expect([...heard].sort()).toEqual(['delivery', 'outbox']), soon);
});

test('a database that is away is unavailable', async () => {
  const url = new URL(database().applicationUrl);
  url.port = '1';
  const application = connectApplication({ url: url.href });
  const unavailable = { code: 'service.unavailable' };
  await expect(application.ping()).rejects.toMatchObject(unavailable);
  await expect(application.jobs.get({ tenantId: 'ten_x', jobId: 'job_x' })).rejects.toMatchObject(
    unavailable,
  );
  await expect(application.listenEvents(() => {})).rejects.toMatchObject(unavailable);
  await application.close();
});

test('a connection that is cut in the middle of its life is replaced', async () => {
  const application = connectApplication({ url: database().applicationUrl, applicationName: 'to be cut' });
  await application.ping();
  const client = new pg.Client({ connectionString: database().adminUrl });
  await client.connect();
  const cut = await client.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'to be cut'`,
  );
  await client.end();
  expect(cut.rowCount).toBeGreaterThan(0);
  await vi.waitFor(() => application.ping(), soon);
  await application.close();
});
