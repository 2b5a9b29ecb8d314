import { describe, expect, it } from 'vitest';
import { isRetryable, publicDetail } from './error-predicates.ts';
import { type ErrorCode, errorCatalogue } from './errors.ts';

const codes = Object.keys(errorCatalogue) as ErrorCode[];
const classOf = (code: ErrorCode) => errorCatalogue[code].class;

describe('isRetryable', () => {
  it('is true of what passes, and of nothing that the sender did', () => {
    for (const code of codes) {
      const kind = classOf(code);
      if (kind === 'user') expect(isRetryable(code), code).toBe(false);
      if (kind === 'transient' || kind === 'interrupted') expect(isRetryable(code), code).toBe(true);
    }
  });

  it('of internal errors, is true of those whose remedy says to try again', () => {
    const retryable = codes.filter((code) => classOf(code) === 'internal' && isRetryable(code));
    expect(retryable).toEqual(['internal.error', 'job.interrupted-too-often', 'job.retries-exhausted']);
    for (const code of retryable) expect(errorCatalogue[code].remedy).toMatch(/[Tt]ry again|submit it again/);
  });
});

describe('publicDetail', () => {
  const inside = '/var/lib/spikefit at 10.0.0.7:5432';

  it('says nothing of our insides', () => {
    const shown = codes.filter((code) => publicDetail(code, inside) === inside);
    // These two are composed of details that were judged already.
    const onPurpose = ['job.interrupted-too-often', 'job.retries-exhausted'];
    expect(shown.filter((code) => classOf(code) === 'internal')).toEqual(onPurpose);
    expect(shown.filter((code) => classOf(code) === 'transient')).toEqual([
      'request.rate-limited',
      'idempotency.in-progress',
      'service.overloaded',
    ]);
    for (const code of codes) if (!shown.includes(code)) expect(publicDetail(code, inside)).not.toBe('');
  });

  it('leaves what is said to the sender', () => {
    for (const code of ['spec.budget-invalid', 'job.diverged', 'job.timed-out', 'auth.forbidden'] as const)
      expect(publicDetail(code, 'epoch 3')).toBe('epoch 3');
  });
});
