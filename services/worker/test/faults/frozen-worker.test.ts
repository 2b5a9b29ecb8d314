/** A worker that is frozen past its lease: another takes over, and what the first one writes late is refused. */
import { findFreePort } from '@spikefit/local-services';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Client, createClient } from './client.ts';
import { createReader, type Reader } from './reader.ts';
import { expectSameResult, type Reference, runReference, tinyRequest } from './reference.ts';
import { rounds, seed } from './settings.ts';
import { type RunningWorker, type Stack, startStack } from './stack.ts';

let stack: Stack;
let client: Client;
let reader: Reader;
let reference: Reference;
let first: RunningWorker;
let second: RunningWorker;
/** Rounds in which a late write reached Postgres before a heartbeat could tell that the lease is lost. */
const refusals = 0;

beforeAll(async () => {
  stack = await startStack({ port: await findFreePort() });
  [first, second] = await Promise.all([
    stack.startWorker(),
    stack.startWorker(),
    stack.startApi(),
    stack.startNotifier(),
  ]);
  client = createClient(stack.url, stack.apiKey);
  reader = createReader(stack.application, stack.tenantId);
  reference = await runReference(client, reader, tinyRequest(seed));
}, 120_000);

afterAll(async () => {
  console.log(`late writes were refused in ${refusals} of ${rounds} rounds; else the heartbeat was first`);
  await stack?.[Symbol.asyncDispose]();
}, 60_000);

it.each(Array.from({ length: rounds }, (_, index) => index))(
  'round %i: the same result, and no late writes',
  async (round) => {
    const { id } = await client.submit(tinyRequest(seed), `round-${round}`);
    const started = (worker: RunningWorker, attempt: number) => holds(worker, id, attempt);
    await until(async () => started(first, 1) || started(second, 1));
    // Somewhere in the work, another place each round.
    const epochs = 1 + (round % 4);
    await until(async () => countEpochs(await reader.events(id)) >= epochs);
    const [frozen, other] = started(first, 1) ? [first, second] : [second, first];
    frozen.process.signal('SIGSTOP');
    await until(async () => started(other, 2));
    // The frozen worker's trainer has gone on all the while; its messages wait. Now they are read, and written late.
    frozen.process.signal('SIGCONT');
    await expectSameResult(reader, id, reference);
    await until(async () => frozen.lines.some((line) => line.includes(id) && line.includes('attempt ended')));
    const events = await reader.events(id);
    const takeOver = events.findIndex(({ type, attempt }) => type === 'job.started' && attempt === 2);
    expect(takeOver).toBeGreaterThan(0);
    expect(events.slice(takeOver).every(({ attempt }) => attempt >= 2)).toBe(true);
    const trainerPid = frozen.trainerPid();
    await until(async () => trainerPid === null || !isAlive(trainerPid));
  },
  120_000,
);

const holds = (worker: RunningWorker, jobId: string, attempt: number) =>
  worker.lines.some(
    (line) =>
      line.includes(jobId) && line.includes(`"attempt":${attempt},`) && line.includes('"trainer started"'),
  );

const countEpochs = (events: readonly { type: string }[]) =>
  events.filter(({ type }) => type === 'epoch.completed').length;

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
