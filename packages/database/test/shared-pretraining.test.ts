/** Jobs with the same dense network train it once: who makes it, who waits, who takes over. */
import { useDatabase } from '@spikefit/testkit';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { ClaimOutcome, Lease, QueueEntry } from '../src/index.ts';
import { claimed, createdJob, newCheckpoint, newJob, openDatabases, pin, resolved } from './fixtures.ts';

const database = useDatabase();
let databases: Awaited<ReturnType<typeof openDatabases>>;
let tenantId = '';
let superuser: pg.Client;
const sql = async (text: string, values: unknown[] = []) => (await superuser.query(text, values)).rows;

beforeAll(async () => {
  databases = await openDatabases(database());
  superuser = new pg.Client({ connectionString: database().adminUrl });
  await superuser.connect();
});
beforeEach(async () => {
  tenantId = await databases.newTenant();
});
afterAll(async () => {
  await superuser.end();
  await databases[Symbol.asyncDispose]();
});

const contentHash = 'c'.repeat(64);
const made = { contentHash, objectKey: 'pretrained/c/1', sha256: 'd'.repeat(64), bytes: 7 };
const submit = async () => (await createdJob(databases.application, newJob(tenantId))).id;
const claim = (jobId: string, hash = contentHash): Promise<ClaimOutcome> =>
  databases.application.attempts.claim({
    jobId,
    tenantId,
    owner: 'worker-1',
    leaseSeconds: 30,
    pin,
    pretrainingHash: () => hash,
  });
const taken = async (jobId: string) => {
  const outcome = await claim(jobId);
  if (outcome.kind !== 'claimed') throw new Error(outcome.detail);
  return outcome.claim;
};
const statusMessage = async (jobId: string) =>
  (await databases.application.jobs.get({ tenantId, jobId }))?.statusMessage;
const due = (jobId: string) => sql('UPDATE jobs SET not_before = NULL WHERE id = $1', [jobId]);
const endLease = ({ jobId }: Lease) =>
  sql(`UPDATE jobs SET lease_until = now() - interval '1 second' WHERE id = $1`, [jobId]);
const relayed = async () => {
  const entries: QueueEntry[] = [];
  await databases.notifier.outbox.take(100, async (batch) => void entries.push(...batch));
  return entries.filter((entry) => entry.tenantId === tenantId);
};

test('the first makes it, others wait in the queue, and are woken when it is there', async () => {
  const [first, second, third] = [await submit(), await submit(), await submit()];
  const maker = await taken(first);
  expect(maker.pretraining).toEqual({ contentHash, state: null });
  expect(await claim(second)).toMatchObject({ kind: 'declined', reason: 'waits-for-pretraining' });
  expect(await statusMessage(second)).toBe(`waits for the dense network that ${first} is training`);
  expect(await claim(second)).toMatchObject({ reason: 'not-due' });
  await relayed();
  expect(
    (await databases.notifier.reconciler.jobsWaiting({ limit: 100 })).map(({ jobId }) => jobId),
  ).not.toContain(second);

  await databases.application.attempts.savePretrained(maker.lease, made);
  expect(await relayed()).toEqual([{ jobId: second, tenantId, enqueueSeq: 2, priority: 0 }]);
  expect(await statusMessage(second)).toBeNull();
  for (const jobId of [second, third]) {
    const { pretraining } = await taken(jobId);
    expect(pretraining).toEqual({
      contentHash,
      state: { makerJobId: first, objectKey: made.objectKey, sha256: made.sha256 },
    });
  }
  // Again: nothing to wake, nothing changes.
  await databases.application.attempts.savePretrained(maker.lease, { ...made, objectKey: 'other' });
  expect(await relayed()).toEqual([]);
  const [row] = await sql('SELECT object_key FROM pretrained_states WHERE tenant_id = $1', [tenantId]);
  expect(row).toEqual({ object_key: made.objectKey });
});

test('another hash, another tenant and a worker that shares nothing are on their own', async () => {
  await taken(await submit());
  expect((await claim(await submit(), 'e'.repeat(64))).kind).toBe('claimed');
  const alone = await claimed(databases.application, { tenantId, jobId: await submit() });
  expect(alone.pretraining).toBeNull();
  const other = await databases.newTenant();
  const theirs = (await createdJob(databases.application, newJob(other))).id;
  const outcome = await databases.application.attempts.claim({
    jobId: theirs,
    tenantId: other,
    owner: 'w',
    leaseSeconds: 30,
    pin,
    pretrainingHash: () => contentHash,
  });
  expect(outcome).toMatchObject({ kind: 'claimed', claim: { pretraining: { state: null } } });
});

test('when the maker dies its lease ends, another takes over, and what the first one writes late is refused', async () => {
  const [first, second] = [await submit(), await submit()];
  const dead = await taken(first);
  await claim(second);
  await endLease(dead.lease);
  await due(second);
  const heir = await taken(second);
  expect(heir.pretraining).toEqual({ contentHash, state: null });
  // Its lease is over but nobody has taken the job back yet: the state is somebody else's all the same.
  await databases.application.attempts.savePretrained(dead.lease, { ...made, objectKey: 'late' });
  await databases.application.attempts.savePretrained(heir.lease, made);
  const [row] = await sql('SELECT object_key FROM pretrained_states WHERE tenant_id = $1', [tenantId]);
  expect(row).toEqual({ object_key: made.objectKey });
});

test.each(['fail', 'cancel', 'interrupt'] as const)('a maker that ends by %s makes room', async (end) => {
  const { application } = databases;
  const [first, second] = [await submit(), await submit()];
  const { lease } = await taken(first);
  await claim(second);
  if (end === 'fail') await application.attempts.fail(lease, { code: 'job.diverged', detail: '' });
  if (end === 'interrupt') await application.attempts.interrupt(lease, { code: null, detail: 'stops' });
  if (end === 'cancel') {
    await application.jobs.requestCancel({ tenantId, jobId: first });
    await application.attempts.finishCancel(lease);
  }
  await due(second);
  expect((await taken(second)).pretraining).toEqual({ contentHash, state: null });
});

test('a maker that is claimed again stays the maker; one that was overtaken goes on alone', async () => {
  const { application } = databases;
  const [first, second] = [await submit(), await submit()];
  const { lease } = await taken(first);
  await application.attempts.saveCheckpoint(lease, { ...newCheckpoint(), phase: 'pretrain' });
  await application.attempts.interrupt(lease, { code: null, detail: 'stops' });
  const again = await taken(first);
  expect(again.latestCheckpoint).not.toBeNull();
  expect(again.pretraining).toEqual({ contentHash, state: null });
  await application.attempts.interrupt(again.lease, { code: null, detail: 'stops' });
  const heir = await taken(second);
  expect(heir.pretraining?.state).toBeNull();
  expect((await taken(first)).pretraining).toBeNull();
});

test('a state whose object is gone is made anew by who finds out', async () => {
  const { application } = databases;
  const [first, second, third] = [await submit(), await submit(), await submit()];
  const maker = await taken(first);
  await application.attempts.savePretrained(maker.lease, made);
  const finder = await taken(second);
  await application.attempts.replacePretrained(finder.lease, made);
  expect(await claim(third)).toMatchObject({ reason: 'waits-for-pretraining' });
  await application.attempts.savePretrained(finder.lease, { ...made, objectKey: 'pretrained/c/2' });
  expect((await taken(third)).pretraining?.state).toMatchObject({
    makerJobId: second,
    objectKey: 'pretrained/c/2',
  });
});

test('of many claims at once one makes it', async () => {
  const jobs = await Promise.all(Array.from({ length: 6 }, submit));
  const outcomes = await Promise.all(jobs.map((jobId) => claim(jobId)));
  expect(outcomes.filter(({ kind }) => kind === 'claimed')).toHaveLength(1);
});

test('states that nobody started from for a week are forgotten, and their objects with them', async () => {
  const objectKey = `pretrained/${tenantId}`;
  const maker = await taken(await submit());
  await databases.application.attempts.savePretrained(maker.lease, { ...made, objectKey });
  const { reconciler } = databases.notifier;
  expect(await reconciler.unreferencedObjects([objectKey, 'x'])).toEqual(['x']);
  expect(await reconciler.expirePretrainedStates()).toBe(0);
  await sql(`UPDATE pretrained_states SET used_at = now() - interval '8 days' WHERE tenant_id = $1`, [
    tenantId,
  ]);
  expect(await reconciler.expirePretrainedStates()).toBe(1);
  expect(await reconciler.unreferencedObjects([objectKey])).toEqual([objectKey]);
});

test('the precision that counts is the job’s own', async () => {
  const pins: string[] = [];
  const jobId = (await createdJob(databases.application, newJob(tenantId, { resolved }))).id;
  await databases.application.attempts.claim({
    jobId,
    tenantId,
    owner: 'w',
    leaseSeconds: 30,
    pin: { ...pin, precision: 'mixed' },
    pretrainingHash: (_spec, own) => {
      pins.push(own.precision);
      return contentHash;
    },
  });
  expect(pins).toEqual(['fp32']);
});
