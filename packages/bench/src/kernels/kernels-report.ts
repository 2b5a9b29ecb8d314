import type { Bar, BarChart } from '../output/bar-chart.ts';
import type { Machine } from '../output/machine.ts';
import { milliseconds, percent, ratio } from '../output/numbers.ts';
import { textTable } from '../output/text-table.ts';
import type { KernelTime } from './kernel-run.ts';
import { denseOperations, type KernelShapeName, kernelShapes, type Pass } from './kernel-shapes.ts';

export interface ShapeResult {
  readonly shape: KernelShapeName;
  readonly times: readonly KernelTime[];
  /** By pass, where PyTorch is there. */
  readonly oneDnn: Readonly<Record<Pass, number>> | undefined;
}

export interface KernelsResult {
  readonly bench: 'kernels';
  readonly threads: number;
  readonly machine: Machine;
  /** Speed of a dense 1024³ product with our kernels. */
  readonly gigaflops: number;
  readonly shapes: readonly ShapeResult[];
}

const denseTime = ({ times }: ShapeResult, pass: Pass): number | undefined =>
  times.find((time) => time.pass === pass && time.density === undefined)?.milliseconds;

const versus = (other: number | undefined, ours: number): string =>
  other === undefined ? 'absent' : ratio(other / ours);

export function kernelsTable({ gigaflops, shapes }: KernelsResult): string {
  return textTable(
    ['', 'input', 'ms', 'our dense', 'oneDNN fp32', 'dense bound, ms', 'bound is'],
    shapes.flatMap((result) => {
      const bound = denseOperations(kernelShapes[result.shape]) / gigaflops / 1e6;
      return result.times.map(({ pass, density, milliseconds: time }) => [
        `${result.shape} ${pass}`,
        density === undefined ? 'numbers' : percent(density, 0),
        milliseconds(time),
        density === undefined ? '' : versus(denseTime(result, pass), time),
        versus(result.oneDnn?.[pass], time),
        milliseconds(bound),
        ratio(bound / time),
      ]);
    }),
  );
}

/** What the density changes. */
export function kernelsChart({ threads, machine, shapes }: KernelsResult): BarChart {
  return {
    title: 'Products of spikes',
    axis: `milliseconds, ${threads} threads, ${machine.cpu}`,
    bars: shapes.flatMap((result) => [
      ...result.times
        .filter(({ pass }) => pass !== 'input gradient')
        .map(({ pass, density, milliseconds: time }): Bar => {
          const input = density === undefined ? 'numbers' : percent(density, 0);
          return {
            label: `${result.shape} ${pass}, ${input}`,
            value: time,
            text: `${milliseconds(time)} ms`,
            ours: density !== undefined,
          };
        }),
      ...(result.oneDnn === undefined
        ? []
        : (['forward', 'weight gradient'] as const).map((pass): Bar => {
            const value = result.oneDnn![pass];
            return {
              label: `${result.shape} ${pass}, oneDNN`,
              value,
              text: `${milliseconds(value)} ms`,
              ours: false,
            };
          })),
    ]),
  };
}
