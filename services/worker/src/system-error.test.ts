import { CodedError } from '@spikefit/contracts';
import { expect, it } from 'vitest';
import { toJobError } from './system-error.ts';

const system = (code: string) => Object.assign(new Error(`${code}: write`), { code });
/** Asks for more than there can be, to see what this version of V8 says then. */
const tooMuch = (): unknown => {
  try {
    return new Float32Array(2 ** 53 - 1);
  } catch (error) {
    return error;
  }
};

it.each([
  [new CodedError('job.diverged', 'x'), 'job.diverged'],
  [system('ENOSPC'), 'storage.full'],
  [system('EDQUOT'), 'storage.full'],
  [system('ENOMEM'), 'job.out-of-memory'],
  [system('EMFILE'), 'service.unavailable'],
  [system('ENOENT'), 'internal.error'],
  [new RangeError('Array buffer allocation failed'), 'job.out-of-memory'],
  [tooMuch(), 'job.out-of-memory'],
  [new TypeError('x is not a function'), 'internal.error'],
  ['thrown text', 'internal.error'],
  [null, 'internal.error'],
])('%s → %s', (error, code) => {
  expect(toJobError(error).code).toBe(code);
});
