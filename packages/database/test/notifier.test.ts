import { useDatabase } from '@spikefit/testkit';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type DeliveryAttempt, type DueDelivery, newId } from '../src/index.ts';
import {
  allEvents,
  claimed,
  createdJob,
  createdSweep,
  newCheckpoint,
  newJob,
  openDatabases,
  pin,
  report,
} from './fixtures.ts';

const database = useDatabase();
let databases: Awaited<ReturnType<typeof openDatabases>>;

beforeAll(async () => {
  databases = await openDatabases(database());
});
afterAll(() => databases[Symbol.asyncDispose]());
// Each test begins without jobs.
beforeEach(() => sql('DELETE FROM jobs'));

async function sql(statement: string, values: unknown[] = []): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: database().ownerUrl });
  await client.connect();
  try {
    return await client.query(statement, values);
  } finally {
    await client.end();
  }
}

const expireLease = (jobId: string) =>
  sql(`UPDATE jobs SET lease_until = now() - interval '1 millisecond' WHERE id = $1`, [jobId]);

test('the outbox: nothing lost when publishing fails, nothing twice between relays', async () => {
  const { application, notifier, newTenant } = databases;
  const tenantId = await newTenant();
  const ids: string[] = [];
  for (let index = 0; index < 6; index += 1)
    ids.push((await createdJob(application, newJob(tenantId, { priority: index }))).id);

  const failed = notifier.outbox.take(10, async () => {
    throw new Error('Redis is away');
  });
  await expect(failed).rejects.toThrow('Redis is away');

  const published: string[] = [];
  let firstHolds = (): void => {};
  const holding = new Promise<void>((resolve) => {
    firstHolds = resolve;
  });
  let letGo = (): void => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const first = notifier.outbox.take(2, async (entries) => {
    firstHolds();
    await held;
    published.push(...entries.map((entry) => entry.jobId));
  });
  await holding;
  const second = await notifier.outbox.take(10, async (entries) => {
    expect(entries.map((entry) => entry.priority)).toEqual([2, 3, 4, 5]);
    published.push(...entries.map((entry) => entry.jobId));
  });
  letGo();
  expect([await first, second]).toEqual([2, 4]);
  expect([...published].sort()).toEqual([...ids].sort());
  expect(await notifier.outbox.take(10, async () => {})).toBe(0);
});

test('leases that ran out: running goes back to the queue, canceling ends, living ones stay', async () => {
  const { application, notifier, newTenant } = databases;
  const tenantId = await newTenant();
  const claim = async () => {
    const { id: jobId } = await createdJob(application, newJob(tenantId));
    const { lease } = await claimed(application, { tenantId, jobId });
    return { jobId, lease };
  };
  const [dead, canceling, alive] = [await claim(), await claim(), await claim()];
  await application.jobs.requestCancel({ tenantId, jobId: canceling.jobId });
  await notifier.outbox.take(10, async () => {});
  await expireLease(dead.jobId);
  await expireLease(canceling.jobId);

  const results = await Promise.all([
    notifier.reconciler.expireLeases(10),
    notifier.reconciler.expireLeases(10),
  ]);
  const changed = results.flat().sort((one, other) => one.status.localeCompare(other.status));
  expect(changed).toEqual([
    { jobId: canceling.jobId, status: 'canceled' },
    { jobId: dead.jobId, status: 'queued' },
  ]);
  expect(await application.attempts.heartbeat(alive.lease)).toBe('continue');
  expect(await application.attempts.heartbeat(dead.lease)).toBe('lost');
  expect(await application.jobs.get({ tenantId, jobId: dead.jobId })).toMatchObject({
    status: 'queued',
    interruptions: 1,
    attempt: 1,
  });
  const events = await allEvents(application, tenantId, dead.jobId);
  expect(events.at(-1)).toMatchObject({
    type: 'job.interrupted',
    data: { code: 'job.lease-lost', interruptions: 1 },
  });
  await notifier.outbox.take(10, async (entries) => {
    expect(entries).toEqual([{ jobId: dead.jobId, tenantId, enqueueSeq: 2, priority: 0 }]);
  });
});

test('a cancel that the worker does not hear is forced', async () => {
  const { application, notifier, newTenant } = databases;
  const tenantId = await newTenant();
  const { id: jobId } = await createdJob(application, newJob(tenantId));
  const { lease } = await claimed(application, { tenantId, jobId });
  await application.jobs.requestCancel({ tenantId, jobId });
  expect(await notifier.reconciler.forceCancels({ graceSeconds: 60, limit: 10 })).toEqual([]);
  await sql(`UPDATE jobs SET cancel_requested_at = now() - interval '61 seconds' WHERE id = $1`, [jobId]);
  expect(await notifier.reconciler.forceCancels({ graceSeconds: 60, limit: 10 })).toEqual([
    { jobId, status: 'canceled' },
  ]);
  await expect(application.attempts.finishCancel(lease)).rejects.toMatchObject({ code: 'job.lease-lost' });
  const types = (await allEvents(application, tenantId, jobId)).map((event) => event.type);
  expect(types.filter((type) => type === 'job.canceled')).toHaveLength(1);
});

test('a forced cancel of the last job of a sweep completes it', async () => {
  const { application, notifier, newTenant } = databases;
  const tenantId = await newTenant();
  const { id: sweepId } = await createdSweep(application, tenantId);
  const jobId = (await application.sweeps.get({ tenantId, sweepId }))?.cells[0]?.jobId ?? '';
  await claimed(application, { tenantId, jobId });
  await application.sweeps.requestCancel({ tenantId, sweepId });
  await sql(`UPDATE jobs SET cancel_requested_at = now() - interval '61 seconds' WHERE id = $1`, [jobId]);
  await notifier.reconciler.forceCancels({ graceSeconds: 60, limit: 10 });
  const events = (await allEvents(application, tenantId, jobId)).slice(-2);
  expect(events.map(({ type }) => type)).toEqual(['sweep.completed', 'job.canceled']);
  expect(events[0]?.data).toMatchObject({ sweep: { id: sweepId, status: 'canceled' } });
});

test('what should be in the queue, page by page, and what should not', async () => {
  const { application, notifier, newTenant } = databases;
  const tenantId = await newTenant();
  const jobs = [];
  for (const priority of [0, 9, 9, 5])
    jobs.push(await createdJob(application, newJob(tenantId, { priority })));
  const waiting = (afterJobId?: string) => notifier.reconciler.jobsWaiting({ limit: 3, afterJobId });
  // As long as the outbox has them, the relay will bring them.
  expect(await waiting()).toEqual([]);
  await notifier.outbox.take(10, async () => {});
  const [low, high, highLater, middle] = jobs.map((job) => job.id);
  const first = await waiting();
  expect(first.map((entry) => entry.jobId)).toEqual([high, highLater, middle]);
  expect(first[0]).toEqual({ jobId: high, tenantId, enqueueSeq: 1, priority: 9 });
  expect((await waiting(middle)).map((entry) => entry.jobId)).toEqual([low]);
  expect(await waiting(low)).toEqual([]);

  const { lease } = await claimed(application, { tenantId, jobId: high ?? '' });
  await application.attempts.interrupt(lease, { code: null, detail: 'stop' });
  await claimed(application, { tenantId, jobId: middle ?? '' });
  const entries = [
    { jobId: low ?? '', enqueueSeq: 1 },
    { jobId: high ?? '', enqueueSeq: 1 },
    { jobId: high ?? '', enqueueSeq: 2 },
    { jobId: middle ?? '', enqueueSeq: 1 },
    { jobId: 'job_unknown', enqueueSeq: 1 },
  ];
  expect(await notifier.reconciler.knownEntries(entries)).toEqual([entries[0], entries[2]]);
});

test('objects that nothing refers to', async () => {
  const { application, notifier, newTenant } = databases;
  const tenantId = await newTenant();
  const { id: jobId } = await createdJob(application, newJob(tenantId));
  const { lease } = await claimed(application, { tenantId, jobId });
  const { objectKey } = await application.attempts.saveCheckpoint(lease, newCheckpoint());
  const artifact = {
    name: 'n',
    format: 'f',
    mediaType: 'm',
    objectKey: 'jobs/a/n',
    sha256: 'a'.repeat(64),
    bytes: 1,
  };
  await application.attempts.succeed(lease, { report, artifacts: [artifact] });
  const keys = ['lost/1', objectKey, artifact.objectKey, 'lost/2'];
  expect(await notifier.reconciler.unreferencedObjects(keys)).toEqual(['lost/1', 'lost/2']);
  expect(await notifier.reconciler.unreferencedObjects([])).toEqual([]);
});

test('full states that no attempt will ask for are given up, their rows stay', async () => {
  const { application, notifier, newTenant } = databases;
  const tenantId = await newTenant();
  const { id: jobId } = await createdJob(application, newJob(tenantId));
  const { lease } = await claimed(application, { tenantId, jobId });
  const keys: string[] = [];
  for (let epoch = 1; epoch <= 4; epoch += 1) {
    const saved = await application.attempts.saveCheckpoint(lease, newCheckpoint({ epoch }));
    expect(saved.stateDeletedAt).toBeNull();
    keys.push(saved.objectKey);
  }
  const ownRetired = async () =>
    (await notifier.reconciler.retireStates(1000)).filter((key) => keys.includes(key)).sort();
  expect(await ownRetired()).toEqual(keys.slice(0, 2).sort());
  expect(await ownRetired()).toEqual([]);
  expect((await notifier.reconciler.unreferencedObjects(keys)).sort()).toEqual(keys.slice(0, 2).sort());
  const list = await application.checkpoints.list({ tenantId, jobId, limit: 10 });
  expect(list?.data.map(({ stateDeletedAt }) => stateDeletedAt === null)).toEqual([false, false, true, true]);
  const checkpointId = list?.data[0]?.id ?? '';
  expect(await application.checkpoints.get({ tenantId, jobId, checkpointId })).toMatchObject({
    codebooks: newCheckpoint().codebooks,
  });

  await application.attempts.interrupt(lease, { code: null, detail: 'stop' });
  expect(await ownRetired()).toEqual([]);
  const again = await claimed(application, { tenantId, jobId });
  expect(again.latestCheckpoint).toMatchObject({ seq: 4, stateDeletedAt: null });
  await application.attempts.fail(again.lease, { code: 'job.diverged', detail: '' });
  expect(await ownRetired()).toEqual(keys.slice(2).sort());
});

test('the newest events of many jobs, of whatever tenant, are found in one read', async () => {
  const { application, newTenant } = databases;
  const one = await createdJob(application, newJob(await newTenant()));
  const tenantId = await newTenant();
  const two = await createdJob(application, newJob(tenantId));
  await application.jobs.requestCancel({ tenantId, jobId: two.id });
  const absent = newId('job');
  expect(await application.events.newestSeqs([one.id, two.id, absent])).toEqual(
    new Map([
      [one.id, 1],
      [two.id, 2],
    ]),
  );
  expect(await application.events.newestSeqs([])).toEqual(new Map());
});

/** A job whose end is to be told to one hook. */
async function jobWithHook(options: { secret?: Uint8Array | null; tenantId?: string } = {}) {
  const { application, newTenant } = databases;
  const tenantId = options.tenantId ?? (await newTenant());
  const webhook = {
    url: 'https://example.org/hook',
    encryptedSecret: options.secret === undefined ? Buffer.from('own') : options.secret,
    events: ['job.created', 'job.canceled'],
  } as const;
  const { id: jobId } = await createdJob(application, newJob(tenantId, { webhook }));
  return { tenantId, jobId };
}

const attemptOf = (
  delivery: DueDelivery | undefined,
  outcome: DeliveryAttempt['outcome'],
  statusCode: number | null = 500,
): DeliveryAttempt => ({
  deliveryId: delivery?.deliveryId ?? '',
  attempt: delivery?.attempt ?? 0,
  statusCode,
  error: statusCode === null ? 'ECONNREFUSED \0' : null,
  durationMs: 12.6,
  outcome,
});

test('a delivery is taken by one, tried again when asked, and then delivered', async () => {
  const { application, notifier } = databases;
  const { tenantId, jobId } = await jobWithHook();
  const takeDue = () => notifier.deliveries.takeDue({ limit: 10, leaseSeconds: 60 });
  const taken = (await Promise.all([takeDue(), takeDue(), takeDue()])).flat();
  expect(taken).toHaveLength(1);
  const [delivery] = taken;
  const [created] = await allEvents(application, tenantId, jobId);
  expect(delivery).toMatchObject({
    tenantId,
    jobId,
    url: 'https://example.org/hook',
    attempt: 1,
    event: created,
  });
  expect(delivery?.encryptedSecrets.map((bytes) => Buffer.from(bytes).toString())).toEqual(['own']);

  expect(
    await notifier.deliveries.recordAttempt(attemptOf(delivery, { kind: 'retry', afterMs: 3_600_000 }, null)),
  ).toBe(true);
  expect(await takeDue()).toEqual([]);
  await sql('UPDATE webhook_deliveries SET next_attempt_at = now()');
  const [again] = await takeDue();
  expect(again).toMatchObject({ deliveryId: delivery?.deliveryId, attempt: 2, event: created });
  // The lease runs out while the call is under way, and another notifier takes it: the first one's record is refused.
  await sql('UPDATE webhook_deliveries SET next_attempt_at = now()');
  const [third] = await takeDue();
  expect(await notifier.deliveries.recordAttempt(attemptOf(again, { kind: 'delivered' }, 200))).toBe(false);
  expect(await notifier.deliveries.recordAttempt(attemptOf(third, { kind: 'delivered' }, 204))).toBe(true);
  expect(await notifier.deliveries.recordAttempt(attemptOf(third, { kind: 'delivered' }, 204))).toBe(false);
  await sql('UPDATE webhook_deliveries SET next_attempt_at = NULL');
  expect(await takeDue()).toEqual([]);

  const list = await application.webhookDeliveries.list({ tenantId, jobId, limit: 10 });
  expect(list?.data).toMatchObject([
    {
      id: delivery?.deliveryId,
      status: 'delivered',
      eventType: 'job.created',
      nextAttemptAt: null,
      attempts: [
        { statusCode: null, error: 'ECONNREFUSED \uFFFD', durationMs: 13 },
        { statusCode: 204, error: null },
      ],
    },
  ]);
  expect(list?.data[0]?.deliveredAt).not.toBeNull();
});

test('a hook that is gone (410) gets nothing more', async () => {
  const { application, notifier } = databases;
  const { tenantId, jobId } = await jobWithHook();
  await application.jobs.requestCancel({ tenantId, jobId });
  const taken = await notifier.deliveries.takeDue({ limit: 1, leaseSeconds: 60 });
  expect(taken).toHaveLength(1);
  await notifier.deliveries.recordAttempt(
    attemptOf(taken[0], { kind: 'failed', disableEndpoint: true }, 410),
  );
  expect(await notifier.deliveries.takeDue({ limit: 10, leaseSeconds: 60 })).toEqual([]);
  const list = await application.webhookDeliveries.list({ tenantId, jobId, limit: 10 });
  expect(list?.data.map((delivery) => delivery.status)).toEqual(['failed', 'failed']);

  // One that was written while the hook was being disabled.
  await sql(`UPDATE webhook_deliveries SET status = 'pending', next_attempt_at = now()`);
  expect(await notifier.deliveries.takeDue({ limit: 10, leaseSeconds: 60 })).toEqual([]);
  const after = await application.webhookDeliveries.list({ tenantId, jobId, limit: 10 });
  expect(after?.data.map((delivery) => delivery.status)).toEqual(['failed', 'failed']);
});

test('without a secret of its own the tenant’s signs, and the one before for a while', async () => {
  const { notifier, owner } = databases;
  const { tenantId } = await jobWithHook({ secret: null });
  const secrets = async () => {
    await sql('UPDATE webhook_deliveries SET next_attempt_at = now()');
    const [due] = await notifier.deliveries.takeDue({ limit: 1, leaseSeconds: 60 });
    return due?.encryptedSecrets.map((bytes) => Buffer.from(bytes).toString());
  };
  expect(await secrets()).toEqual(['default']);
  const rotation = { tenantId, encryptedWebhookSecret: Buffer.from('new'), overlapSeconds: 3600 };
  expect(await owner.rotateWebhookSecret(rotation)).toBe(true);
  expect(await secrets()).toEqual(['new', 'default']);
  await sql(`UPDATE tenants SET previous_webhook_secret_until = now() - interval '1 second'`);
  expect(await secrets()).toEqual(['new']);
  expect(await owner.rotateWebhookSecret({ ...rotation, tenantId: 'ten_none' })).toBe(false);
});

test('a job that another worker holds is not disturbed by claims of stale entries', async () => {
  const { application, newTenant } = databases;
  const tenantId = await newTenant();
  const { id: jobId } = await createdJob(application, newJob(tenantId));
  const { lease } = await claimed(application, { tenantId, jobId });
  const second = await application.attempts.claim({ tenantId, jobId, owner: 'other', leaseSeconds: 30, pin });
  expect(second).toMatchObject({ kind: 'declined', reason: 'not-queued' });
  expect(await application.attempts.heartbeat(lease)).toBe('continue');
});
