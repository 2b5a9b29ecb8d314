import { describe, expect, it } from 'vitest';
import {
  assertExhaustive,
  CodedError,
  type ErrorCode,
  errorCatalogue,
  isErrorCode,
  toCodedError,
} from './errors.ts';

describe('errorCatalogue', () => {
  it.each(Object.entries(errorCatalogue))(
    '%s has a status, a title and a remedy that fit its class',
    (code, entry) => {
      expect(code).toMatch(/^[a-z]+\.[a-z]+(-[a-z]+)*$/);
      expect(Number.isInteger(entry.status) && entry.status >= 400 && entry.status < 600).toBe(true);
      expect(entry.title).toMatch(/^[A-Z].*[^.]$/);
      expect(entry.remedy).toMatch(/\.$/);
      // Whoever is at fault: a client's mistake is no 500, and ours is no 400.
      if (entry.class === 'user') expect(entry.status).toBeLessThan(500);
      if (entry.status === 400 || entry.status === 401 || entry.status === 403)
        expect(entry.class).toBe('user');
    },
  );

  it('has no two codes with one title', () => {
    const titles = Object.values(errorCatalogue).map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
  });

  it.each(['toString', '__proto__', 'constructor', 'spec.nonsense', '', 7, null, undefined])(
    'does not hold %s',
    (value) => {
      expect(isErrorCode(value)).toBe(false);
    },
  );

  it('knows its own codes', () => {
    for (const code of Object.keys(errorCatalogue)) expect(isErrorCode(code)).toBe(true);
  });
});

describe('CodedError', () => {
  it('carries code, detail, fields and cause', () => {
    const cause = new Error('below');
    const errors = [{ detail: 'too many', pointer: '/method/quantization/levels' }];
    const error = new CodedError('spec.levels-invalid', '300 levels', { errors, cause });
    expect(error).toBeInstanceOf(Error);
    expect(error.message).toBe('spec.levels-invalid: 300 levels');
    expect(error).toMatchObject({
      name: 'CodedError',
      code: 'spec.levels-invalid',
      detail: '300 levels',
      errors,
      cause,
    });
    expect(error.definition).toBe(errorCatalogue['spec.levels-invalid']);
  });

  it('has no fields and no cause unless they are given', () => {
    const error = new CodedError('internal.error', 'x');
    expect(error.errors).toEqual([]);
    expect('cause' in error).toBe(false);
  });

  it('is kept by toCodedError, which wraps anything else with its cause', () => {
    const coded = new CodedError('storage.full', 'no room');
    expect(toCodedError(coded)).toBe(coded);
    const plain = new TypeError('oh');
    expect(toCodedError(plain)).toMatchObject({ code: 'internal.error', detail: 'oh', cause: plain });
    expect(toCodedError('text', 'dataset.corrupt')).toMatchObject({
      code: 'dataset.corrupt',
      detail: 'text',
      cause: 'text',
    });
  });

  it('is what assertExhaustive throws', () => {
    expect(() => assertExhaustive('novel' as never)).toThrow(
      expect.objectContaining({ code: 'internal.error' satisfies ErrorCode }),
    );
  });
});
