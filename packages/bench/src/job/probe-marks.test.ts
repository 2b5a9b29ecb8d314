import { expect, test } from 'vitest';
import { type ProbeMark, spendingByPhase, spendingOfAll } from './probe-marks.ts';

const mark = (
  what: ProbeMark['what'],
  phase: ProbeMark['phase'],
  at: number,
  [kernels, sending, collecting]: [number, number, number] = [0, 0, 0],
): ProbeMark => ({ what, phase, at, kernels, sending, collecting });

const marks = [
  mark('phase.started', 'pretrain', 100),
  mark('epoch.completed', 'pretrain', 200, [80, 1, 2]),
  mark('checkpoint', 'pretrain', 207, [80, 1, 2]),
  mark('saved', undefined, 210, [80, 2, 2]),
  // Within an epoch: seen from its message on.
  mark('checkpoint', 'pretrain', 250, [110, 2, 2]),
  mark('saved', undefined, 254, [110, 2, 2]),
  mark('phase.completed', 'pretrain', 300, [150, 3, 4]),
  mark('phase.started', 'cluster', 300, [150, 3, 4]),
  mark('phase.completed', 'cluster', 400, [240, 3, 4]),
  mark('done', undefined, 410, [240, 4, 4]),
];

test('each phase has what was spent within it', () => {
  expect(spendingByPhase(marks)).toEqual([
    {
      phase: 'pretrain',
      total: 200,
      kernels: 150,
      checkpoints: 14,
      sending: 3,
      collecting: 4,
      javascript: 29,
    },
    { phase: 'cluster', total: 100, kernels: 90, checkpoints: 0, sending: 0, collecting: 0, javascript: 10 },
  ]);
});

test('the whole job, and the parts add up to it', () => {
  const all = spendingOfAll(marks);
  expect(all.total).toBe(310);
  expect(all.kernels + all.checkpoints + all.sending + all.collecting + all.javascript).toBe(310);
});

test('a phase that did not end lasts to the last mark', () => {
  expect(spendingByPhase(marks.slice(0, 2))).toMatchObject([{ phase: 'pretrain', total: 100, kernels: 80 }]);
});
