import { CodedError } from '@spikefit/contracts';
import { expect, test } from 'vitest';
import { answering, toStorageError } from './storage-error.ts';

const failure = (members: object) => Object.assign(new Error('it failed'), members);

test.each([
  [{ code: 'ECONNREFUSED' }, 'service.unavailable'],
  [{ code: 'EIO' }, 'service.unavailable'],
  [{ name: 'SlowDown', $metadata: { httpStatusCode: 503 } }, 'service.unavailable'],
  [{ name: 'Whatever', $metadata: { httpStatusCode: 502 } }, 'service.unavailable'],
  [{ name: 'ExpiredToken', $metadata: { httpStatusCode: 400 } }, 'service.unavailable'],
  [{ name: 'AccessDenied', $metadata: { httpStatusCode: 403 } }, 'internal.error'],
  [{ name: 'NoSuchBucket', $metadata: { httpStatusCode: 404 } }, 'internal.error'],
  [{ code: 'EACCES' }, 'internal.error'],
  [{ name: 'TypeError' }, 'internal.error'],
  [{ name: 'NoSuchKey', $metadata: { httpStatusCode: 404 } }, 'object.not-found'],
  [{ code: 'ENOSPC' }, 'storage.full'],
])('%j is %s', (members, code) => {
  expect(toStorageError(failure(members), 'jobs/a').code).toBe(code);
});

test('a coded error stays what it is, except where the question is whether the store answers', async () => {
  const coded = new CodedError('object.corrupt', 'x');
  expect(toStorageError(coded, 'jobs/a')).toBe(coded);
  await expect(answering(() => Promise.reject(coded))).rejects.toMatchObject({
    code: 'service.unavailable',
    cause: coded,
  });
});
