import { useDatabase } from '@spikefit/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Lease } from '../src/index.ts';
import {
  allEvents,
  claimed,
  createdJob,
  newCheckpoint,
  newJob,
  openDatabases,
  pin,
  report,
  requested,
  resolved,
} from './fixtures.ts';

const database = useDatabase();
let databases: Awaited<ReturnType<typeof openDatabases>>;

beforeAll(async () => {
  databases = await openDatabases(database());
});
afterAll(async () => {
  await databases[Symbol.asyncDispose]();
});

test('a job goes from the request to its result', async () => {
  const { application, notifier, newTenant } = databases;
  const tenantId = await newTenant();
  const created = await createdJob(
    application,
    newJob(tenantId, {
      requested: { ...requested, webhook: { url: 'https://example.org/hook', secret: 'whsec_very_secret' } },
      webhook: {
        url: 'https://example.org/hook',
        encryptedSecret: Buffer.from([1, 2, 3]),
        events: ['job.succeeded'],
      },
    }),
  );
  expect(created).toMatchObject({
    name: 'small',
    status: 'queued',
    phase: null,
    attempt: 0,
    interruptions: 0,
    seed: 7,
    model: { architecture: 'FC10', sha256: 'b'.repeat(64) },
    dataset: { id: 'fashion-mnist' },
    target: { id: 'generic-4-level', version: 3 },
    progress: { fraction: 0, etaSeconds: null, updatedAt: null },
    queue: { position: 1 },
    error: null,
    timings: { runningMs: null },
    statusTransitions: [{ status: 'queued', message: null }],
    metadata: { paper: 'table 2' },
    startedAt: null,
    endedAt: null,
  });
  expect(created.spec.resolved).toEqual(resolved);
  expect(JSON.stringify(created)).not.toContain('whsec_');
  const jobId = created.id;

  const taken: unknown[] = [];
  expect(await notifier.outbox.take(10, async (entries) => void taken.push(...entries))).toBe(1);
  expect(taken).toEqual([{ jobId, tenantId, enqueueSeq: 1, priority: 0 }]);
  expect(await notifier.outbox.take(10, async () => {})).toBe(0);

  const claim = await claimed(application, { tenantId, jobId });
  expect(claim).toMatchObject({ attempt: 1, name: 'small', latestCheckpoint: null, earlierRunningMs: 0 });
  expect(claim.spec).toEqual(resolved);
  const { lease } = claim;
  expect(lease).toMatchObject({ jobId, tenantId, owner: 'worker-1', leaseEpoch: 1 });

  await application.attempts.appendEvents(lease, [
    { type: 'phase.started', data: { phase: 'cluster' }, replayed: false },
    { type: 'epoch.completed', data: { phase: 'cluster', epoch: 1, loss: Number.NaN }, replayed: false },
  ]);
  expect(await application.attempts.heartbeat(lease, { fraction: 0.25, etaSeconds: 9.5 })).toBe('continue');
  const running = await application.jobs.get({ tenantId, jobId });
  expect(running).toMatchObject({
    status: 'running',
    phase: 'cluster',
    attempt: 1,
    queue: null,
    progress: { fraction: 0.25, etaSeconds: 9.5 },
  });

  const draft = newCheckpoint();
  const checkpoint = await application.attempts.saveCheckpoint(lease, draft);
  const { codebooks, masks, metrics, objectKey, bytes, sha256 } = draft;
  expect(checkpoint).toMatchObject({
    seq: 1,
    jobId,
    attempt: 1,
    metrics,
    objectKey,
    bytes,
    sha256,
    pin,
    stateDeletedAt: null,
  });
  expect(await application.checkpoints.get({ tenantId, jobId, checkpointId: checkpoint.id })).toEqual({
    ...checkpoint,
    codebooks,
    masks,
  });
  expect(await application.attempts.saveCheckpoint(lease, draft)).toEqual(checkpoint);
  await expect(
    application.attempts.saveCheckpoint(lease, { ...draft, sha256: 'd'.repeat(64) }),
  ).rejects.toMatchObject({ code: 'object.exists' });

  expect(await application.reports.get({ tenantId, jobId })).toEqual({ report: null, jobStatus: 'running' });
  const artifact = {
    name: 'network.spikefit.safetensors',
    format: 'spikefit/1',
    mediaType: 'application/octet-stream',
    objectKey: `jobs/${jobId}/artifact`,
    sha256: 'e'.repeat(64),
    bytes: 123,
  };
  await application.attempts.succeed(lease, { report, artifacts: [artifact] });

  expect(await application.reports.get({ tenantId, jobId })).toEqual({ report, jobStatus: 'succeeded' });
  const [stored] = (await application.artifacts.list({ tenantId, jobId })) ?? [];
  expect(stored).toMatchObject({ ...artifact, jobId });
  expect(await application.artifacts.get({ tenantId, jobId, artifactId: stored?.id ?? '' })).toEqual(stored);

  const ended = await application.jobs.get({ tenantId, jobId });
  expect(ended).toMatchObject({ status: 'succeeded', progress: { fraction: 1, etaSeconds: 0 }, queue: null });
  expect(ended?.statusTransitions.map((transition) => transition.status)).toEqual([
    'queued',
    'running',
    'succeeded',
  ]);
  expect(ended?.endedAt).not.toBeNull();

  const events = await allEvents(application, tenantId, jobId);
  expect(events.map(({ seq, type, attempt, replayed }) => [seq, type, attempt, replayed])).toEqual([
    [1, 'job.created', 0, false],
    [2, 'job.started', 1, false],
    [3, 'phase.started', 1, false],
    [4, 'epoch.completed', 1, false],
    [5, 'checkpoint.saved', 1, false],
    [6, 'job.succeeded', 1, false],
  ]);
  expect(events.at(-1)?.data).toMatchObject({
    artifacts: [{ name: artifact.name, sha256: artifact.sha256 }],
    summary: { compressedAccuracy: 0.8, distinctValuesPerGroup: 4, synapsesRemoved: 0.5, fit: 'fits' },
  });
  const times = events.map((event) => event.at);
  expect(times).toEqual([...times].sort());

  const deliveries = await application.webhookDeliveries.list({ tenantId, jobId, limit: 10 });
  expect(deliveries).toMatchObject({
    hasMore: false,
    data: [{ eventType: 'job.succeeded', eventId: events.at(-1)?.id, status: 'pending', attempts: [] }],
  });
});

test('a finished job refuses everything', async () => {
  const { application, newTenant } = databases;
  const tenantId = await newTenant();
  const { id: jobId } = await createdJob(application, newJob(tenantId));
  const { lease } = await claimed(application, { tenantId, jobId });
  await application.attempts.fail(lease, { code: 'job.diverged', detail: 'loss is NaN \0' });
  const job = await application.jobs.get({ tenantId, jobId });
  expect(job).toMatchObject({
    status: 'failed',
    error: { code: 'job.diverged', detail: 'loss is NaN \uFFFD', retryable: false },
  });
  await expect(application.jobs.requestCancel({ tenantId, jobId })).rejects.toMatchObject({
    code: 'job.not-cancelable',
  });
  await expect(application.attempts.succeed(lease, { report, artifacts: [] })).rejects.toMatchObject({
    code: 'job.lease-lost',
  });
  expect(
    await application.attempts.claim({ tenantId, jobId, owner: 'other', leaseSeconds: 30, pin }),
  ).toMatchObject({
    kind: 'declined',
    reason: 'not-queued',
  });
  expect(await application.reports.get({ tenantId, jobId })).toMatchObject({ report: null });
});

test('a resumed attempt goes on from the last checkpoint, and marks what it does again', async () => {
  const { application, newTenant } = databases;
  const tenantId = await newTenant();
  const { id: jobId } = await createdJob(application, newJob(tenantId));
  const first = await claimed(application, { tenantId, jobId });
  const epoch = (number: number) =>
    ({ type: 'epoch.completed', data: { phase: 'cluster', epoch: number }, replayed: false }) as const;
  const checkpoint = await application.attempts.saveCheckpoint(first.lease, newCheckpoint({ epoch: 1 }));
  await application.attempts.appendEvents(first.lease, [epoch(1), epoch(2)]);
  expect(
    await application.attempts.interrupt(first.lease, { code: null, detail: 'the worker shuts down' }),
  ).toBe('queued');

  const second = await claimed(application, { tenantId, jobId, owner: 'worker-2' });
  expect(second).toMatchObject({ attempt: 2, lease: { leaseEpoch: 2 } });
  expect(second.latestCheckpoint).toEqual(checkpoint);
  const written = await application.attempts.appendEvents(second.lease, [epoch(2), epoch(3)]);
  expect(written.map((event) => [event.attempt, event.replayed])).toEqual([
    [2, true],
    [2, false],
  ]);
  const events = await allEvents(application, tenantId, jobId);
  expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
  expect(events.filter((event) => event.type === 'job.started')).toHaveLength(2);
  const job = await application.jobs.get({ tenantId, jobId });
  expect(job).toMatchObject({ interruptions: 1, attempt: 2, statusMessage: null });
  expect(job?.statusTransitions.map((transition) => transition.status)).toEqual([
    'queued',
    'running',
    'queued',
    'running',
  ]);
});

test('a worker that computes differently leaves the job to others', async () => {
  const { application, notifier, newTenant } = databases;
  const tenantId = await newTenant();
  const { id: jobId } = await createdJob(application, newJob(tenantId));
  const { lease } = await claimed(application, { tenantId, jobId });
  await application.attempts.saveCheckpoint(lease, newCheckpoint());
  await application.attempts.interrupt(lease, { code: null, detail: 'stop' });
  const request = { tenantId, jobId, owner: 'w', leaseSeconds: 30, pin: { ...pin, isa: 'avx2' } };
  expect(await application.attempts.claim(request)).toMatchObject({
    kind: 'declined',
    reason: 'pin-differs',
  });
  const job = await application.jobs.get({ tenantId, jobId });
  expect(job?.status).toBe('queued');
  expect(job?.statusMessage).toContain('isa none (this worker: avx2)');
  // For a moment nobody is offered it again.
  expect(await application.attempts.claim({ ...request, pin })).toMatchObject({ reason: 'not-due' });
  expect(await notifier.reconciler.jobsWaiting({ limit: 100 })).not.toContainEqual(
    expect.objectContaining({ jobId }),
  );
});

test('a job of mixed precision goes on where the worker can compute so', async () => {
  const { application, newTenant } = databases;
  const tenantId = await newTenant();
  const mixed = { ...resolved, training: { ...resolved.training, precision: 'mixed' } } as const;
  const { id: jobId } = await createdJob(application, { ...newJob(tenantId), resolved: mixed });
  const { lease } = await claimed(application, { tenantId, jobId });
  const native = { ...pin, backend: 'native', isa: 'avx2' };
  await application.attempts.saveCheckpoint(lease, {
    ...newCheckpoint(),
    pin: { ...native, precision: 'mixed' },
  });
  await application.attempts.interrupt(lease, { code: null, detail: 'stop' });
  // Workers offer what they compute in by themselves, which is fp32.
  const request = { tenantId, jobId, owner: 'w', leaseSeconds: 30, pin: native };
  expect(await application.attempts.claim(request)).toMatchObject({ kind: 'claimed' });
});

test('transient failures are retried later, five times', async () => {
  const { application, notifier, newTenant } = databases;
  const tenantId = await newTenant();
  const { id: jobId } = await createdJob(application, newJob(tenantId));
  const makeDue = () => dueNow(jobId);
  for (let failure = 1; failure <= 5; failure += 1) {
    const { lease } = await claimed(application, { tenantId, jobId });
    expect(await application.attempts.retryLater(lease, { code: 'storage.full', detail: 'no space' })).toBe(
      'queued',
    );
    expect(
      await application.attempts.claim({ tenantId, jobId, owner: 'w', leaseSeconds: 1, pin }),
    ).toMatchObject({
      kind: 'declined',
      reason: 'not-due',
    });
    await notifier.outbox.take(100, async (entries) => {
      expect(entries.filter((entry) => entry.jobId === jobId && entry.enqueueSeq > 1)).toEqual([]);
    });
    await makeDue();
  }
  const { lease } = await claimed(application, { tenantId, jobId });
  expect(await application.attempts.retryLater(lease, { code: 'storage.full', detail: 'no space' })).toBe(
    'failed',
  );
  expect(await application.jobs.get({ tenantId, jobId })).toMatchObject({
    status: 'failed',
    attempt: 6,
    interruptions: 0,
    error: { code: 'job.retries-exhausted', retryable: true },
  });

  async function dueNow(id: string) {
    const { default: pg } = await import('pg');
    const client = new pg.Client({ connectionString: database().ownerUrl });
    await client.connect();
    await client.query('UPDATE jobs SET not_before = now() WHERE id = $1', [id]);
    await client.end();
  }
});

test('what a worker says of our insides reaches neither the job nor its events', async () => {
  const { application, newTenant } = databases;
  const tenantId = await newTenant();
  const inside = '/var/lib/spikefit on 10.0.0.7';
  const ends = [
    (lease: Lease) => application.attempts.fail(lease, { code: 'internal.error', detail: inside }),
    (lease: Lease) => application.attempts.interrupt(lease, { code: 'internal.error', detail: inside }),
    (lease: Lease) => application.attempts.retryLater(lease, { code: 'service.unavailable', detail: inside }),
  ];
  for (const end of ends) {
    const { id: jobId } = await createdJob(application, newJob(tenantId));
    await end((await claimed(application, { tenantId, jobId })).lease);
    const seen = [
      await application.jobs.get({ tenantId, jobId }),
      await application.events.page({ tenantId, jobId, afterSeq: 0, limit: 10 }),
    ];
    expect(JSON.stringify(seen)).not.toContain('10.0.0.7');
    expect(JSON.stringify(seen)).toMatch(/Try again/);
  }
});

test('the twenty-first interruption is the last one', async () => {
  const { application, newTenant } = databases;
  const tenantId = await newTenant();
  const { id: jobId } = await createdJob(application, newJob(tenantId));
  for (let interruption = 1; interruption <= 20; interruption += 1) {
    const { lease } = await claimed(application, { tenantId, jobId });
    const reason = { code: 'job.trainer-crashed', detail: 'signal SIGSEGV' } as const;
    expect(await application.attempts.interrupt(lease, reason)).toBe('queued');
  }
  const { lease } = await claimed(application, { tenantId, jobId });
  expect(await application.attempts.interrupt(lease, { code: null, detail: 'again' })).toBe('failed');
  const job = await application.jobs.get({ tenantId, jobId });
  expect(job).toMatchObject({ status: 'failed', error: { code: 'job.interrupted-too-often' } });
});

test('canceling: at once while it waits, by the worker while it runs', async () => {
  const { application, newTenant } = databases;
  const tenantId = await newTenant();
  const waiting = await createdJob(application, newJob(tenantId));
  expect(await application.jobs.requestCancel({ tenantId, jobId: waiting.id })).toMatchObject({
    status: 'canceled',
    queue: null,
  });
  const { id: jobId } = await createdJob(application, newJob(tenantId));
  const { lease } = await claimed(application, { tenantId, jobId });
  expect(await application.jobs.requestCancel({ tenantId, jobId })).toMatchObject({ status: 'canceling' });
  expect(await application.jobs.requestCancel({ tenantId, jobId })).toMatchObject({ status: 'canceling' });
  expect(await application.attempts.heartbeat(lease)).toBe('cancel');
  await application.attempts.finishCancel(lease);
  expect(await application.attempts.heartbeat(lease)).toBe('lost');
  const types = (await allEvents(application, tenantId, jobId)).map((event) => event.type);
  expect(types).toEqual(['job.created', 'job.started', 'job.canceling', 'job.canceled']);
  expect(await application.jobs.requestCancel({ tenantId, jobId: 'job_nope' })).toBeNull();
});

test('only the trainer’s events come from the trainer', async () => {
  const { application, newTenant } = databases;
  const tenantId = await newTenant();
  const { id: jobId } = await createdJob(application, newJob(tenantId));
  const { lease } = await claimed(application, { tenantId, jobId });
  for (const event of [
    { type: 'job.succeeded', data: {}, replayed: false },
    { type: 'phase.started', data: { phase: 'lunch' }, replayed: false },
  ] as const) {
    await expect(application.attempts.appendEvents(lease, [event])).rejects.toMatchObject({
      code: 'internal.error',
    });
  }
  expect(await allEvents(application, tenantId, jobId)).toHaveLength(2);
});
