import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { encryptSecret } from '@spikefit/config';
import { TestClock, throwAwayDatabase, throwAwayRedis, until } from '@spikefit/testkit';
import { Webhook as IndependentVerifier } from 'svix';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { jitterShare, retryDelaysMs } from '../src/index.ts';
import { type Received, type Receiver, startReceiver } from './receiver.ts';
import { newSecret, openWorld, type World } from './world.ts';

let world: World;
let receiver: Receiver;
let clock: TestClock;
let cleanUp: AsyncDisposable[];

// A database for each test: the outbox and the leases are looked at across tenants.
beforeEach(async () => {
  const [redis, database] = await Promise.all([throwAwayRedis(), throwAwayDatabase()]);
  world = await openWorld(database, redis);
  receiver = await startReceiver();
  // svix judges the age of a message by the machine's clock.
  clock = new TestClock(new Date());
  cleanUp = [redis, database, world, receiver];
});
afterEach(async () => {
  for (const one of cleanUp.reverse()) await one[Symbol.asyncDispose]();
});

async function run(changes: Record<string, string> = {}) {
  const notifier = await world.startNotifier(clock, changes);
  cleanUp.push(notifier);
  return notifier;
}

/** Ticks until it is so: the loops poll each second. */
const tickUntil = (condition: () => Promise<boolean> | boolean) =>
  until(async () => {
    await clock.advance(1000);
    return condition();
  });
const connections = (server: Server) =>
  new Promise<number>((resolve) => server.getConnections((_error, count) => resolve(count)));
const delivery = async (jobId: string) => (await world.deliveries(jobId))[0]!;
const verify = (secret: string, { body, headers }: Received) =>
  new IndependentVerifier(secret).verify(body, headers as Record<string, string>);

describe('webhook deliveries', () => {
  it('reach the receiver once, signed, told from the event', async () => {
    await run();
    const secret = newSecret();
    const jobId = await world.createJob({ url: receiver.url, secret });
    await tickUntil(async () => (await delivery(jobId)).status === 'delivered');

    const [event] = await world.events(jobId);
    expect(receiver.received).toHaveLength(1);
    const message = receiver.received[0]!;
    expect(message.headers['webhook-id']).toBe(event?.id);
    expect(message.headers['content-type']).toBe('application/json');
    expect(verify(secret, message)).toMatchObject({
      id: event?.id,
      type: 'job.created',
      timestamp: event?.at,
      data: {
        seq: 1,
        attempt: 0,
        job: { id: jobId, urls: { self: `https://spikefit.example/v1/jobs/${jobId}` } },
      },
    });
    expect(await delivery(jobId)).toMatchObject({
      eventId: event?.id,
      nextAttemptAt: null,
      attempts: [{ statusCode: 204, error: null }],
    });
  });

  it('are signed with the secret of the tenant when the job brings none, and with both while it is replaced', async () => {
    const before = await world.createJob({ url: receiver.url });
    await run();
    await tickUntil(async () => (await delivery(before)).status === 'delivered');
    expect(() => verify(world.tenantSecret, receiver.received[0]!)).not.toThrow();

    const next = newSecret();
    await world.owner.rotateWebhookSecret({
      tenantId: world.tenantId,
      encryptedWebhookSecret: encryptSecret(next, world.secretKey),
      overlapSeconds: 3600,
    });
    const after = await world.createJob({ url: receiver.url });
    await tickUntil(async () => (await delivery(after)).status === 'delivered');
    for (const secret of [world.tenantSecret, next]) {
      expect(() => verify(secret, receiver.received[1]!)).not.toThrow();
    }
  });

  it('are tried again later when the receiver fails, with the same id and body', async () => {
    await run();
    receiver.answers.push({ status: 500 });
    const startedAt = Date.now();
    const jobId = await world.createJob({ url: receiver.url });
    await tickUntil(async () => (await delivery(jobId)).attempts.length === 1);
    const failed = await delivery(jobId);
    expect(failed).toMatchObject({ status: 'pending', attempts: [{ statusCode: 500 }] });
    const waitMs = new Date(failed.nextAttemptAt!).getTime() - startedAt;
    expect(waitMs).toBeGreaterThanOrEqual(retryDelaysMs[0] * (1 - jitterShare));

    await world.sql('UPDATE webhook_deliveries SET next_attempt_at = now() WHERE id = $1', [failed.id]);
    await tickUntil(async () => (await delivery(jobId)).status === 'delivered');
    const [first, second] = receiver.received;
    expect(receiver.received).toHaveLength(2);
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    expect(second?.body).toBe(first?.body);
    expect((await delivery(jobId)).attempts.map(({ statusCode }) => statusCode)).toEqual([500, 204]);
  });

  it('are given up after the last attempt', async () => {
    await run();
    const failures = retryDelaysMs.length + 1;
    receiver.answers.push(...Array(failures).fill({ status: 503 }));
    const jobId = await world.createJob({ url: receiver.url });
    for (let attempt = 1; attempt <= failures; attempt += 1) {
      await tickUntil(async () => (await delivery(jobId)).attempts.length === attempt);
      // Only between two attempts: during one, the time is that of its lease.
      await world.sql(
        'UPDATE webhook_deliveries SET next_attempt_at = now() WHERE job_id = $1 AND next_attempt_at IS NOT NULL',
        [jobId],
      );
    }
    expect(await delivery(jobId)).toMatchObject({ status: 'failed', nextAttemptAt: null });
    expect(receiver.received).toHaveLength(failures);
  });

  it('stop for good when the receiver answers 410', async () => {
    await run();
    receiver.answers.push({ status: 410 });
    const jobId = await world.createJob({ url: receiver.url, events: ['job.created', 'job.canceled'] });
    await tickUntil(async () => (await delivery(jobId)).status === 'failed');
    await world.application.jobs.requestCancel({ tenantId: world.tenantId, jobId });
    const other = await world.createJob({ url: receiver.url });
    await tickUntil(async () => (await delivery(other)).status === 'delivered');
    expect(receiver.received.map(({ body }) => JSON.parse(body).data.job.id)).toEqual([jobId, other]);
  });

  it('take a redirect for a failure and do not follow it', async () => {
    await run();
    receiver.answers.push({ status: 302, headers: { location: receiver.url } });
    const jobId = await world.createJob({ url: receiver.url });
    await tickUntil(async () => (await delivery(jobId)).attempts.length === 1);
    expect(await delivery(jobId)).toMatchObject({ status: 'pending', attempts: [{ statusCode: 302 }] });
    expect(receiver.received).toHaveLength(1);
  });

  it('are refused for a private address when the operator does not allow it', async () => {
    await run({ SPIKEFIT_WEBHOOK_ALLOW_PRIVATE: 'false' });
    const jobId = await world.createJob({ url: receiver.url });
    await tickUntil(async () => (await delivery(jobId)).attempts.length === 1);
    const [attempt] = (await delivery(jobId)).attempts;
    expect(attempt).toMatchObject({ statusCode: null });
    expect(attempt?.error).toMatch(/^refused: .*127\.0\.0\.1/);
    expect(receiver.received).toEqual([]);
  });

  it('are not held up by a receiver that does not answer', async () => {
    await run();
    const deaf = createServer(() => undefined);
    await new Promise<void>((resolve) => deaf.listen(0, '127.0.0.1', resolve));
    const deafUrl = `http://127.0.0.1:${(deaf.address() as AddressInfo).port}/`;
    const stuck = await world.createJob({ url: deafUrl });
    await until(async () => {
      await clock.advance(100);
      return (await connections(deaf)) === 1;
    });
    const jobId = await world.createJob({ url: receiver.url });
    const startedMs = clock.monotonicMs();
    await until(async () => {
      await clock.advance(100);
      return (await delivery(jobId)).status === 'delivered' || clock.monotonicMs() - startedMs > 14_000;
    });
    expect((await delivery(jobId)).status).toBe('delivered');
    expect((await delivery(stuck)).attempts).toEqual([]);
    await clock.advance(15_000);
    await until(async () => (await delivery(stuck)).attempts.length === 1);
    expect((await delivery(stuck)).attempts[0]?.error).toBe('no answer within 15 s');
    deaf.closeAllConnections();
    await new Promise((resolve) => deaf.close(resolve));
  });

  it('say so when the secret cannot be opened', async () => {
    await run({ SPIKEFIT_SECRET_KEY: Buffer.alloc(32, 1).toString('base64') });
    const jobId = await world.createJob({ url: receiver.url });
    await tickUntil(async () => (await delivery(jobId)).attempts.length === 1);
    expect((await delivery(jobId)).attempts[0]?.error).toContain('SPIKEFIT_SECRET_KEY');
    expect(receiver.received).toEqual([]);
  });

  it('are made once each by two notifiers side by side', async () => {
    const jobs = await Promise.all(Array.from({ length: 40 }, () => world.createJob({ url: receiver.url })));
    await Promise.all([run(), run()]);
    await tickUntil(async () => {
      const all = await Promise.all(jobs.map(delivery));
      return all.every(({ status }) => status === 'delivered');
    });
    const ids = receiver.received.map(({ headers }) => headers['webhook-id']);
    expect(new Set(ids).size).toBe(40);
    expect(ids).toHaveLength(40);
  });
});
