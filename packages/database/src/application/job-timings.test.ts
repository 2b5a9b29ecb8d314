import type { JobStatus } from '@spikefit/contracts';
import { expect, test } from 'vitest';
import { jobTimings } from './job-timings.ts';

const at = (seconds: number) => new Date(Date.UTC(2024, 0, 1) + seconds * 1000);
const transitions = (...list: [JobStatus, number][]) =>
  list.map(([status, seconds]) => ({ status, at: at(seconds) }));

test('waiting and running are summed over the attempts; the open period counts up to now', () => {
  const list = transitions(['queued', 0], ['running', 10], ['queued', 25], ['running', 26]);
  expect(jobTimings(list, at(30))).toEqual({ queuedMs: 11_000, runningMs: 19_000 });
});

test('an ended job no longer counts, and what never happened is null', () => {
  expect(jobTimings(transitions(['queued', 0], ['canceled', 7]), at(1000))).toEqual({
    queuedMs: 7000,
    runningMs: null,
  });
  const canceled = transitions(['queued', 0], ['running', 1], ['canceling', 3], ['canceled', 4]);
  expect(jobTimings(canceled, at(1000))).toEqual({ queuedMs: 1000, runningMs: 3000 });
});
