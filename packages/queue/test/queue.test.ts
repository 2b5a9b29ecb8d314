import { randomBytes } from 'node:crypto';
import { type Clock, systemClock } from '@spikefit/contracts';
import { throwAwayRedis } from '@spikefit/testkit';
import { expect, test, vi } from 'vitest';
import { createConsumer, createProducer, type QueueEntry } from '../src/index.ts';
import { restartableRedis } from './restartable-redis.ts';

const entry = (change: Partial<QueueEntry> = {}): QueueEntry => ({
  jobId: `job_${randomBytes(8).toString('hex')}`,
  tenantId: 'ten_1',
  enqueueSeq: 1,
  priority: 0,
  ...change,
});

/** A handler that can be waited for, and held. */
function recorder() {
  const seen: string[] = [];
  return {
    seen,
    onEntry: async (taken: { jobId: string }) => void seen.push(taken.jobId),
    until: (count: number) =>
      vi.waitFor(() => expect(seen.length).toBe(count), { timeout: 20_000, interval: 20 }),
  };
}

test('higher priority first, then first come first served; each entry once', async () => {
  await using redis = await throwAwayRedis();
  await using producer = createProducer({ redisUrl: redis.url, prefix: redis.prefix });
  const [low, high, middle, highLater] = [
    entry({ priority: 0 }),
    entry({ priority: 100 }),
    entry({ priority: 50, enqueueSeq: 3 }),
    entry({ priority: 100 }),
  ];
  await producer.enqueueAll([low, high]);
  await producer.enqueueAll([middle]);
  await producer.enqueueAll([highLater]);
  await producer.enqueueAll([high]);
  expect(await producer.waiting(10)).toEqual([high, highLater, middle, low]);
  expect(await producer.waiting(1)).toEqual([high]);
  expect(await producer.waiting(2, 1)).toEqual([highLater, middle]);
  expect(await producer.waiting(2, 3)).toEqual([low]);
  expect(await producer.waiting(2, 4)).toEqual([]);
  const absent = { ...middle, enqueueSeq: 2 };
  expect(await producer.missing([low, absent, middle])).toEqual([absent]);
  await producer.remove(middle.jobId, 3);
  expect(await producer.missing([middle])).toEqual([middle]);

  const { seen, onEntry, until } = recorder();
  const consumer = createConsumer({ redisUrl: redis.url, prefix: redis.prefix, concurrency: 1, onEntry });
  await until(3);
  await consumer.close();
  expect(seen).toEqual([high.jobId, highLater.jobId, low.jobId]);
  expect(await producer.missing([low])).toEqual([low]);
  // What has been taken out can be put in again under the same id.
  await producer.enqueueAll([low]);
  expect(await producer.missing([low])).toEqual([]);
});

test('the oldest waiting entry is found in whatever priority it stands', async () => {
  await using redis = await throwAwayRedis();
  let ahead = 0;
  const clock: Clock = { ...systemClock, now: () => new Date(systemClock.now().getTime() + ahead) };
  await using producer = createProducer({ redisUrl: redis.url, prefix: redis.prefix, clock });
  expect(await producer.oldestWaitingAgeMs()).toBeNull();
  await producer.enqueueAll([entry({ priority: 3 })]);
  const before = systemClock.now().getTime();
  await vi.waitFor(() => expect(systemClock.now().getTime()).toBeGreaterThan(before + 1));
  await producer.enqueueAll([entry({ priority: 90 }), entry({ priority: 3 }), entry({ priority: 0 })]);
  ahead = 60_000;
  const age = await producer.oldestWaitingAgeMs();
  expect(age).toBeGreaterThanOrEqual(60_000);
  expect(age).toBeGreaterThan(60_000 + 1);
  expect(age).toBeLessThan(75_000);
});

test('a failed handler ends its entry like any other, and is reported', async () => {
  await using redis = await throwAwayRedis();
  await using producer = createProducer({ redisUrl: redis.url, prefix: redis.prefix });
  const errors: unknown[] = [];
  const taken: unknown[] = [];
  await using _consumer = createConsumer({
    redisUrl: redis.url,
    prefix: redis.prefix,
    concurrency: 1,
    onEntry: async (one) => {
      taken.push(one);
      throw new Error('as asked');
    },
    onError: (error) => errors.push(error),
  });
  const one = entry({ enqueueSeq: 7 });
  await producer.enqueueAll([one]);
  await vi.waitFor(async () => expect(await producer.missing([one])).toEqual([one]), { timeout: 10_000 });
  expect(taken).toEqual([{ jobId: one.jobId, tenantId: one.tenantId, enqueueSeq: 7 }]);
  expect(errors.map(String)).toEqual(['Error: as asked']);
});

test('a lock that is renewed keeps the entry; one that is not lets another consumer have it', async () => {
  await using redis = await throwAwayRedis();
  await using producer = createProducer({ redisUrl: redis.url, prefix: redis.prefix });
  const one = entry();
  let letGo = (): void => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const extensions: boolean[] = [];
  let takers = 0;
  const options = {
    redisUrl: redis.url,
    prefix: redis.prefix,
    concurrency: 1,
    lockSeconds: 1,
    onEntry: async (_: unknown, { extendLock }: { extendLock: () => Promise<boolean> }) => {
      takers += 1;
      if (takers > 1) return;
      for (let renewals = 0; renewals < 8; renewals += 1) {
        await systemClock.sleep(400);
        extensions.push(await extendLock());
      }
      await held;
      extensions.push(await extendLock());
    },
  };
  await using _first = createConsumer(options);
  await producer.enqueueAll([one]);
  await vi.waitFor(() => expect(takers).toBe(1), { timeout: 5_000 });
  await using _second = createConsumer(options);
  await vi.waitFor(() => expect(extensions.length).toBe(8), { timeout: 10_000 });
  // More than three times the lock's length has passed.
  expect({ takers, extensions }).toEqual({ takers: 1, extensions: Array(8).fill(true) });
  await vi.waitFor(() => expect(takers).toBe(2), { timeout: 10_000 });
  letGo();
  await vi.waitFor(() => expect(extensions.length).toBe(9), { timeout: 5_000 });
  expect(extensions.at(-1)).toBe(false);
}, 40_000);

test('closing aborts the signal, waits for the handler, and leaves the rest', async () => {
  await using redis = await throwAwayRedis();
  await using producer = createProducer({ redisUrl: redis.url, prefix: redis.prefix });
  const steps: string[] = [];
  let begun = (): void => {};
  const handlerBegan = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const consumer = createConsumer({
    redisUrl: redis.url,
    prefix: redis.prefix,
    concurrency: 1,
    onEntry: async (_, { signal }) => {
      begun();
      await systemClock.sleep(60_000, signal).catch(() => steps.push('aborted'));
      await Promise.resolve();
      steps.push('put away');
    },
  });
  await producer.enqueueAll([entry({ priority: 9 }), entry()]);
  await handlerBegan;
  await consumer.close();
  expect(steps).toEqual(['aborted', 'put away']);
  expect(await producer.waiting(10)).toHaveLength(1);
});

test('flushed while entries wait and one is worked on: consumer and producer go on', async () => {
  await using redis = await restartableRedis();
  await using producer = createProducer({ redisUrl: redis.url });
  const { seen, until } = recorder();
  let letGo = (): void => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  let first = true;
  const extended: boolean[] = [];
  await using _consumer = createConsumer({
    redisUrl: redis.url,
    concurrency: 1,
    onEntry: async (taken, { extendLock }) => {
      seen.push(taken.jobId);
      if (!first) return;
      first = false;
      await held;
      extended.push(await extendLock());
    },
  });
  const [one, two, three] = [entry({ priority: 5 }), entry(), entry()];
  await producer.enqueueAll([one]);
  await until(1);
  await producer.enqueueAll([two, three]);
  const { Redis } = await import('ioredis');
  const admin = new Redis(redis.url);
  await admin.flushall();
  admin.disconnect();
  expect(await producer.missing([one, two, three])).toEqual([one, two, three]);
  letGo();
  // What the reconciler does.
  await producer.enqueueAll([two, three]);
  await until(3);
  expect(extended).toEqual([false]);
  expect(seen).toEqual([one.jobId, two.jobId, three.jobId]);
}, 40_000);

test('killed and started again: what waited is still there, the consumer takes it without help', async () => {
  await using redis = await restartableRedis();
  await using producer = createProducer({ redisUrl: redis.url });
  const { seen, onEntry, until } = recorder();
  const errors: unknown[] = [];
  const consumerOptions = {
    redisUrl: redis.url,
    concurrency: 1,
    onEntry,
    onError: (e: unknown) => errors.push(e),
  };
  const consumer = createConsumer(consumerOptions);
  const [one, two] = [entry(), entry()];
  await producer.enqueueAll([one]);
  await until(1);

  await redis.kill();
  const began = systemClock.monotonicMs();
  await expect(producer.enqueueAll([two])).rejects.toMatchObject({ code: 'service.unavailable' });
  await expect(producer.ping()).rejects.toMatchObject({ code: 'service.unavailable' });
  await expect(producer.missing([one])).rejects.toMatchObject({ code: 'service.unavailable' });
  expect(systemClock.monotonicMs() - began).toBeLessThan(2_000);
  await vi.waitFor(() => expect(errors.length).toBeGreaterThan(0), { timeout: 5_000 });

  await redis.start();
  await vi.waitFor(() => producer.ping(), { timeout: 10_000, interval: 50 });
  // Nothing that failed is sent later behind the caller's back.
  expect(await producer.missing([two])).toEqual([two]);
  await producer.enqueueAll([two]);
  await until(2);
  expect(seen).toEqual([one.jobId, two.jobId]);
  await consumer.close();

  // And closing does not wait for a Redis that is gone.
  const another = createConsumer(consumerOptions);
  await redis.kill();
  const closing = systemClock.monotonicMs();
  await another.close();
  expect(systemClock.monotonicMs() - closing).toBeLessThan(10_000);
  await redis.start();
}, 60_000);

test('a Redis that does not answer is unavailable within seconds', async () => {
  await using redis = await restartableRedis();
  await using producer = createProducer({ redisUrl: redis.url });
  await producer.ping();
  redis.freeze();
  await expect(producer.enqueueAll([entry()])).rejects.toMatchObject({ code: 'service.unavailable' });
  redis.thaw();
  await vi.waitFor(() => producer.ping(), { timeout: 10_000, interval: 50 });
}, 30_000);

test('no Redis at all', async () => {
  await using producer = createProducer({ redisUrl: 'redis://127.0.0.1:1/0' });
  await expect(producer.ping()).rejects.toMatchObject({ code: 'service.unavailable' });
}, 20_000);
