import { expect, test } from 'vitest';
import { UsageError } from './bench-error.ts';
import { splitOutputOptions } from './output-options.ts';

test('takes its options out, wherever they stand', () => {
  const { files, others } = splitOutputOptions([
    '--net',
    'mid',
    '--json',
    'a.json',
    '--quick',
    '--chart=b.svg',
  ]);
  expect(files).toEqual({ json: 'a.json', chart: 'b.svg' });
  expect(others).toEqual(['--net', 'mid', '--quick']);
});

test('both may be absent', () => {
  expect(splitOutputOptions(['--quick'])).toEqual({
    files: { json: undefined, chart: undefined },
    others: ['--quick'],
  });
});

test('a file must be named', () => {
  expect(() => splitOutputOptions(['--json'])).toThrow(UsageError);
  expect(() => splitOutputOptions(['--chart='])).toThrow('--chart takes a file');
});
