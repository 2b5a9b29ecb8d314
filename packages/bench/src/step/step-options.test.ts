import { expect, test } from 'vitest';
import { UsageError } from '../command/bench-error.ts';
import { parseStepOptions } from './step-options.ts';

test('defaults follow the net', () => {
  expect(parseStepOptions([])).toMatchObject({
    net: 'csnn',
    batch: 128,
    threads: 2,
    rounds: 2,
    peers: false,
  });
  expect(parseStepOptions(['--net', 'vgg', '--quick'])).toMatchObject({ batch: 64, rounds: 1, quick: true });
});

test('what is given holds', () => {
  const args = ['--batch', '7', '--threads', '3', '--variants', 'bf16, compiled', '--launcher', 'nice -n 5'];
  expect(parseStepOptions(args)).toMatchObject({
    batch: 7,
    threads: 3,
    variants: ['bf16', 'compiled'],
    launcher: ['nice', '-n', '5'],
  });
});

test('both precisions', () => {
  expect(parseStepOptions(['--precision', 'both']).precisions).toEqual(['fp32', 'mixed']);
  expect(parseStepOptions(['--precision', 'mixed']).precisions).toEqual(['mixed']);
});

test('further backends', () => {
  expect(parseStepOptions(['--backend', 'native, tensorflow']).backends).toEqual(['native', 'tensorflow']);
});

test.each([
  [['--backend', 'tensorflow', '--precision', 'both'], '--precision both is of the backend native alone'],
  [['--backend', 'native,gpu'], 'not "gpu"'],
  [['--precision', 'fp16'], '--precision takes fp32, mixed, not "fp16"'],
  [['--net', 'big'], '--net takes small, mid, csnn, vgg, not "big"'],
  [['--threads', '0'], '--threads takes a whole number from 1 to 256, not "0"'],
  [['--batch', '1e3'], '--batch takes a whole number from 1 to 4096, not "1e3"'],
  [['--variants', 'documented,fast'], 'not "fast"'],
  [['--nets', 'csnn'], "Unknown option '--nets'"],
  [['csnn'], 'csnn'],
])('%j is refused', (args, message) => {
  expect(() => parseStepOptions(args)).toThrow(UsageError);
  expect(() => parseStepOptions(args)).toThrow(message);
});
