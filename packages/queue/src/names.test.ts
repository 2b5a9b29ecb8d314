import { expect, test } from 'vitest';
import { entryId, fromQueuePriority, parseEntryId, queuePriorities, toQueuePriority } from './names.ts';

test('entry ids name job and sequence, and have no colon', () => {
  const id = entryId('job_0123456789abcdefghjkmnpqrs', 12);
  expect(id).not.toContain(':');
  expect(parseEntryId(id)).toEqual({ jobId: 'job_0123456789abcdefghjkmnpqrs', enqueueSeq: 12 });
  for (const foreign of ['', 'job_1', '12', 'repeat:x:1', 'job_1-x', 'a b-1'])
    expect(parseEntryId(foreign)).toBeNull();
});

test('priorities turn around, and are never 0', () => {
  expect([0, 50, 100].map(toQueuePriority)).toEqual([101, 51, 1]);
  for (let priority = 0; priority <= 100; priority += 1) {
    expect(fromQueuePriority(toQueuePriority(priority))).toBe(priority);
    expect(queuePriorities).toContain(toQueuePriority(priority));
  }
  for (const wrong of [-1, 101, 0.5, Number.NaN]) expect(() => toQueuePriority(wrong)).toThrow('priority');
});
