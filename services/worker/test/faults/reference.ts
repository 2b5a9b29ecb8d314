import { type Event, type JobRequest, type Phase, phases, type Report } from '@spikefit/contracts';
import { expect } from 'vitest';
import type { Client } from './client.ts';
import type { Reader } from './reader.ts';

/** Small enough to run in seconds, with every phase: two blocks, so that pruning has consumers to mind. */
export const tinyRequest = (seed: number): JobRequest => ({
  model: { architecture: '8C3-BN-LIF-MP2-8C3-BN-LIF-MP2-FC10', timeSteps: 2 },
  dataset: { id: 'fashion-mnist', trainSamples: 400, testSamples: 100 },
  target: { id: 'generic-4-level' },
  method: {
    quantization: { technique: 'cat', levels: 4, bits: 8, group: 'layer' },
    pruning: {
      technique: 'fsc',
      budget: { kind: 'fraction', value: 0.4 },
      steps: 2,
      samples: 64,
      recoveryEpochs: 0.5,
    },
  },
  training: { pretrainEpochs: 2, catEpochs: 2, finetuneEpochs: 2, batchSize: 32 },
  seed,
});

/** What an undisturbed run of a request ends with, and how much its phases tell. */
export interface Reference {
  readonly artifactSha256: string;
  readonly report: Report | null;
  readonly epochs: readonly string[];
  /** Events from the start of each phase to the start of the next. */
  readonly phaseEvents: ReadonlyMap<Phase, number>;
}

export async function runReference(client: Client, reader: Reader, request: JobRequest): Promise<Reference> {
  const { id } = await client.submit(request, 'reference');
  const job = await reader.untilEnded(id);
  expect(job.error).toBeNull();
  expect(job).toMatchObject({ status: 'succeeded', attempt: 1, interruptions: 0 });
  const events = await reader.events(id);
  const [artifact] = await reader.artifacts(id);
  return {
    artifactSha256: artifact?.sha256 ?? '',
    report: await reader.report(id),
    epochs: workOf(events),
    phaseEvents: phaseLengths(events),
  };
}

/** A job that was disturbed must show all this when it has ended. */
export async function expectSameResult(reader: Reader, jobId: string, reference: Reference): Promise<void> {
  const job = await reader.untilEnded(jobId);
  const events = await reader.events(jobId);
  const artifacts = await reader.artifacts(jobId);
  expect(job.error).toBeNull();
  expect(job.status).toBe('succeeded');
  expect(artifacts.map(({ sha256 }) => sha256)).toEqual([reference.artifactSha256]);
  expect(await reader.report(jobId)).toEqual(reference.report);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_event, index) => index + 1));
  expect(events.filter(({ type }) => type === 'job.succeeded')).toHaveLength(1);
  expect(events.at(-1)?.type).toBe('job.succeeded');
  expect(workOf(events)).toEqual(reference.epochs);
}

/** The work that was done, as the events tell it, without what was done again: each piece once, in order. */
function workOf(events: readonly Event[]): string[] {
  return events
    .filter(({ replayed, type }) => !replayed && (type === 'epoch.completed' || type === 'pruning.stepped'))
    .map(({ type, data }) => {
      const { phase, epoch, step, loss, validationAccuracy } = data;
      return JSON.stringify({ type, phase, epoch, step, loss, validationAccuracy });
    });
}

function phaseLengths(events: readonly Event[]): Map<Phase, number> {
  const starts = events
    .map(({ type, data }, index) => ({ type, phase: data.phase, index }))
    .filter(({ type }) => type === 'phase.started' || type === 'job.succeeded');
  return new Map(
    phases.flatMap((phase) => {
      const position = starts.findIndex((start) => start.phase === phase);
      const start = starts[position];
      const next = starts[position + 1];
      return start === undefined || next === undefined ? [] : [[phase, next.index - start.index] as const];
    }),
  );
}
