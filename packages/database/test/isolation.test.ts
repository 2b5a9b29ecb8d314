/** Row-level security as the second wall: what the role itself can see and do, without our repositories. */
import { useDatabase } from '@spikefit/testkit';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hashApiKey } from '../src/index.ts';
import {
  claimed,
  createdJob,
  createdSweep,
  newCheckpoint,
  newJob,
  openDatabases,
  report,
} from './fixtures.ts';

const database = useDatabase();
let databases: Awaited<ReturnType<typeof openDatabases>>;
let mine = '';
let theirs = '';
let jobId = '';
let checkpointId = '';
let sweepId = '';
let keyId = '';
let secret = '';

const tenantTables = [
  'api_keys',
  'jobs',
  'job_transitions',
  'job_events',
  'checkpoints',
  'codebooks',
  'masks',
  'artifacts',
  'reports',
  'idempotency_keys',
  'webhook_endpoints',
  'webhook_deliveries',
  'webhook_attempts',
  'sweeps',
  'pretrained_states',
] as const;

beforeAll(async () => {
  databases = await openDatabases(database());
  const { application, notifier, newTenant } = databases;
  mine = await newTenant();
  theirs = await newTenant();
  const key = await application.apiKeys.create({
    tenantId: mine,
    name: 'k',
    scopes: ['jobs:read'],
    expiresAt: null,
  });
  keyId = key.apiKey.id;
  secret = key.secret;
  const job = newJob(mine, {
    webhook: { url: 'https://example.org', encryptedSecret: Buffer.from('s'), events: ['job.created'] },
    idempotency: {
      route: 'POST /v1/jobs',
      key: 'once',
      bodyHash: 'f'.repeat(64),
      answer: () => ({ statusCode: 201, body: {} }),
    },
  });
  jobId = (await createdJob(application, job)).id;
  const { lease } = await claimed(application, {
    tenantId: mine,
    jobId,
    pretrainingHash: () => 'c'.repeat(64),
  });
  checkpointId = (await application.attempts.saveCheckpoint(lease, newCheckpoint())).id;
  const artifact = {
    name: 'n',
    format: 'f',
    mediaType: 'm',
    objectKey: 'k',
    sha256: 'a'.repeat(64),
    bytes: 1,
  };
  await application.attempts.succeed(lease, { report, artifacts: [artifact] });
  sweepId = (await createdSweep(application, mine)).id;
  const [due] = await notifier.deliveries.takeDue({ limit: 1, leaseSeconds: 30 });
  await notifier.deliveries.recordAttempt({
    deliveryId: due?.deliveryId ?? '',
    attempt: 1,
    statusCode: 200,
    error: null,
    durationMs: 5,
    outcome: { kind: 'delivered' },
  });
});
afterAll(() => databases[Symbol.asyncDispose]());

async function as<T>(
  url: string,
  tenantId: string | null,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    if (tenantId !== null)
      await client.query(`SELECT set_config('spikefit.tenant_id', $1, false)`, [tenantId]);
    return await work(client);
  } finally {
    await client.end();
  }
}

const countAll = async (client: pg.Client): Promise<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const table of tenantTables) {
    const { rows } = await client.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${table}`);
    counts[table] = rows[0]?.n ?? -1;
  }
  return counts;
};

test('the application role sees its tenant’s rows in every table, and nobody else’s', async () => {
  const { applicationUrl } = database();
  const own = await as(applicationUrl, mine, countAll);
  for (const table of tenantTables) expect(own[table], table).toBeGreaterThan(0);
  for (const tenant of [null, '', theirs, `${mine}x`]) {
    const foreign = await as(applicationUrl, tenant, countAll);
    expect(Object.values(foreign), String(tenant)).toEqual(tenantTables.map(() => 0));
  }
});

test('the application role cannot write into another tenant', async () => {
  const { applicationUrl } = database();
  await as(applicationUrl, theirs, async (client) => {
    expect((await client.query('UPDATE jobs SET priority = 100 WHERE id = $1', [jobId])).rowCount).toBe(0);
    await expect(
      client.query(`INSERT INTO outbox (tenant_id, job_id, enqueue_seq, priority) VALUES ($1, $2, 9, 0)`, [
        mine,
        jobId,
      ]),
    ).rejects.toThrow('row-level security');
    await expect(
      client.query(`INSERT INTO reports (job_id, tenant_id, body) VALUES ($1, $2, '{}')`, [jobId, mine]),
    ).rejects.toThrow('row-level security');
  });
});

test('the application role has no way around', async () => {
  const { applicationUrl } = database();
  await as(applicationUrl, mine, async (client) => {
    const { rows } = await client.query<{ super: boolean; bypass: boolean; owns: number }>(
      `SELECT rolsuper AS super, rolbypassrls AS bypass,
         (SELECT count(*)::int FROM pg_class WHERE relowner = pg_roles.oid) AS owns
       FROM pg_roles WHERE rolname = current_user`,
    );
    expect(rows).toEqual([{ super: false, bypass: false, owns: 0 }]);
    for (const statement of [
      'SELECT * FROM tenants',
      'SELECT secret FROM webhook_endpoints',
      'SELECT * FROM outbox',
      'SELECT * FROM _prisma_migrations',
      'DELETE FROM jobs',
      'DELETE FROM job_events',
      'UPDATE job_events SET data = data',
      'UPDATE checkpoints SET sha256 = sha256',
      `UPDATE api_keys SET scopes = '{keys:admin}'`,
      'ALTER TABLE jobs DISABLE ROW LEVEL SECURITY',
      'CREATE TABLE mine (id int)',
      `SET ROLE spikefit_owner${database().roleSuffix}`,
      `SET ROLE spikefit_notifier${database().roleSuffix}`,
    ]) {
      await expect(client.query(statement), statement).rejects.toThrow(/permission denied|must be owner/);
    }
  });
});

test('every table with a tenant has the wall', async () => {
  const { rows } = await as(database().ownerUrl, null, (client) =>
    client.query<{ table: string; guarded: boolean }>(
      `SELECT c.relname AS "table", c.relrowsecurity AND EXISTS (
           SELECT FROM pg_policies p WHERE p.tablename = c.relname AND 'spikefit_application${database().roleSuffix}' = ANY (p.roles)
         ) AS guarded
       FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
       WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace ORDER BY 1`,
    ),
  );
  expect(rows.map((row) => row.table)).toEqual([...tenantTables, 'outbox'].sort());
  expect(rows.filter((row) => !row.guarded)).toEqual([]);
});

test('the notifier sees all tenants, but neither keys nor reports nor codebooks', async () => {
  await as(database().notifierUrl, null, async (client) => {
    expect((await client.query('SELECT FROM jobs WHERE id = $1', [jobId])).rowCount).toBe(1);
    for (const statement of [
      'SELECT * FROM api_keys',
      'SELECT * FROM reports',
      'SELECT body FROM reports',
      'SELECT * FROM codebooks',
      'SELECT * FROM masks',
      'SELECT name FROM tenants',
      'SELECT pin FROM checkpoints',
      `UPDATE checkpoints SET sha256 = ''`,
      'SELECT spikefit_authenticate(repeat($$0$$, 64))',
      'DELETE FROM jobs',
      'CREATE TABLE mine (id int)',
    ]) {
      await expect(client.query(statement), statement).rejects.toThrow('permission denied');
    }
  });
});

test('other tenants’ ids answer as if there were nothing', async () => {
  const { application } = databases;
  const foreign = { tenantId: theirs, jobId };
  expect(await application.jobs.get(foreign)).toBeNull();
  expect(await application.jobs.requestCancel(foreign)).toBeNull();
  expect(await application.events.page({ ...foreign, afterSeq: 0, limit: 10 })).toBeNull();
  expect(await application.checkpoints.list({ ...foreign, limit: 10 })).toBeNull();
  expect(await application.checkpoints.get({ ...foreign, checkpointId })).toBeNull();
  expect(await application.artifacts.list(foreign)).toBeNull();
  expect(await application.reports.get(foreign)).toBeNull();
  const sweep = { tenantId: theirs, sweepId };
  expect(await application.sweeps.get(sweep)).toBeNull();
  expect(await application.sweeps.results(sweep)).toBeNull();
  expect(await application.sweeps.requestCancel(sweep)).toBeNull();
  expect(await application.sweeps.resume(sweep)).toBeNull();
  expect((await application.sweeps.list({ tenantId: theirs, limit: 10 })).data).toEqual([]);
  expect(await application.webhookDeliveries.list({ ...foreign, limit: 10 })).toBeNull();
  expect(await application.apiKeys.revoke({ tenantId: theirs, keyId })).toBeNull();
  expect((await application.jobs.list({ tenantId: theirs, limit: 10 })).data).toEqual([]);
  const request = { ...foreign, owner: 'w', leaseSeconds: 30, pin: newCheckpoint().pin };
  expect(await application.attempts.claim(request)).toMatchObject({ kind: 'declined', reason: 'not-found' });
});

test('the queue position counts foreign jobs and is told for own ones alone', async () => {
  const { application } = databases;
  const first = await createdJob(application, newJob(mine, { priority: 1 }));
  const second = await createdJob(application, newJob(theirs, { priority: 1 }));
  const ahead = await createdJob(application, newJob(mine, { priority: 2 }));
  const position = async (tenantId: string, id: string) =>
    (await application.jobs.get({ tenantId, jobId: id }))?.queue?.position;
  expect([ahead.queue?.position, await position(mine, first.id), await position(theirs, second.id)]).toEqual([
    1, 2, 3,
  ]);
  const leaked = await as(database().applicationUrl, theirs, (client) =>
    client.query('SELECT spikefit_queue_position($1) AS mine, spikefit_queue_position($2) AS theirs', [
      first.id,
      second.id,
    ]),
  );
  expect(leaked.rows).toEqual([{ mine: null, theirs: 3 }]);
});

test('keys: found by hash, expired by Postgres’s clock, gone when revoked', async () => {
  const { application, owner } = databases;
  const found = await application.authentication.authenticate(hashApiKey(secret));
  expect(found).toEqual({ tenantId: mine, keyId, scopes: ['jobs:read'], expiresAt: null, expired: false });
  expect(await application.authentication.authenticate(hashApiKey(`${secret}x`))).toBeNull();
  expect(await application.authentication.authenticate(`' OR true --`)).toBeNull();

  const past = '2001-02-03T04:05:06.789Z';
  const old = await owner.createApiKey({
    tenantId: mine,
    name: 'old',
    scopes: ['keys:admin'],
    expiresAt: past,
  });
  expect(await application.authentication.authenticate(hashApiKey(old.secret))).toMatchObject({
    expired: true,
    expiresAt: past,
  });
  expect(old.secret.startsWith(old.apiKey.prefix)).toBe(true);
  expect(old.secret.length).toBeGreaterThan(old.apiKey.prefix.length + 30);

  await application.authentication.touch({ tenantId: mine, keyId });
  await application.authentication.touch({ tenantId: theirs, keyId });
  const list = await application.apiKeys.list({ tenantId: mine, limit: 10 });
  expect(list.data.map((key) => key.name)).toEqual(['old', 'k']);
  expect(list.data[1]?.lastUsedAt).not.toBeNull();
  expect(JSON.stringify(list)).not.toContain(hashApiKey(secret));

  const revoked = await application.apiKeys.revoke({ tenantId: mine, keyId });
  expect(revoked?.revokedAt).not.toBeNull();
  expect(await application.apiKeys.revoke({ tenantId: mine, keyId })).toEqual(revoked);
  expect(await application.authentication.authenticate(hashApiKey(secret))).toBeNull();
});
