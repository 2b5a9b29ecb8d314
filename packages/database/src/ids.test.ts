import { type IdKind, idPattern, idPrefixes } from '@spikefit/contracts';
import { expect, test } from 'vitest';
import { isId, newId } from './ids.ts';

test('ids have the pattern of their kind, differ, and sort by creation', () => {
  for (const kind of Object.keys(idPrefixes) as IdKind[]) {
    const ids = Array.from({ length: 500 }, () => newId(kind));
    for (const id of ids) expect(id).toMatch(new RegExp(idPattern(kind)));
    expect(new Set(ids).size).toBe(ids.length);
    expect([...ids].sort()).toEqual(ids);
    expect(ids.every((id) => isId(kind, id))).toBe(true);
  }
});

test('an id holds its time: the first 48 bits, in milliseconds', () => {
  const before = Date.now();
  const id = newId('job');
  const after = Date.now();
  const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
  const bits = [...id.slice(4)].map((digit) => alphabet.indexOf(digit).toString(2).padStart(5, '0')).join('');
  // 26 digits are 130 bits, two more than a UUID has.
  const time = Number.parseInt(bits.slice(2, 50), 2);
  expect(time).toBeGreaterThanOrEqual(before);
  expect(time).toBeLessThanOrEqual(after);
  expect(bits.slice(50, 54)).toBe('0111');
});

test('what is no id of the kind', () => {
  const id = newId('job');
  for (const text of [
    '',
    id.toUpperCase(),
    id.slice(0, -1),
    `${id}0`,
    newId('event'),
    `${id}\n`,
    'job_'.padEnd(30, 'u'),
  ]) {
    expect(isId('job', text), JSON.stringify(text)).toBe(false);
  }
});
