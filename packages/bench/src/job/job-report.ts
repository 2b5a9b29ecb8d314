import type { BarChart } from '../output/bar-chart.ts';
import { percent } from '../output/numbers.ts';
import { textTable } from '../output/text-table.ts';
import type { JobResult } from './job-bench.ts';
import type { Spending } from './probe-marks.ts';

const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(milliseconds < 9_950 ? 2 : 1);

const cells = ({ total, kernels, javascript, collecting, checkpoints, sending }: Spending): string[] =>
  [total, kernels, javascript, collecting, checkpoints, sending].map(seconds);

export function jobTable({ phases, all }: JobResult): string {
  return textTable(
    ['seconds', 'total', 'kernels', 'JavaScript', 'collection', 'checkpoints', 'messages'],
    [
      ...phases.map((phase) => [phase.phase, ...cells(phase)]),
      ['all', ...cells(all)],
      [
        'share',
        '',
        ...[all.kernels, all.javascript, all.collecting, all.checkpoints, all.sending].map((part) =>
          percent(part / all.total),
        ),
      ],
    ],
  );
}

/** Everything that is no kernel: TensorFlow.js and batches in JavaScript, collection, checkpoints, messages. */
const overheadOf = ({ total, kernels }: Spending): number => (total - kernels) / total;

export function jobSummary({ seconds: wall, all, accuracy, runsOn, services, phases }: JobResult): string[] {
  const lines = [
    `the trainer's process took ${wall.toFixed(1)} s on ${runsOn}; ${percent(overheadOf(all))} of the job was spent outside the kernels`,
    `test accuracy: ${percent(accuracy.dense)} dense, ${percent(accuracy.compressed)} compressed`,
  ];
  if (services !== undefined) {
    const trained = phases.reduce((sum, { total }) => sum + total, 0) / 1000;
    lines.push(
      `through the whole service: ${services.seconds.toFixed(1)} s from the request to the result, ${services.runningSeconds.toFixed(1)} s of them running (${percent(services.runningSeconds / trained - 1)} more than the phases above)`,
    );
  }
  return lines;
}

export function jobChart(result: JobResult): BarChart {
  return {
    title: result.quick ? 'A whole job, a twentieth of the images' : 'A whole job on Fashion-MNIST',
    axis: `seconds, ${result.threads} threads, ${result.machine.cpu}`,
    bars: result.phases.map((phase) => ({
      label: phase.phase,
      value: phase.total / 1000,
      text: `${seconds(phase.total)} s, ${percent(overheadOf(phase))} outside kernels`,
      ours: true,
    })),
  };
}
