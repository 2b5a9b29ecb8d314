/** The notifier draws the plot of a sweep once its last job has ended. */
import { text } from 'node:stream/consumers';
import type { Report, SweepAxis } from '@spikefit/contracts';
import { findTarget, listTargets } from '@spikefit/hardware';
import { resolveJobRequest } from '@spikefit/specification';
import { TestClock, throwAwayDatabase, throwAwayRedis, until } from '@spikefit/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openWorld, type World } from './world.ts';

let world: World;
let clock: TestClock;
let cleanUp: AsyncDisposable[];

beforeEach(async () => {
  const database = await throwAwayDatabase();
  const redis = await throwAwayRedis();
  world = await openWorld(database, redis);
  clock = new TestClock(new Date());
  cleanUp = [redis, database, world];
});
afterEach(async () => {
  for (const one of cleanUp.reverse()) await one[Symbol.asyncDispose]();
});

const axes: SweepAxis[] = [
  { name: 'method.quantization.levels', path: ['method', 'quantization', 'levels'], values: [2, 4] },
];

/** As much of a report as there is to read of one here. */
function sampleReport(accuracy: number, bits: number): Report {
  const figures = {
    accuracy: { value: accuracy },
    size: { bits },
    neurons: 10,
    synapses: { stored: 100, nonzero: 90 },
    spikeRate: 0.1,
    synapticOperations: { accumulates: 1000, multiplyAccumulates: 10 },
  };
  const rest = { delta: {}, fit: { verdict: 'fits' }, quantization: {}, energy: [] };
  return { baseline: figures, compressed: figures, ...rest } as unknown as Report;
}

async function createSweep(): Promise<string> {
  const jobs = [2, 4].map((levels) => {
    const requested = {
      model: { architecture: '8C3-BN-LIF-MP2-FC10', timeSteps: 2 },
      dataset: { id: 'fashion-mnist', trainSamples: 100, testSamples: 50 },
      target: { id: 'generic-4-level' },
      method: { quantization: { levels } },
    };
    const targetIds = listTargets().map(({ id }) => id);
    const resolved = resolveJobRequest(requested, { targets: findTarget, targetIds });
    return { name: null, requested, resolved, modelSha256: 'b'.repeat(64) };
  });
  const outcome = await world.application.sweeps.create({
    tenantId: world.tenantId,
    name: 'two points',
    base: {},
    axes,
    priority: 0,
    metadata: {},
    jobs,
  });
  if (outcome.kind !== 'created') throw new Error(outcome.kind);
  return outcome.sweep.id;
}
const sweepOf = async (sweepId: string) => {
  const found = await world.application.sweeps.get({ tenantId: world.tenantId, sweepId });
  if (found === null) throw new Error(`there is no ${sweepId}`);
  return found;
};
const plotOf = async (sweepId: string) => (await sweepOf(sweepId)).sweep.plot;
const tickUntil = (condition: () => Promise<boolean>) =>
  until(async () => {
    await clock.advance(1000);
    return condition();
  });

it('waits for the last job, draws, and draws anew after a resume', async () => {
  const sweepId = await createSweep();
  cleanUp.push(await world.startNotifier(clock));
  const [first, second] = (await sweepOf(sweepId)).cells.map(({ jobId }) => jobId);
  const { lease } = await world.claim(first ?? '');
  await world.application.attempts.succeed(lease, { report: sampleReport(0.75, 8000), artifacts: [] });
  await clock.advance(20_000);
  expect(await plotOf(sweepId)).toBeNull();

  const failing = await world.claim(second ?? '');
  await world.application.attempts.fail(failing.lease, { code: 'job.diverged', detail: '' });
  await tickUntil(async () => (await plotOf(sweepId)) !== null);
  const one = await plotOf(sweepId);
  expect(one?.objectKey).toBe(`sweeps/${sweepId}/plot-0.svg`);
  const svg = await text(await world.objectStore.get(one?.objectKey ?? ''));
  expect(Buffer.byteLength(svg)).toBe(one?.bytes);
  expect(svg).toContain('two points</text>');
  expect(svg).toContain('levels 2</text>');
  expect(svg).not.toContain('levels 4</text>');

  await world.application.sweeps.resume({ tenantId: world.tenantId, sweepId });
  expect(await plotOf(sweepId)).toBeNull();
  const again = (await sweepOf(sweepId)).cells[1]?.jobId ?? '';
  const { lease: newLease } = await world.claim(again);
  await world.application.attempts.succeed(newLease, { report: sampleReport(0.8, 16_000), artifacts: [] });
  await tickUntil(async () => (await plotOf(sweepId)) !== null);
  const two = await plotOf(sweepId);
  expect(two?.objectKey).toBe(`sweeps/${sweepId}/plot-1.svg`);
  expect(await text(await world.objectStore.get(two?.objectKey ?? ''))).toContain('levels 4</text>');
});
