import { expect, test } from 'vitest';
import { summarize } from '../output/statistics.ts';
import type { Side } from './sides.ts';
import { titleOf } from './sides.ts';
import { stepChart, stepSummary, stepTable } from './step-report.ts';
import type { SideResult, StepResult } from './step-result.ts';

const side = (which: Side, milliseconds: number[], failure?: string): SideResult => ({
  side: which,
  title: titleOf(which),
  runsOn: 'test',
  milliseconds,
  summary: milliseconds.length > 0 ? summarize(milliseconds) : undefined,
  peakMiB: 100,
  loss: 1,
  failure,
});

const result: StepResult = {
  bench: 'step',
  net: 'mid',
  batch: 128,
  threads: 2,
  timeSteps: 4,
  machine: { cpu: 'a CPU', node: 'v20' },
  bound: { gigaOperations: 10, ourGigaflops: 100, torchGigaflops: 80, milliseconds: 100 },
  sides: [
    side({ kind: 'ours', backend: 'native', precision: 'fp32', neuron: 'snntorch' }, [50, 50, 50]),
    side({ kind: 'ours', backend: 'native', precision: 'mixed', neuron: 'snntorch' }, [40]),
    side({ kind: 'peer', peer: 'snntorch', variant: 'documented' }, [400]),
    side({ kind: 'peer', peer: 'snntorch', variant: 'compiled' }, [250, 250]),
    side({ kind: 'peer', peer: 'snntorch', variant: 'bf16' }, [200]),
    side({ kind: 'ours', backend: 'native', precision: 'fp32', neuron: 'norse' }, [100]),
    side({ kind: 'peer', peer: 'norse', variant: 'compiled' }, [240]),
    side({ kind: 'peer', peer: 'norse', variant: 'bf16' }, [], 'no compiler'),
  ],
};

test('a peer is compared with ours that has its neuron', () => {
  const rows = stepTable(result).split('\n');
  expect(rows.find((row) => row.startsWith('snnTorch, as documented'))).toMatch(/ 400 .* 8\.00×$/);
  expect(rows.find((row) => row.startsWith('Norse, torch.compile '))).toMatch(/ 240 .* 2\.40×$/);
  expect(rows.find((row) => row.startsWith('Norse, torch.compile, channels'))).toMatch(/failed$/);
});

test('a further backend of ours is compared with the first', () => {
  const tensorflow = side(
    { kind: 'ours', backend: 'tensorflow', precision: 'fp32', neuron: 'snntorch' },
    [450],
  );
  const rows = stepTable({ ...result, sides: [...result.sides, tensorflow] }).split('\n');
  expect(rows.find((row) => row.startsWith('SpikeFit tensorflow'))).toMatch(/ 450 .* 9\.00×$/);
  expect(rows.find((row) => row.startsWith('SpikeFit native fp32'))).toMatch(/100$/);
});

test('the summary names the best tuned peers, the bound and what failed', () => {
  const lines = stepSummary(result).join('\n');
  expect(lines).toContain('10.0 GFLOP take 100 ms');
  expect(lines).toContain("SpikeFit native fp32, snnTorch's neuron: 0.50 of the bound");
  expect(lines).toContain(
    "best tuned fp32 peer: Norse, torch.compile; SpikeFit native fp32, Norse's neuron is 2.40× as fast",
  );
  expect(lines).toContain("SpikeFit native mixed, snnTorch's neuron is 5.00× as fast");
  expect(lines).toContain('failed: no compiler');
});

test('the chart has a bar for each side that was measured', () => {
  const chart = stepChart(result);
  expect(chart.bars.map(({ ours }) => ours)).toEqual([true, true, false, false, false, true, false]);
  expect(chart.mark?.value).toBe(100);
});
