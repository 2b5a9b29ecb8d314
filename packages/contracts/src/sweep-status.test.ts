import { expect, test } from 'vitest';
import { jobStatuses } from './job-status.ts';
import { type SweepCounts, type SweepStatus, sweepStatusOf } from './sweep-status.ts';

const counts = (some: Partial<SweepCounts>): SweepCounts => ({
  ...(Object.fromEntries(jobStatuses.map((status) => [status, 0])) as SweepCounts),
  ...some,
});

test.each<[Partial<SweepCounts>, SweepStatus]>([
  [{ queued: 3 }, 'queued'],
  [{ queued: 2, running: 1 }, 'running'],
  [{ queued: 2, succeeded: 1 }, 'running'],
  [{ running: 1, failed: 2 }, 'running'],
  [{ canceling: 1, canceled: 2 }, 'canceling'],
  [{ canceling: 1, running: 1 }, 'running'],
  [{ succeeded: 3 }, 'succeeded'],
  [{ succeeded: 2, canceled: 1 }, 'canceled'],
  [{ succeeded: 1, canceled: 1, failed: 1 }, 'failed'],
])('%j is %s', (some, status) => {
  expect(sweepStatusOf(counts(some))).toBe(status);
});
