import { UsageError } from '../command/bench-error.ts';
import { launcherWords, oneOf, parseOptions, wholeNumber } from '../command/options.ts';
import { type KernelShapeName, kernelShapeNames } from './kernel-shapes.ts';

export interface KernelsOptions {
  readonly shapes: readonly KernelShapeName[];
  readonly densities: readonly number[];
  readonly threads: number;
  readonly runs: number;
  readonly launcher: readonly string[];
}

export const kernelsHelp = `npm run bench -- kernels [options]

The products of a training step, each with spikes as bits at several densities, with numbers (our dense kernels), and in
oneDNN where \`npm run setup:peers\` was run (PyTorch computes with it); beside the time at the measured dense speed. Medians
in milliseconds, with the frames of a batch of 128 at T = 4.

  --shapes LIST    ${kernelShapeNames.join(', ')} (default: all)
  --density LIST   shares of ones in the input (default: 0.02,0.05,0.1,0.15,0.2,0.3,0.5)
  --threads N      (default: 2)
  --runs N         (default: 9)
  --quick          csnn alone at 0.05 and 0.3, three runs
  --launcher CMD   a command that starts each measurement, such as "taskset -c 0,1"
  --json FILE      writes all figures there
  --chart FILE     writes a bar chart there, as SVG
  --help           this`;

function density(text: string): number {
  const value = /^(0?\.\d+|0|1)$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 0 && value <= 1) return value;
  throw new UsageError(`--density takes numbers from 0 to 1, not "${text}"`);
}

/** @throws UsageError */
export function parseKernelsOptions(args: readonly string[]): KernelsOptions {
  const values = parseOptions(args, {
    shapes: { type: 'string' },
    density: { type: 'string' },
    threads: { type: 'string', default: '2' },
    runs: { type: 'string' },
    quick: { type: 'boolean', default: false },
    launcher: { type: 'string', default: '' },
  });
  const { quick } = values;
  const shapes = values.shapes ?? (quick ? 'csnn' : kernelShapeNames.join(','));
  const densities = values.density ?? (quick ? '0.05,0.3' : '0.02,0.05,0.1,0.15,0.2,0.3,0.5');
  return {
    shapes: shapes.split(',').map((text) => oneOf('shapes', text.trim(), kernelShapeNames)),
    densities: densities.split(',').map((text) => density(text.trim())),
    threads: wholeNumber('threads', values.threads, 1, 256),
    runs: wholeNumber('runs', values.runs ?? (quick ? '3' : '9'), 1, 1000),
    launcher: launcherWords(values.launcher),
  };
}
