import { TestClock } from '@spikefit/testkit';
import { expect, test } from 'vitest';
import { remembered } from './remembered.ts';

test('asks once in a while, however many want to know', async () => {
  const clock = new TestClock();
  let asked = 0;
  const ask = remembered(
    async () => {
      asked += 1;
      if (asked === 2) throw new Error('away');
      return asked;
    },
    1000,
    clock,
  );
  expect(await Promise.all([ask(), ask()])).toEqual([1, 1]);
  await clock.advance(999);
  expect(await ask()).toBe(1);
  await clock.advance(1);
  await expect(ask()).rejects.toThrow('away');
  await expect(ask()).rejects.toThrow('away');
  await clock.advance(1000);
  expect(await ask()).toBe(3);
});
