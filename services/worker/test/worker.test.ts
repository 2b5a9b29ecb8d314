import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CodedError, type Event } from '@spikefit/contracts';
import { TestClock, throwAwayDatabase, throwAwayRedis, until } from '@spikefit/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { processIsAlive } from '../src/scratch.ts';
import { sampleReport } from './sample-report.ts';
import { openWorld, type Step, type World } from './world.ts';

let world: World;
let clock: TestClock;
let cleanUp: AsyncDisposable[];

// A database for each test: the outbox and the leases are looked at across tenants.
beforeEach(async () => {
  const [redis, database] = await Promise.all([throwAwayRedis(), throwAwayDatabase()]);
  world = await openWorld(database, redis);
  clock = new TestClock();
  cleanUp = [redis, database, world];
});
afterEach(async () => {
  for (const one of cleanUp.reverse()) await one[Symbol.asyncDispose]();
});

const done: Step = { do: 'done', report: sampleReport };
const types = (events: readonly Event[]) => events.map(({ type }) => type);

/** Starts a worker that is stopped after the test; a trainer that does not stop then is given up by ticking. */
async function work(changes: Record<string, string> = {}, ensureDataset?: () => Promise<string>) {
  const worker = await world.startWorker(clock, changes, ensureDataset);
  let stopping: Promise<void> | undefined;
  let isStopped = false;
  const stop = () => {
    stopping ??= (async () => {
      await worker[Symbol.asyncDispose]();
      isStopped = true;
    })();
    return stopping;
  };
  cleanUp.push({
    [Symbol.asyncDispose]: async () => {
      const stopped = stop();
      await until(async () => {
        await clock.advance(60_000);
        return isStopped;
      });
      await stopped;
    },
  });
  return { stop };
}

async function submit(changes = {}): Promise<string> {
  const jobId = await world.createJob(changes);
  await world.relay();
  return jobId;
}

describe('worker', () => {
  it('runs a job to its report, with checkpoints, artifacts and events without gaps', async () => {
    await world.script(
      { do: 'event', event: 'phase.started', data: { phase: 'pretrain' } },
      { do: 'checkpoint' },
      { do: 'event', data: { phase: 'pretrain', epoch: 1 } },
      { do: 'checkpoint', phase: 'cluster' },
      { do: 'note', name: 'noted' },
      done,
    );
    await work();
    const jobId = await submit();
    await world.untilStatus(jobId, 'succeeded');

    const job = await world.job(jobId);
    expect(job).toMatchObject({ attempt: 1, interruptions: 0, phase: 'pretrain', error: null });
    expect(job.progress.fraction).toBe(1);
    const events = await world.events(jobId);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_event, index) => index + 1));
    expect(types(events)).toEqual([
      'job.created',
      'job.started',
      'phase.started',
      'checkpoint.saved',
      'epoch.completed',
      'checkpoint.saved',
      'job.succeeded',
    ]);
    const checkpoints = await world.checkpoints(jobId);
    expect(checkpoints.map(({ objectKey }) => objectKey)).toEqual([
      `jobs/${jobId}/e1/checkpoint-1.safetensors`,
      `jobs/${jobId}/e1/checkpoint-2.safetensors`,
    ]);
    expect(await world.checkpoint(jobId, checkpoints[1]!.id)).toMatchObject({
      phase: 'cluster',
      codebooks: [{ layer: '0.conv', codes: [-1, 1], delta: 0.5, counts: [3, 4] }],
      masks: [{ layer: '0.conv', kept: 7, bitmap: 'fw==' }],
    });
    const [artifact] = (await world.artifacts(jobId)) ?? [];
    expect(artifact).toMatchObject({
      format: 'spikefit/1',
      objectKey: `jobs/${jobId}/e1/network.spikefit.safetensors`,
    });
    await until(async () => (await readdir(world.scratch)).length === 0);
  });

  it('gives the trainer no credentials and no address', async () => {
    await world.script({ do: 'note', name: 'noted' }, done);
    await work();
    await world.untilStatus(await submit(), 'succeeded');
    const { environment } = (await world.noted('noted')) as unknown as { environment: object };
    expect(environment).toEqual({ PATH: '/usr/bin:/bin' });
  });

  it('goes on from the last checkpoint after the trainer was killed', async () => {
    await world.script({ do: 'checkpoint' }, { do: 'checkpoint' }, { do: 'kill', signal: 'SIGKILL' });
    await work();
    const jobId = await submit();
    await world.untilStatus(jobId, 'queued');
    await until(async () => (await world.job(jobId)).interruptions === 1);
    await world.script({ do: 'note', name: 'second' }, { do: 'checkpoint' }, done);
    await world.relay();
    await world.untilStatus(jobId, 'succeeded');
    expect((await world.noted('second')).resumed).toBe('state 2');
    expect((await world.checkpoints(jobId)).map(({ seq, attempt }) => [seq, attempt])).toEqual([
      [1, 1],
      [2, 1],
      [3, 2],
    ]);
    const events = await world.events(jobId);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_event, index) => index + 1));
    expect(types(events).filter((type) => type === 'job.succeeded')).toHaveLength(1);
    expect(events.find(({ type }) => type === 'job.interrupted')?.data).toMatchObject({
      code: 'job.trainer-crashed',
    });
  });

  it.each([
    ['damaged', 1, 'state 1'],
    ['gone, all of them', 2, null],
  ] as const)('goes on from the checkpoint before when the last is %s', async (_what, count, resumed) => {
    await world.script({ do: 'checkpoint' }, { do: 'checkpoint' }, { do: 'exit', code: 1 });
    await work();
    const jobId = await submit();
    await until(async () => (await world.job(jobId)).interruptions === 1);
    for (const { objectKey } of (await world.checkpoints(jobId)).slice(-count)) {
      await writeFile(path.join(world.objects, objectKey), 'state 9');
    }
    await world.script({ do: 'note', name: 'second' }, done);
    await world.relay();
    await world.untilStatus(jobId, 'succeeded');
    expect((await world.noted('second')).resumed).toBe(resumed);
  });

  it('kills the trainer as soon as a heartbeat hears of a cancel', async () => {
    await world.script({ do: 'note', name: 'running' }, { do: 'hang' });
    await work();
    const jobId = await submit();
    const { pid } = await world.noted('running');
    await world.cancel(jobId);
    expect((await world.job(jobId)).status).toBe('canceling');
    await clock.advance(5000);
    await world.untilStatus(jobId, 'canceled');
    expect(processIsAlive(pid)).toBe(false);
    await until(async () => (await readdir(world.scratch)).length === 0);
  });

  it('stores the progress, at most about once a second', async () => {
    const progress = (fraction: number): Step[] => [{ do: 'progress', fraction }, { do: 'event' }];
    await world.script(
      ...progress(0.1),
      { do: 'wait-for', name: 'go' },
      ...progress(0.2),
      ...progress(0.3),
      { do: 'note', name: 'sent' },
      { do: 'hang' },
    );
    await work();
    const jobId = await submit();
    const untilEvents = (count: number) =>
      until(
        async () =>
          types(await world.events(jobId)).filter((type) => type === 'epoch.completed').length === count,
      );
    await untilEvents(1);
    expect((await world.job(jobId)).progress.fraction).toBe(0);
    await clock.advance(1000);
    await world.signal('go');
    await untilEvents(3);
    await until(async () => (await world.job(jobId)).progress.fraction === 0.2);
    await clock.advance(4000);
    await until(async () => (await world.job(jobId)).progress.fraction === 0.3);
  });

  it('ends a job that runs longer than it may, counting earlier attempts', async () => {
    await world.script({ do: 'note', name: 'running' }, { do: 'hang' });
    // Ticking ahead of the real heartbeats must not look like a lost lease.
    await work({ SPIKEFIT_LEASE_SECONDS: '3600' });
    const jobId = await submit({ limits: { maxRuntimeSeconds: 60 } });
    const { pid } = await world.noted('running');
    await clock.advance(59_000);
    expect(processIsAlive(pid)).toBe(true);
    await clock.advance(1000);
    await world.untilStatus(jobId, 'failed');
    expect((await world.job(jobId)).error).toMatchObject({ code: 'job.timed-out', retryable: false });
    expect(processIsAlive(pid)).toBe(false);
  });

  it.each([
    ['user', { do: 'fail', code: 'job.diverged' }, 'failed', 'job.diverged'],
    ['internal', { do: 'fail', code: 'checkpoint.invalid' }, 'failed', 'checkpoint.invalid'],
    [
      'out of memory',
      { do: 'abort', text: 'FATAL ERROR: JavaScript heap out of memory' },
      'failed',
      'job.out-of-memory',
    ],
    ['a file that is not what it is said to be', { do: 'damaged-checkpoint' }, 'failed', 'object.corrupt'],
    ['a file outside the scratch folder', { do: 'foreign-checkpoint' }, 'failed', 'internal.error'],
    [
      'a report that Postgres cannot hold',
      { do: 'done', report: { formatVersion: 1 } },
      'failed',
      'internal.error',
    ],
  ] as const)('fails at once: %s', async (_what, step, status, code) => {
    await world.script(step);
    await work();
    const jobId = await submit();
    await world.untilStatus(jobId, status);
    const job = await world.job(jobId);
    expect(job.error).toMatchObject({ code });
    expect(job.attempt).toBe(1);
    expect(types(await world.events(jobId)).at(-1)).toBe('job.failed');
  });

  it('tries again later what fails for a passing reason', async () => {
    await world.script(done);
    await work({}, () => Promise.reject(new CodedError('dataset.unavailable', 'no network')));
    const jobId = await submit();
    await until(async () => (await world.job(jobId)).statusMessage?.includes('dataset.unavailable') === true);
    const job = await world.job(jobId);
    expect(job).toMatchObject({ status: 'queued', interruptions: 0, error: null });
    expect(await world.relay()).toBe(0);
  });

  it('goes on after Postgres has ended all its connections', async () => {
    await world.script(
      { do: 'note', name: 'running' },
      { do: 'wait-for', name: 'go' },
      { do: 'event', data: { phase: 'pretrain', epoch: 1 } },
      { do: 'checkpoint' },
      done,
    );
    await work();
    const jobId = await submit();
    await world.noted('running');
    await world.breakConnections();
    await world.signal('go');
    await until(async () => {
      await clock.advance(100);
      return (await world.job(jobId).catch(() => null))?.status === 'succeeded';
    });
    expect(await world.job(jobId)).toMatchObject({ attempt: 1, interruptions: 0 });
  });

  it('drops the entry of a job that does not wait any more', async () => {
    const jobId = await submit();
    await world.cancel(jobId);
    await work();
    await until(async () => (await world.queue.missing([{ jobId, enqueueSeq: 1 }])).length === 1);
    expect((await world.job(jobId)).status).toBe('canceled');
    expect(types(await world.events(jobId))).not.toContain('job.started');
  });

  it('is refused every late write once another attempt has the job', async () => {
    await world.script(
      { do: 'checkpoint' },
      { do: 'note', name: 'first' },
      { do: 'wait-for', name: 'late' },
      { do: 'event', data: { phase: 'pretrain', epoch: 7 } },
      { do: 'checkpoint' },
      done,
    );
    await work();
    const jobId = await submit();
    const { pid } = await world.noted('first');
    // The first worker is not ticked: it is deaf, as if it were frozen.
    expect(await world.expireLease(jobId)).toEqual([{ jobId, status: 'queued' }]);
    await world.script({ do: 'note', name: 'second' }, { do: 'checkpoint' }, done);
    await work();
    await world.relay();
    await world.untilStatus(jobId, 'succeeded');
    expect((await world.noted('second')).resumed).toBe('state 1');
    const before = await world.events(jobId);
    await world.signal('late');
    await until(() => !processIsAlive(pid));
    expect(await world.events(jobId)).toEqual(before);
    expect((await world.checkpoints(jobId)).map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect(await world.artifacts(jobId)).toHaveLength(1);
    expect((await world.job(jobId)).attempt).toBe(2);
  });

  it('kills its trainer when a heartbeat hears that the lease is lost', async () => {
    await world.script({ do: 'note', name: 'first' }, { do: 'hang' });
    await work();
    const jobId = await submit();
    const { pid } = await world.noted('first');
    await world.expireLease(jobId);
    await clock.advance(5000);
    await until(() => !processIsAlive(pid));
    expect((await world.job(jobId)).status).toBe('queued');
  });

  it('lets the trainer save its work when it is stopped, and gives the job back', async () => {
    await world.script({ do: 'note', name: 'first' }, { do: 'until-stopped' });
    const worker = await work();
    const jobId = await submit();
    await world.noted('first');
    await worker.stop();
    const job = await world.job(jobId);
    expect(job).toMatchObject({ status: 'queued', interruptions: 1 });
    expect(await world.checkpoints(jobId)).toHaveLength(1);
    await world.script({ do: 'note', name: 'second' }, done);
    await work();
    await world.relay();
    await world.untilStatus(jobId, 'succeeded');
    expect((await world.noted('second')).resumed).toBe('state 1');
  });

  it('does not wait for ever for a trainer that does not stop', async () => {
    await world.script({ do: 'checkpoint' }, { do: 'note', name: 'first' }, { do: 'hang' });
    const worker = await work({ SPIKEFIT_SHUTDOWN_SECONDS: '10' });
    const jobId = await submit();
    const { pid } = await world.noted('first');
    const stopped = worker.stop();
    await until(async () => {
      await clock.advance(1000);
      return !processIsAlive(pid);
    });
    await stopped;
    expect(clock.monotonicMs()).toBeGreaterThanOrEqual(10_000);
    expect(await world.job(jobId)).toMatchObject({ status: 'queued', interruptions: 1 });
  });
});

describe('shared pretraining', () => {
  it('starts a job from the dense network that another one trained, and trains it when that is gone', async () => {
    await world.script(
      { do: 'checkpoint' },
      { do: 'checkpoint', phase: 'cluster', pretrained: true },
      { do: 'note', name: 'maker' },
      done,
    );
    await work();
    const maker = await submit();
    await world.untilStatus(maker, 'succeeded');
    expect((await world.noted('maker')).resumed).toBeNull();
    const folder = path.join(world.objects, 'pretrained');
    const [hash = ''] = await readdir(folder);
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(await readdir(path.join(folder, hash))).toEqual([`${maker}-e1.safetensors`]);

    await world.script({ do: 'note', name: 'user' }, done);
    const user = await submit({ method: { quantization: { levels: 2 } } });
    await world.untilStatus(user, 'succeeded');
    expect((await world.noted('user')).resumed).toBe('state 2');
    const started = (await world.events(user)).find(({ type }) => type === 'job.started');
    expect(started?.data).toMatchObject({ pretrainedBy: maker, checkpointId: null });

    await world.script({ do: 'note', name: 'other-seed' }, done);
    await world.untilStatus(await submit({ seed: 99 }), 'succeeded');
    expect((await world.noted('other-seed')).resumed).toBeNull();

    await writeFile(path.join(folder, hash, `${maker}-e1.safetensors`), 'damaged');
    await world.script(
      { do: 'note', name: 'again' },
      { do: 'checkpoint', phase: 'cluster', pretrained: true },
      done,
    );
    const again = await submit();
    await world.untilStatus(again, 'succeeded');
    expect((await world.noted('again')).resumed).toBeNull();
    expect(await readdir(path.join(folder, hash))).toContain(`${again}-e1.safetensors`);
    await world.script({ do: 'note', name: 'last' }, done);
    await world.untilStatus(await submit(), 'succeeded');
    expect((await world.noted('last')).resumed).toBe('state 1');
  });
});
