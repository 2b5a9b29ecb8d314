import { expect, test } from 'vitest';
import { UsageError } from '../command/bench-error.ts';
import { denseOperations } from './kernel-shapes.ts';
import { parseKernelsOptions } from './kernels-options.ts';
import { type KernelsResult, kernelsChart, kernelsTable } from './kernels-report.ts';

test('operations of a dense pass', () => {
  expect(denseOperations({ kind: 'convolution', size: 2, inputs: 3, filters: 5, frames: 7 })).toBe(
    2 * 7 * 4 * 9 * 15,
  );
  expect(denseOperations({ kind: 'dense', inputs: 3, units: 5, frames: 7 })).toBe(210);
});

test('options', () => {
  expect(parseKernelsOptions(['--density', '0.02, .5,1', '--shapes', 'mid'])).toMatchObject({
    densities: [0.02, 0.5, 1],
    shapes: ['mid'],
    runs: 9,
  });
  expect(parseKernelsOptions(['--quick'])).toMatchObject({ shapes: ['csnn'], runs: 3 });
  for (const density of ['2', '-1', 'half', '', '0x1'])
    expect(() => parseKernelsOptions([`--density=${density}`])).toThrow(UsageError);
});

const result = (oneDnn: KernelsResult['shapes'][number]['oneDnn']): KernelsResult => ({
  bench: 'kernels',
  threads: 2,
  machine: { cpu: 'a CPU', node: 'v20' },
  gigaflops: 100,
  shapes: [
    {
      shape: 'csnn-fc',
      times: [
        { pass: 'forward', density: undefined, milliseconds: 100 },
        { pass: 'forward', density: 0.05, milliseconds: 10 },
      ],
      oneDnn,
    },
  ],
});

test('a time with spikes is compared with dense ones and with the bound', () => {
  const rows = kernelsTable(result({ forward: 80, 'weight gradient': 1, 'input gradient': 1 })).split('\n');
  // 2 · 512 · 6272 · 2048 operations at 100 GFLOP/s take 132 ms.
  expect(rows.at(-1)).toMatch(/csnn-fc forward +5 % +10\.0 +10\.0× +8\.00× +132 +13\.2×$/);
  expect(kernelsTable(result(undefined)).split('\n').at(-1)).toContain('absent');
});

test('the chart has ours and the others', () => {
  const { bars } = kernelsChart(result({ forward: 80, 'weight gradient': 1, 'input gradient': 1 }));
  expect(bars.map(({ ours, value }) => [ours, value])).toEqual([
    [false, 100],
    [true, 10],
    [false, 80],
    [false, 1],
  ]);
});
