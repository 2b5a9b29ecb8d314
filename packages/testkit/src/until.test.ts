import { expect, test } from 'vitest';
import { until } from './until.ts';

test('asks until it is so', async () => {
  let asked = 0;
  await until(() => ++asked === 3, { intervalMs: 1 });
  await until(async () => ++asked === 5, { intervalMs: 1 });
  expect(asked).toBe(5);
});

test('says what never came true, and hands on what went wrong', async () => {
  let asked = 0;
  await expect(until(() => asked++ < 0, { timeoutMs: 20, intervalMs: 1 })).rejects.toThrow(
    /not true within 0.02 s: .*asked\+\+ < 0/,
  );
  expect(asked).toBeGreaterThan(1);
  const wrong = new Error('gone');
  await expect(until(() => Promise.reject(wrong))).rejects.toBe(wrong);
});
