import { CodedError } from '@spikefit/contracts';
import { describe, expect, test } from 'vitest';
import { fromUnknown } from './from-unknown.ts';
import { toProblem } from './problem.ts';

const about = { requestId: 'req_1', publicUrl: 'https://spikefit.example' };
const limits = { maxBodyBytes: 1000 };
const coded = (code: string, more: object = {}) =>
  Object.assign(new Error('password=hunter2'), { code, ...more });

describe('toProblem', () => {
  test('a fault of the sender is told with its fields', () => {
    const error = new CodedError('spec.budget-invalid', 'a fraction lies in [0, 1)', {
      errors: [{ pointer: '/method/pruning/budget/value', detail: 'is 1.5' }],
    });
    expect(toProblem(error, about)).toEqual({
      type: 'https://spikefit.example/v1/errors/spec.budget-invalid',
      title: 'The pruning budget is not possible',
      status: 422,
      detail: 'A fraction lies in [0, 1)',
      code: 'spec.budget-invalid',
      requestId: 'req_1',
      errors: [{ pointer: '/method/pruning/budget/value', detail: 'is 1.5' }],
    });
  });

  test.each([
    ['the job is queued', 'The job is queued'],
    ['trainSamples is 70000, and there are 60000', 'trainSamples is 70000, and there are 60000'],
    ['example.com could not be looked up', 'example.com could not be looked up'],
    ['/training/epochs: is required', '/training/epochs: is required'],
  ])('"%s" is written as "%s"', (detail, written) => {
    expect(toProblem(new CodedError('request.invalid', detail), about).detail).toBe(written);
  });

  test.each(['internal.error', 'object.corrupt', 'checkpoint.invalid', 'config.invalid'] as const)(
    'what %s says stays inside',
    (code) => {
      const problem = toProblem(
        new CodedError(code, '/var/lib/secret.bin', { errors: [{ pointer: 'x', detail: 'y' }] }),
        about,
      );
      expect(JSON.stringify(problem)).not.toContain('secret.bin');
      expect(problem.errors).toEqual([]);
    },
  );
});

test('where a part that is missing was stays inside too, its name does not', () => {
  const caused = new CodedError('service.unavailable', 'database: host 10.0.0.7', { cause: new Error('x') });
  expect(toProblem(caused, about).detail).toBe('Try again in a moment; /readyz says which part is missing.');
  const own = new CodedError('service.unavailable', 'redis does not answer', {
    errors: [{ pointer: 'redis', detail: 'redis does not answer' }],
  });
  expect(toProblem(own, about)).toMatchObject({
    detail: 'Try again in a moment; /readyz says which part is missing.',
    errors: [{ pointer: 'redis' }],
  });
});

describe('fromUnknown', () => {
  test.each([
    ['FST_ERR_CTP_BODY_TOO_LARGE', 'request.too-large'],
    ['FST_ERR_CTP_INVALID_MEDIA_TYPE', 'request.unsupported-media-type'],
    ['FST_ERR_CTP_INVALID_CONTENT_LENGTH', 'request.invalid'],
    ['FST_ERR_BAD_URL', 'request.invalid'],
    ['FST_UNDER_PRESSURE', 'service.overloaded'],
    ['42P01', 'internal.error'],
  ])('%s is %s', (code, expected) => {
    const error = fromUnknown(coded(code), limits);
    expect(error.code).toBe(expected);
    expect(JSON.stringify(toProblem(error, about))).not.toContain('hunter2');
  });

  test.each([undefined, null, 'text', 7, {}])('%j may be thrown too', (thrown) => {
    expect(fromUnknown(thrown, limits).code).toBe('internal.error');
  });
});
