import type { Event } from '@spikefit/contracts';
import { expect, it } from 'vitest';
import { messageBody } from './message-body.ts';

const event = (type: Event['type'], data: Record<string, unknown>): Event => ({
  id: 'evt_1',
  jobId: 'job_1',
  seq: 9,
  type,
  at: '2026-01-01T00:00:00.000Z',
  attempt: 1,
  replayed: false,
  data,
});

it('says where a completed sweep is, beside the job that ended last', () => {
  const sweep = { id: 'swp_1', status: 'failed', cells: 2, resumes: 0 };
  expect(JSON.parse(messageBody(event('sweep.completed', { sweep }), 'https://x.example'))).toEqual({
    id: 'evt_1',
    type: 'sweep.completed',
    timestamp: '2026-01-01T00:00:00.000Z',
    data: {
      sweep: {
        ...sweep,
        urls: {
          self: 'https://x.example/v1/sweeps/swp_1',
          results: 'https://x.example/v1/sweeps/swp_1/results',
          plot: 'https://x.example/v1/sweeps/swp_1/plot.svg',
        },
      },
      seq: 9,
      attempt: 1,
      job: {
        id: 'job_1',
        urls: {
          self: 'https://x.example/v1/jobs/job_1',
          events: 'https://x.example/v1/jobs/job_1/events',
          report: 'https://x.example/v1/jobs/job_1/report',
        },
      },
    },
  });
});

it('has no sweep in the events of a job', () => {
  const { data } = JSON.parse(messageBody(event('job.canceled', { message: 'm' }), 'https://x.example'));
  expect(Object.keys(data)).toEqual(['message', 'seq', 'attempt', 'job']);
});
