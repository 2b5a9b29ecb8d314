/** Connections that break, locks that somebody holds on to, databases that are not there. */
import { randomBytes } from 'node:crypto';
import { useDatabase } from '@spikefit/testkit';
import pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openConnection } from '../src/connection.ts';
import { connectApplication, migrate, provision } from '../src/index.ts';
import { claimed, createdJob, newJob, openDatabases, pin } from './fixtures.ts';

const database = useDatabase();
let databases: Awaited<ReturnType<typeof openDatabases>>;

beforeAll(async () => {
  databases = await openDatabases(database());
});
afterAll(() => databases[Symbol.asyncDispose]());

const unavailable = { code: 'service.unavailable' };

async function openClient(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}

test('a connection that is cut in the middle of a transaction fails that transaction, whole, and no more', async () => {
  const { newTenant } = databases;
  const tenantId = await newTenant();
  const application = connectApplication({ url: database().applicationUrl, applicationName: 'cut' });
  const { id: jobId } = await createdJob(application, newJob(tenantId));
  const holder = await openClient(database().ownerUrl);
  await holder.query('BEGIN');
  await holder.query('SELECT FROM jobs WHERE id = $1 FOR UPDATE', [jobId]);
  const claim = application.attempts.claim({ tenantId, jobId, owner: 'w', leaseSeconds: 30, pin });
  const failing = expect(claim).rejects.toMatchObject(unavailable);
  const admin = await openClient(database().adminUrl);
  await vi.waitFor(
    async () => {
      const cut = await admin.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE application_name = 'cut' AND wait_event_type = 'Lock' AND datname = current_database()`,
      );
      expect(cut.rowCount).toBe(1);
    },
    { timeout: 10_000, interval: 20 },
  );
  await failing;
  await holder.query('ROLLBACK');
  await Promise.all([holder.end(), admin.end()]);
  expect(await application.jobs.get({ tenantId, jobId })).toMatchObject({ status: 'queued', attempt: 0 });
  await claimed(application, { tenantId, jobId });
  await application.close();
});

test('a job whose row somebody holds on to holds up neither the reconciler nor other jobs', async () => {
  const { application, notifier, newTenant } = databases;
  const tenantId = await newTenant();
  const ids: string[] = [];
  for (let index = 0; index < 2; index += 1) {
    const { id: jobId } = await createdJob(application, newJob(tenantId));
    await claimed(application, { tenantId, jobId });
    ids.push(jobId);
  }
  const [stuck = '', free = ''] = ids;
  const holder = await openClient(database().ownerUrl);
  await holder.query(`UPDATE jobs SET lease_until = now() - interval '1 second' WHERE id = ANY ($1)`, [ids]);
  await holder.query('BEGIN');
  await holder.query('SELECT FROM jobs WHERE id = $1 FOR UPDATE', [stuck]);
  expect(await notifier.reconciler.expireLeases(10)).toEqual([{ jobId: free, status: 'queued' }]);
  await holder.query('ROLLBACK');
  await holder.end();
  expect(await notifier.reconciler.expireLeases(10)).toEqual([{ jobId: stuck, status: 'queued' }]);
});

test('Postgres ends a transaction that its process has left idle, well before a lease of 30 s runs out', async () => {
  const connection = openConnection({ url: database().applicationUrl });
  const settings = await connection.transaction(
    (tx) => tx.$queryRaw<{ name: string; setting: string }[]>`
      SELECT name, setting FROM pg_settings
      WHERE name IN ('TimeZone', 'idle_in_transaction_session_timeout', 'statement_timeout') ORDER BY name`,
  );
  expect(settings).toEqual([
    { name: 'TimeZone', setting: 'UTC' },
    { name: 'idle_in_transaction_session_timeout', setting: '15000' },
    { name: 'statement_timeout', setting: '30000' },
  ]);
  await connection.close();
});

test('a database without its tables is not ready, and is once they are there', async () => {
  const name = `spikefit_empty_${randomBytes(6).toString('hex')}`;
  const passwordOf = (url: string) => decodeURIComponent(new URL(url).password);
  const { adminUrl, ownerUrl, applicationUrl, notifierUrl, roleSuffix } = database();
  const passwords = {
    owner: passwordOf(ownerUrl),
    application: passwordOf(applicationUrl),
    notifier: passwordOf(notifierUrl),
  };
  const urls = await provision(adminUrl, { database: name, passwords, roleSuffix });
  const application = connectApplication({ url: urls.applicationUrl });
  await expect(application.ping()).rejects.toMatchObject(unavailable);
  await migrate(urls.ownerUrl);
  await application.ping();
  await application.close();
  const admin = await openClient(adminUrl);
  await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
  await admin.end();
});
