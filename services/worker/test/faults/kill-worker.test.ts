/**
 * `kill -9` of the trainer, of the worker and of both, at random points of every phase: the job ends with the same
 * bits as one that was never disturbed, whatever the number of threads of those who go on with it.
 */
import { type Phase, phases } from '@spikefit/contracts';
import { findFreePort } from '@spikefit/local-services';
import { type RandomStream, randomStream } from '@spikefit/specification';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Client, createClient } from './client.ts';
import { createReader, type Reader } from './reader.ts';
import { expectSameResult, type Reference, runReference, tinyRequest } from './reference.ts';
import { rounds, seed } from './settings.ts';
import { type RunningWorker, type Stack, startStack } from './stack.ts';

const victims = ['trainer', 'worker', 'both'] as const;
const killsPerRound = 2;

let stack: Stack;
let client: Client;
let reader: Reader;
let reference: Reference;
const workers = new Set<RunningWorker>();
const starting = new Set<Promise<void>>();
let startedWorkers = 0;

/** Threads alternate, so that most jobs are gone on with by a worker with another number. */
function startWorker(): Promise<void> {
  startedWorkers += 1;
  const threads = String(1 + (startedWorkers % 2));
  const started: Promise<void> = stack.startWorker({ SPIKEFIT_THREADS: threads }).then((worker) => {
    workers.add(worker);
    starting.delete(started);
  });
  starting.add(started);
  return started;
}

beforeAll(async () => {
  stack = await startStack({ port: await findFreePort() });
  await Promise.all([stack.startApi(), stack.startNotifier(), startWorker(), startWorker()]);
  client = createClient(stack.url, stack.apiKey);
  reader = createReader(stack.application, stack.tenantId);
  reference = await runReference(client, reader, tinyRequest(seed));
}, 120_000);

afterAll(async () => {
  await Promise.all(starting);
  await stack?.[Symbol.asyncDispose]();
}, 60_000);

it('an undisturbed run has every phase', () => {
  expect([...reference.phaseEvents.keys()]).toEqual([...phases]);
  expect(reference.artifactSha256).toMatch(/^[0-9a-f]{64}$/);
});

/** What was hit, as `phase/victim`; a kill misses when the job is between two attempts, or over. */
const struck: string[] = [];

it.each(Array.from({ length: rounds }, (_, index) => index))(
  'round %i: killed in two phases, the same result',
  async (round) => {
    const { id } = await client.submit(tinyRequest(seed), `round-${round}`);
    const hits: string[] = [];
    // In the order in which the job comes to them.
    const numbers = Array.from({ length: killsPerRound }, (_, kill) => round * killsPerRound + kill);
    for (const number of numbers.sort((a, b) => (a % phases.length) - (b % phases.length))) {
      const phase = phases[number % phases.length]!;
      // Moves on by one each time all phases were had, so that every phase meets every victim.
      const victim = victims[(number + Math.floor(number / phases.length)) % victims.length]!;
      const random = randomStream(seed, 'shuffle', 9000, number);
      if (await killIn(id, phase, victim, random)) hits.push(`${phase}/${victim}`);
    }
    await expectSameResult(reader, id, reference);
    const { attempt, interruptions } = await reader.job(id);
    console.log(`round ${round}: hit ${hits.join(', ') || 'nothing'}; ${attempt} attempts`);
    struck.push(...hits);
    // A kill after the result was written interrupts nothing.
    if (hits.length > 0) expect(interruptions).toBeLessThanOrEqual(attempt - 1);
  },
  120_000,
);

it('most kills hit a job at work', () => {
  expect(struck.length).toBeGreaterThanOrEqual(rounds);
});

/**
 * Waits until the phase has told a share of what it tells when it is undisturbed, then a moment more, and kills.
 * @returns false when the job was over by then, or between two attempts: nothing was killed
 */
async function killIn(
  jobId: string,
  phase: Phase,
  victim: (typeof victims)[number],
  random: RandomStream,
): Promise<boolean> {
  const wanted = Math.floor(random.uniform() * (reference.phaseEvents.get(phase) ?? 0));
  for (;;) {
    const events = await reader.events(jobId);
    if (events.at(-1)?.type === 'job.succeeded') return false;
    const start = events.findIndex(({ type, data }) => type === 'phase.started' && data.phase === phase);
    if (start !== -1 && events.length - 1 - start >= wanted) break;
    await delay(10);
  }
  await delay(80 * random.uniform());
  const worker = await holderOf(jobId);
  if (worker === null) return false;
  const trainerPid = worker.trainerPid();
  if (victim !== 'trainer') {
    worker.process.signal('SIGKILL');
    workers.delete(worker);
    void startWorker();
  }
  if (victim !== 'worker' && trainerPid !== null) killProcess(trainerPid);
  return true;
}

/** The worker that runs the job now. */
async function holderOf(jobId: string): Promise<RunningWorker | null> {
  const job = await reader.job(jobId);
  if (job.status !== 'running') return null;
  const marks = [`"jobId":"${jobId}"`, `"attempt":${job.attempt},`, '"trainer started"'];
  for (const worker of workers) {
    if (worker.lines.some((line) => marks.every((mark) => line.includes(mark)))) return worker;
  }
  return null;
}

function killProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

const delay = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
