/** Fences, races and counters, with real transactions side by side. */
import { useDatabase } from '@spikefit/testkit';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ClaimOutcome, CreateJobOutcome, IdempotencyClaim } from '../src/index.ts';
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

async function sql(statement: string, values: unknown[] = []) {
  const client = new pg.Client({ connectionString: database().ownerUrl });
  await client.connect();
  try {
    return await client.query(statement, values);
  } finally {
    await client.end();
  }
}

test('of concurrent claims one wins', async () => {
  const { application, newTenant } = databases;
  const tenantId = await newTenant();
  const { id: jobId } = await createdJob(application, newJob(tenantId));
  const outcomes = await Promise.all(
    Array.from({ length: 8 }, (_, index) =>
      application.attempts.claim({ tenantId, jobId, owner: `worker-${index}`, leaseSeconds: 30, pin }),
    ),
  );
  const kinds = outcomes.map((outcome: ClaimOutcome) =>
    outcome.kind === 'claimed' ? 'claimed' : outcome.reason,
  );
  expect(kinds.filter((kind) => kind === 'claimed')).toHaveLength(1);
  expect(kinds.filter((kind) => kind === 'not-queued')).toHaveLength(7);
  const events = await allEvents(application, tenantId, jobId);
  expect(events.filter((event) => event.type === 'job.started')).toHaveLength(1);
});

test('the writes of a worker that was frozen past its lease are refused, every one', async () => {
  const { application, notifier, newTenant } = databases;
  const tenantId = await newTenant();
  const { id: jobId } = await createdJob(application, newJob(tenantId));
  const { lease: old } = await claimed(application, { tenantId, jobId, owner: 'frozen' });
  await sql(`UPDATE jobs SET lease_until = now() - interval '1 second' WHERE id = $1`, [jobId]);
  expect(await notifier.reconciler.expireLeases(100)).toContainEqual({ jobId, status: 'queued' });
  const before = await allEvents(application, tenantId, jobId);

  const late = [
    () => application.attempts.appendEvents(old, [{ type: 'epoch.completed', data: {}, replayed: false }]),
    () => application.attempts.saveCheckpoint(old, newCheckpoint()),
    () => application.attempts.succeed(old, { report, artifacts: [] }),
    () => application.attempts.fail(old, { code: 'job.diverged', detail: '' }),
    () => application.attempts.interrupt(old, { code: null, detail: '' }),
    () => application.attempts.retryLater(old, { code: 'storage.full', detail: '' }),
    () => application.attempts.finishCancel(old),
  ];
  const refuseAll = async () => {
    for (const write of late) await expect(write()).rejects.toMatchObject({ code: 'job.lease-lost' });
    expect(await application.attempts.heartbeat(old)).toBe('lost');
  };
  await refuseAll();
  expect(await allEvents(application, tenantId, jobId)).toEqual(before);

  // Also when the same process has claimed it again: the epoch tells.
  const { lease } = await claimed(application, { tenantId, jobId, owner: 'frozen' });
  expect(lease.leaseEpoch).toBe(old.leaseEpoch + 1);
  await refuseAll();
  expect(await application.attempts.heartbeat(lease)).toBe('continue');
  expect((await application.checkpoints.list({ tenantId, jobId, limit: 10 }))?.data).toEqual([]);
  await application.attempts.succeed(lease, { report, artifacts: [] });
  await refuseAll();
  const events = await allEvents(application, tenantId, jobId);
  expect(events.filter((event) => event.type === 'job.succeeded')).toHaveLength(1);
});

test('event numbers have no gap when many write at once and some roll back', async () => {
  const { application, newTenant } = databases;
  const tenantId = await newTenant();
  const { id: jobId } = await createdJob(application, newJob(tenantId));
  const { lease } = await claimed(application, { tenantId, jobId });
  const writes = Array.from({ length: 40 }, async (_, index) => {
    if (index % 4 === 3) {
      // Fails after its number was taken: such data cannot be written.
      const circular: Record<string, unknown> = {};
      circular.self = circular;
      return application.attempts.appendEvents(lease, [
        { type: 'epoch.completed', data: circular, replayed: false },
      ]);
    }
    const data = { phase: 'pretrain', epoch: index };
    const events = Array.from(
      { length: 1 + (index % 3) },
      () => ({ type: 'epoch.completed', data, replayed: false }) as const,
    );
    return application.attempts.appendEvents(lease, events);
  });
  const results = await Promise.allSettled(writes);
  expect(results.filter((result) => result.status === 'rejected')).toHaveLength(10);
  const events = await allEvents(application, tenantId, jobId);
  expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
  expect(events).toHaveLength(2 + 60);
  const times = events.map((event) => event.at);
  expect(times).toEqual([...times].sort());
});

test('cancel and success at the same moment: one end', async () => {
  const { application, newTenant } = databases;
  const tenantId = await newTenant();
  for (let round = 0; round < 10; round += 1) {
    const { id: jobId } = await createdJob(application, newJob(tenantId));
    const { lease } = await claimed(application, { tenantId, jobId });
    await Promise.allSettled([
      application.jobs.requestCancel({ tenantId, jobId }),
      application.attempts.succeed(lease, { report, artifacts: [] }),
      application.attempts.finishCancel(lease),
    ]);
    const ends = (await allEvents(application, tenantId, jobId)).filter((event) =>
      ['job.succeeded', 'job.failed', 'job.canceled'].includes(event.type),
    );
    expect(ends).toHaveLength(1);
    const job = await application.jobs.get({ tenantId, jobId });
    expect(ends[0]?.type).toBe(`job.${job?.status}`);
  }
});

test('the jobs of a sweep end at the same moment: it is completed once, and again after a resume', async () => {
  const { application, newTenant } = databases;
  const tenantId = await newTenant();
  const completions = async (jobIds: readonly string[]) => {
    const events = await Promise.all(jobIds.map((jobId) => allEvents(application, tenantId, jobId)));
    // The last event of a job is the one that ends it, of the last job, too.
    for (const own of events) expect(own.at(-1)?.type).toMatch(/^job\.(succeeded|canceled|failed)$/);
    return events.flat().filter(({ type }) => type === 'sweep.completed');
  };
  for (let round = 0; round < 10; round += 1) {
    const { id: sweepId } = await createdSweep(application, tenantId);
    const jobs = async () =>
      (await application.sweeps.get({ tenantId, sweepId }))?.cells.map(({ jobId }) => jobId) ?? [];
    const [first = '', second = ''] = await jobs();
    const leases = await Promise.all(
      [first, second].map(async (jobId) => (await claimed(application, { tenantId, jobId })).lease),
    );
    const ends = await Promise.allSettled([
      ...leases.map((lease) => application.attempts.succeed(lease, { report, artifacts: [] })),
      ...(round % 2 === 0 ? [application.sweeps.requestCancel({ tenantId, sweepId })] : []),
    ]);
    expect(ends.filter(({ status }) => status === 'rejected')).toEqual([]);
    for (const lease of leases) await application.attempts.finishCancel(lease).catch(() => undefined);
    const [completed, ...more] = await completions([first, second]);
    expect(more).toEqual([]);
    const summary = (await application.sweeps.get({ tenantId, sweepId }))!.sweep;
    const { id, name, status, cells, counts } = summary;
    expect(completed?.data).toEqual({ sweep: { id, name, status, cells, counts, resumes: 0 } });
  }

  const { id: sweepId } = await createdSweep(application, tenantId);
  await application.sweeps.requestCancel({ tenantId, sweepId });
  await application.sweeps.resume({ tenantId, sweepId });
  await application.sweeps.requestCancel({ tenantId, sweepId });
  const { data } = await application.jobs.list({ tenantId, sweepId, limit: 10 });
  expect(data).toHaveLength(4);
  const resumes = (await completions(data.map(({ id }) => id))).map((event) => event.data.sweep);
  expect(resumes).toMatchObject([
    { id: sweepId, status: 'canceled', resumes: expect.any(Number) },
    { id: sweepId, status: 'canceled', resumes: expect.any(Number) },
  ]);
  expect(resumes.map((sweep) => Object(sweep).resumes).sort()).toEqual([0, 1]);
});

test('one Idempotency-Key, many requests at once: one job', async () => {
  const { application, newTenant } = databases;
  const tenantId = await newTenant();
  const idempotency: IdempotencyClaim = {
    route: 'POST /v1/jobs',
    key: 'one',
    bodyHash: 'a'.repeat(64),
    answer: (job) => ({ statusCode: 201, body: { id: job.id, status: job.status } }),
  };
  const send = (claim = idempotency) => application.jobs.create(newJob(tenantId, { idempotency: claim }));
  const results = await Promise.allSettled(Array.from({ length: 12 }, () => send()));
  const answers = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  for (const result of results) {
    if (result.status === 'rejected')
      expect(result.reason).toMatchObject({ code: 'idempotency.in-progress' });
  }
  const created = answers.filter((answer) => answer.kind === 'created');
  expect(created).toHaveLength(1);
  const id = created[0]?.kind === 'created' ? created[0].job.id : '';
  const replay: CreateJobOutcome = {
    kind: 'replayed',
    answer: { statusCode: 201, body: { id, status: 'queued' } },
  };
  for (const answer of answers) if (answer.kind === 'replayed') expect(answer).toEqual(replay);
  expect(await send()).toEqual(replay);
  expect((await application.jobs.list({ tenantId, limit: 10 })).data).toHaveLength(1);

  await expect(send({ ...idempotency, bodyHash: 'b'.repeat(64) })).rejects.toMatchObject({
    code: 'idempotency.body-differs',
  });
  // Scope: another route and another tenant are others.
  expect(await send({ ...idempotency, route: 'POST /v1/other' })).toMatchObject({ kind: 'created' });
  expect(await application.jobs.create(newJob(await newTenant(), { idempotency }))).toMatchObject({
    kind: 'created',
  });
});

test('while the first request runs, the second learns that it does', async () => {
  const { application, newTenant } = databases;
  const tenantId = await newTenant();
  const idempotency: IdempotencyClaim = {
    route: 'POST /v1/jobs',
    key: 'slow',
    bodyHash: 'a'.repeat(64),
    answer: () => ({ statusCode: 201, body: null }),
  };
  const holder = new pg.Client({ connectionString: database().ownerUrl });
  await holder.connect();
  const scope = JSON.stringify([tenantId, idempotency.route, idempotency.key]);
  await holder.query('BEGIN');
  await holder.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [scope]);
  const second = application.jobs.create(newJob(tenantId, { idempotency }));
  await expect(second).rejects.toMatchObject({ code: 'idempotency.in-progress' });
  await holder.query('ROLLBACK');
  await holder.end();
  expect(await application.jobs.create(newJob(tenantId, { idempotency }))).toMatchObject({ kind: 'created' });
});

test('an Idempotency-Key is free again after a day, swept or not; a failed request leaves none', async () => {
  const { application, notifier, newTenant } = databases;
  const tenantId = await newTenant();
  const claim = (key: string, answer: IdempotencyClaim['answer']): IdempotencyClaim => ({
    route: 'r',
    key,
    bodyHash: 'a'.repeat(64),
    answer,
  });
  const fine = () => ({ statusCode: 201, body: {} });
  const failing = claim('failing', () => {
    throw new Error('no answer');
  });
  await expect(application.jobs.create(newJob(tenantId, { idempotency: failing }))).rejects.toThrow(
    'no answer',
  );
  expect((await application.jobs.list({ tenantId, limit: 10 })).data).toEqual([]);
  expect(
    await application.jobs.create(newJob(tenantId, { idempotency: claim('failing', fine) })),
  ).toMatchObject({
    kind: 'created',
  });

  const send = () => application.jobs.create(newJob(tenantId, { idempotency: claim('old', fine) }));
  expect(await send()).toMatchObject({ kind: 'created' });
  await sql(`UPDATE idempotency_keys SET created_at = now() - interval '25 hours' WHERE key = 'old'`);
  expect(await send()).toMatchObject({ kind: 'created' });
  expect(await send()).toMatchObject({ kind: 'replayed' });
  await sql(`UPDATE idempotency_keys SET created_at = now() - interval '25 hours' WHERE key = 'old'`);
  expect(await notifier.reconciler.expireIdempotencyKeys()).toBe(1);
});

test('text that Postgres cannot hold is refused with its place, and nothing is written', async () => {
  const { application, newTenant } = databases;
  const tenantId = await newTenant();
  const job = newJob(tenantId);
  const requested = { ...job.requested, name: 'a\0b', metadata: { 'k/1': '\ud800' } };
  await expect(application.jobs.create({ ...job, requested })).rejects.toMatchObject({
    code: 'request.invalid',
    errors: [{ pointer: '/name' }, { pointer: '/metadata/k~11' }],
  });
  expect((await application.jobs.list({ tenantId, limit: 10 })).data).toEqual([]);
});
