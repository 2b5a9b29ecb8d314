/** A worker that is frozen past its lease: another takes over, and what the first one writes late is refused. */
import { findFreePort } from '@spikefit/local-services';
import { randomStream } from '@spikefit/specification';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { withDatabase } from '../with-database.ts';
import { type Client, createClient } from './client.ts';
import { createReader, type Reader } from './reader.ts';
import { expectSameResult, type Reference, runReference, tinyRequest } from './reference.ts';
import { rounds, seed } from './settings.ts';
import { type RunningWorker, type Stack, startStack } from './stack.ts';

let stack: Stack;
let client: Client;
let reader: Reader;
let reference: Reference;
let workers: RunningWorker[];
/** Rounds in which the frozen worker had a write under way when it went on. */
let refusals = 0;

beforeAll(async () => {
  stack = await startStack({ port: await findFreePort() });
  workers = await Promise.all([stack.startWorker(), stack.startWorker()]);
  await Promise.all([stack.startApi(), stack.startNotifier()]);
  client = createClient(stack.url, stack.apiKey);
  reader = createReader(stack.application, stack.tenantId);
  reference = await runReference(client, reader, tinyRequest(seed));
}, 120_000);

afterAll(async () => {
  console.log(`late writes of the worker itself were refused in ${refusals} of ${rounds} rounds`);
  await stack?.[Symbol.asyncDispose]();
}, 60_000);

const allRounds = Array.from({ length: rounds }, (_, index) => index);

it.each(allRounds)(
  'round %i: frozen until its lease has run out',
  async (round) => {
    await freezeOnce(`lease-${round}`, round, async () => undefined);
  },
  120_000,
);

it('others start, whose heartbeat is slow', async () => {
  await Promise.all(workers.map((worker) => worker.process.stop()));
  const slow = { SPIKEFIT_LEASE_SECONDS: '180', SPIKEFIT_HEARTBEAT_SECONDS: '60' };
  workers = await Promise.all([stack.startWorker(slow), stack.startWorker(slow)]);
}, 60_000);

it.each(allRounds)(
  'round %i: frozen, and no heartbeat is due when it goes on',
  async (round) => {
    const { frozen, id } = await freezeOnce(`late-${round}`, round, expireLease);
    // Whether it had something to write just then is up to chance; `expectRefused` leaves nothing to it.
    if (frozen.lines.some((line) => line.includes(id) && line.includes('a late write was refused')))
      refusals += 1;
  },
  120_000,
);

/** @param past brings the job's lease to its end */
async function freezeOnce(
  key: string,
  round: number,
  past: (jobId: string) => Promise<unknown>,
): Promise<{ frozen: RunningWorker; id: string }> {
  const { id } = await client.submit(tinyRequest(seed), key);
  const holderOf = (attempt: number) => workers.find((worker) => holds(worker, id, attempt));
  // Somewhere in the work, another place each round. A worker that is frozen in the middle of a transaction holds the
  // job's row until Postgres ends the transaction, after 15 s: such rounds take longer.
  await until(async () => countEpochs(await reader.events(id)) >= 1 + (round % 4));
  await delay(200 * randomStream(seed, 'shuffle', 9003, round).uniform());
  const frozen = holderOf(1);
  if (frozen === undefined) throw new Error('nobody has the first attempt');
  frozen.process.signal('SIGSTOP');
  await past(id);
  await until(async () => holderOf(2) !== undefined);
  expect(holderOf(2)).not.toBe(frozen);
  // The frozen worker's trainer has gone on all the while; its messages wait. Now they are read.
  await expectRefused(id, frozen);
  frozen.process.signal('SIGCONT');
  await expectSameResult(reader, id, reference);

  await until(async () => frozen.lines.some((line) => line.includes(id) && line.includes('"ending":"lost"')));
  const events = await reader.events(id);
  const takeOver = events.findIndex(({ type, attempt }) => type === 'job.started' && attempt === 2);
  expect(takeOver).toBeGreaterThan(0);
  expect(events.slice(takeOver).every(({ attempt }) => attempt >= 2)).toBe(true);
  const trainerPid = frozen.trainerPid();
  await until(async () => trainerPid === null || !isAlive(trainerPid));
  return { frozen, id };
}

/** Writes what the frozen worker may be about to write, with its lease. */
async function expectRefused(jobId: string, frozen: RunningWorker): Promise<void> {
  const line = frozen.lines.find((text) => text.includes(jobId) && text.includes('"attempt":1,')) ?? '{}';
  const { owner } = JSON.parse(line) as { owner: string };
  const lease = { jobId, tenantId: stack.tenantId, owner, leaseEpoch: 1, leaseSeconds: 2 };
  const { attempts } = stack.application;
  const event = { type: 'epoch.completed', data: { phase: 'pretrain', epoch: 99 }, replayed: false } as const;
  const lost = { code: 'job.lease-lost' };
  await expect(attempts.appendEvents(lease, [event])).rejects.toMatchObject(lost);
  await expect(attempts.interrupt(lease, { code: null, detail: 'late' })).rejects.toMatchObject(lost);
  expect(await attempts.heartbeat(lease)).toBe('lost');
}

const expireLease = (jobId: string) =>
  withDatabase(stack.database.adminUrl, (admin) =>
    admin.query(`UPDATE jobs SET lease_until = now() - interval '1 second' WHERE id = $1`, [jobId]),
  );

const holds = (worker: RunningWorker, jobId: string, attempt: number) =>
  worker.lines.some(
    (line) =>
      line.includes(jobId) && line.includes(`"attempt":${attempt},`) && line.includes('"trainer started"'),
  );

const countEpochs = (events: readonly { type: string }[]) =>
  events.filter(({ type }) => type === 'epoch.completed').length;

const delay = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await delay(20);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
