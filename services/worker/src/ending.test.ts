import { type ErrorCode, errorCatalogue } from '@spikefit/contracts';
import { describe, expect, it } from 'vitest';
import { consequenceOf, endingOfCrash } from './ending.ts';

describe('consequenceOf', () => {
  it('knows a consequence for every code of the catalogue', () => {
    const codes = Object.keys(errorCatalogue) as ErrorCode[];
    for (const code of codes)
      expect(['fail', 'retry-later', 'interrupt', 'nothing']).toContain(consequenceOf(code));
  });

  it.each([
    ['job.timed-out', 'fail'],
    ['job.out-of-memory', 'fail'],
    ['job.diverged', 'fail'],
    ['checkpoint.invalid', 'fail'],
    ['internal.error', 'fail'],
    ['dataset.unavailable', 'retry-later'],
    ['storage.full', 'retry-later'],
    ['service.unavailable', 'retry-later'],
    ['job.trainer-crashed', 'interrupt'],
    ['job.lease-lost', 'nothing'],
  ] as const)('%s → %s', (code, consequence) => {
    expect(consequenceOf(code)).toBe(consequence);
  });
});

describe('endingOfCrash', () => {
  const v8 =
    '<--- Last few GCs --->\nFATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory';

  it.each([
    ['a kill', { code: null, signal: 'SIGKILL', errorTail: '' }, 'job.trainer-crashed'],
    [
      'a kill after a line about memory',
      { code: null, signal: 'SIGKILL', errorTail: v8 },
      'job.trainer-crashed',
    ],
    ['a broken native kernel', { code: null, signal: 'SIGSEGV', errorTail: '' }, 'job.trainer-crashed'],
    ['an exit without a word', { code: 3, signal: null, errorTail: 'oh' }, 'job.trainer-crashed'],
    ["V8's abort for want of memory", { code: null, signal: 'SIGABRT', errorTail: v8 }, 'job.out-of-memory'],
    [
      'bad_alloc in a kernel',
      { code: null, signal: 'SIGABRT', errorTail: 'what():  std::bad_alloc' },
      'job.out-of-memory',
    ],
  ] as const)('%s', (_what, exit, code) => {
    expect(endingOfCrash(exit)).toMatchObject({ kind: 'failed', code });
  });
});
