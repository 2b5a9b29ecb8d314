import { createHash } from 'node:crypto';
import { utimes } from 'node:fs/promises';
import path from 'node:path';
import { type OwnRedis, TestClock, throwAwayDatabase, throwAwayRedisServer } from '@spikefit/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openWorld, until, type World } from './world.ts';

let redis: OwnRedis;
let world: World;
let clock: TestClock;
let cleanUp: AsyncDisposable[];

// A database for each test: the outbox and the leases are looked at across tenants.
beforeEach(async () => {
  const database = await throwAwayDatabase();
  redis = await throwAwayRedisServer();
  world = await openWorld(database, redis);
  clock = new TestClock(new Date());
  cleanUp = [redis, database, world];
});
afterEach(async () => {
  for (const one of cleanUp.reverse()) await one[Symbol.asyncDispose]();
});

async function run() {
  const notifier = await world.startNotifier(clock);
  cleanUp.push(notifier);
  return notifier;
}
const tickUntil = (condition: () => Promise<boolean> | boolean, ms = 1000) =>
  until(async () => {
    await clock.advance(ms);
    return condition();
  });
const waitingJobs = async () => (await world.queue.waiting(100)).map(({ jobId }) => jobId);

describe('notifier', () => {
  it('moves new jobs to the queue, by priority', async () => {
    await run();
    const low = await world.createJob(null, { priority: 1 });
    const high = await world.createJob(null, { priority: 90 });
    const middle = await world.createJob(null, { priority: 50 });
    await tickUntil(async () => (await waitingJobs()).length === 3);
    expect(await waitingJobs()).toEqual([high, middle, low]);
  });

  it('puts waiting jobs back into a queue that was flushed', async () => {
    await run();
    const jobs = [await world.createJob(), await world.createJob(), await world.createJob()];
    await tickUntil(async () => (await waitingJobs()).length === 3);
    await redis.flush();
    expect(await waitingJobs()).toEqual([]);
    await tickUntil(async () => (await waitingJobs()).length === 3);
    expect((await waitingJobs()).sort()).toEqual(jobs.sort());
  });

  it('takes back a job whose lease ran out', async () => {
    await run();
    const jobId = await world.createJob();
    const { lease } = await world.claim(jobId);
    await world.sql("UPDATE jobs SET lease_until = now() - interval '1 second' WHERE id = $1", [jobId]);
    await tickUntil(async () => (await world.job(jobId)).status === 'queued');
    expect(await world.job(jobId)).toMatchObject({ attempt: 1, interruptions: 1 });
    await tickUntil(async () => (await waitingJobs()).includes(jobId));
    expect(await world.application.attempts.heartbeat(lease)).toBe('lost');
  });

  it('leaves a job alone whose lease holds', async () => {
    const held = await world.createJob();
    await world.claim(held);
    const other = await world.createJob();
    await run();
    // The entry of the job that is held was relayed too, and is dropped as nobody waits for it.
    await tickUntil(async () => (await waitingJobs()).join() === other, 5000);
    expect(await world.job(held)).toMatchObject({ status: 'running', attempt: 1, interruptions: 0 });
  });

  it('drops entries without a waiting job', async () => {
    const jobId = await world.createJob();
    const [entry] = await world.notifier.reconciler.jobsWaiting({ limit: 10 });
    const foreign = {
      jobId: 'job_00000000000000000000000000',
      tenantId: world.tenantId,
      priority: 0,
      enqueueSeq: 1,
    };
    const stale = { jobId, tenantId: world.tenantId, priority: 0, enqueueSeq: 99 };
    expect(entry).toBeUndefined();
    await world.queue.enqueueAll([foreign, stale]);
    await run();
    await tickUntil(async () => {
      const waiting = await world.queue.waiting(100);
      return waiting.length === 1 && waiting[0]?.jobId === jobId && waiting[0].enqueueSeq !== 99;
    });
  });

  it('forces a cancel that the worker does not answer to', async () => {
    await run();
    const jobId = await world.createJob();
    const { lease } = await world.claim(jobId);
    await world.application.jobs.requestCancel({ tenantId: world.tenantId, jobId });
    await clock.advance(10_000);
    expect((await world.job(jobId)).status).toBe('canceling');
    await world.sql("UPDATE jobs SET cancel_requested_at = now() - interval '31 seconds' WHERE id = $1", [
      jobId,
    ]);
    await tickUntil(async () => (await world.job(jobId)).status === 'canceled');
    expect(await world.application.attempts.heartbeat(lease)).toBe('lost');
  });

  it('deletes old objects that nothing refers to, and only those', async () => {
    const jobId = await world.createJob();
    const { lease } = await world.claim(jobId);
    const put = async (name: string, ageHours: number) => {
      const key = `jobs/${jobId}/e1/${name}`;
      const bytes = Buffer.from(name);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      await world.objectStore.put(key, bytes, { sha256 });
      const at = new Date(Date.now() - ageHours * 3_600_000);
      await utimes(path.join(world.objects, key), at, at);
      return { objectKey: key, sha256, bytes: bytes.length };
    };
    const referenced = await put('checkpoint-1', 48);
    await put('orphan-old', 25);
    await put('orphan-young', 1);
    await world.application.attempts.saveCheckpoint(lease, {
      phase: 'pretrain',
      epoch: 1,
      step: 0,
      metrics: {},
      pin: world.pin,
      codebooks: [],
      masks: [],
      ...referenced,
    });
    await run();
    const keys = async () => {
      const found: string[] = [];
      for await (const { key } of world.objectStore.list(`jobs/${jobId}/`)) found.push(path.basename(key));
      return found;
    };
    await tickUntil(async () => !(await keys()).includes('orphan-old'));
    expect(await keys()).toEqual(['checkpoint-1', 'orphan-young']);
  });

  it('deletes full states that no attempt will ask for', async () => {
    const jobId = await world.createJob();
    const { lease } = await world.claim(jobId);
    for (let epoch = 1; epoch <= 3; epoch += 1) {
      const objectKey = `jobs/${jobId}/e1/checkpoint-${epoch}`;
      const bytes = Buffer.from(objectKey);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      await world.objectStore.put(objectKey, bytes, { sha256 });
      await world.application.attempts.saveCheckpoint(lease, {
        phase: 'pretrain',
        epoch,
        step: 0,
        metrics: {},
        pin: world.pin,
        codebooks: [],
        masks: [],
        objectKey,
        sha256,
        bytes: bytes.length,
      });
    }
    await run();
    const left = async () => {
      const found: string[] = [];
      for await (const { key } of world.objectStore.list(`jobs/${jobId}/`)) found.push(path.basename(key));
      return found.join(' ');
    };
    await tickUntil(async () => (await left()) === 'checkpoint-2 checkpoint-3');
    await world.application.attempts.fail(lease, { code: 'job.diverged', detail: '' });
    await tickUntil(async () => (await left()) === '');
  });

  it('forgets idempotency keys after a day', async () => {
    const claim = (key: string) => ({
      idempotency: {
        route: 'POST /v1/jobs',
        key,
        bodyHash: 'c'.repeat(64),
        answer: () => ({ statusCode: 201, body: {} }),
      },
    });
    await world.createJob(null, claim('old'));
    await world.createJob(null, claim('new'));
    await world.sql("UPDATE idempotency_keys SET created_at = now() - interval '25 hours' WHERE key = 'old'");
    await run();
    const keys = async () =>
      (await world.sql('SELECT key FROM idempotency_keys WHERE tenant_id = $1', [world.tenantId])).rows;
    await tickUntil(async () => (await keys()).length === 1);
    expect(await keys()).toEqual([{ key: 'new' }]);
  });

  it('goes on after Postgres has ended all its connections', async () => {
    await run();
    const before = await world.createJob();
    await tickUntil(async () => (await waitingJobs()).includes(before));
    await world.breakConnections();
    await until(async () => (await world.job(before).catch(() => null)) !== null);
    const after = await world.createJob();
    await tickUntil(async () => (await waitingJobs()).includes(after));
  });

  it('keeps what it cannot pass on while Redis is away, and does the rest', async () => {
    const notifier = await run();
    await redis.kill();
    const held = await world.createJob();
    await world.claim(held);
    const jobId = await world.createJob();
    await world.sql("UPDATE jobs SET lease_until = now() - interval '1 second' WHERE id = $1", [held]);
    await tickUntil(async () => (await world.job(held)).status === 'queued');
    await tickUntil(async () =>
      /loop_failures_total\{loop="outbox relay"[^}]*\} [1-9]/.test(await notifier.metrics()),
    );
    const { rows } = await world.sql('SELECT job_id FROM outbox WHERE job_id = ANY ($1)', [[held, jobId]]);
    expect(rows.map(({ job_id }) => job_id)).toContain(jobId);
  });
});
