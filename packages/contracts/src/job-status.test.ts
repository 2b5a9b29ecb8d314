import { describe, expect, it } from 'vitest';
import { isHeldByWorker, isTerminal, type JobStatus, jobStatuses, jobTransitions } from './job-status.ts';

const reachableFrom = (start: JobStatus): Set<JobStatus> => {
  const seen = new Set<JobStatus>([start]);
  for (const status of seen) for (const next of jobTransitions[status]) seen.add(next);
  return seen;
};

describe('jobTransitions', () => {
  it('lead only to statuses, never to themselves, each named once', () => {
    expect(Object.keys(jobTransitions).sort()).toEqual([...jobStatuses].sort());
    for (const [from, targets] of Object.entries(jobTransitions)) {
      expect(new Set(targets).size).toBe(targets.length);
      expect(targets).not.toContain(from);
      for (const target of targets) expect(jobStatuses).toContain(target);
    }
  });

  it('reach every status from queued, and an end from every status', () => {
    expect([...reachableFrom('queued')].sort()).toEqual([...jobStatuses].sort());
    for (const status of jobStatuses) expect([...reachableFrom(status)].some(isTerminal)).toBe(true);
  });

  it('end in succeeded, failed and canceled, and nowhere else', () => {
    expect(jobStatuses.filter(isTerminal)).toEqual(['canceled', 'succeeded', 'failed']);
  });

  it('succeed only out of a worker’s hands', () => {
    for (const status of jobStatuses) {
      if (jobTransitions[status].includes('succeeded')) expect(isHeldByWorker(status)).toBe(true);
    }
  });

  it('send an interrupted attempt back to the queue, unless it was to be canceled', () => {
    expect(jobStatuses.filter((status) => jobTransitions[status].includes('queued'))).toEqual([
      'running',
      'pausing',
      'paused',
    ]);
  });

  it('cancel at once what no worker holds, and ask the worker of what it holds', () => {
    for (const status of jobStatuses.filter((each) => !isTerminal(each) && !isHeldByWorker(each))) {
      expect(jobTransitions[status]).toContain('canceled');
      expect(jobTransitions[status]).not.toContain('canceling');
    }
    for (const status of ['running', 'pausing'] as const)
      expect(jobTransitions[status]).toContain('canceling');
  });
});
