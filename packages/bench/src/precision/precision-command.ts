import { fileURLToPath } from 'node:url';
import { type Precision, precisions } from '@spikefit/contracts';
import type { BenchCommand, BenchContext } from '../command/context.ts';
import { measuringProcess } from '../command/measuring-process.ts';
import { parseOptions, wholeNumber } from '../command/options.ts';
import type { BarChart } from '../output/bar-chart.ts';
import { percent } from '../output/numbers.ts';
import { textTable } from '../output/text-table.ts';
import { accuracyOf, type PairedDifference, pairedDifference } from './paired-difference.ts';
import type { PrecisionRequest, PrecisionRun } from './precision-run.ts';

interface PrecisionOptions {
  readonly seeds: number;
  readonly epochs: number;
  readonly threads: number;
  readonly trainSamples: number;
}

interface SeedResult {
  readonly seed: number;
  readonly runs: Readonly<Record<Precision, PrecisionRun>>;
}

const help = `npm run bench -- precision [options]

Trains 32C3-BN-LIF-MP2-64C3-BN-LIF-MP2-FC10 on Fashion-MNIST in fp32 and in mixed precision from the same seeds, and compares
the accuracy on the same test images.

  --seeds N        (default: 3)
  --epochs N       (default: 4)
  --threads N      (default: 2)
  --quick          one seed, one epoch of 6 000 images
  --json FILE      writes all figures there
  --chart FILE     writes a bar chart there, as SVG
  --help           this`;

/** @throws UsageError */
function parseOptionsOf(args: readonly string[]): PrecisionOptions {
  const values = parseOptions(args, {
    seeds: { type: 'string' },
    epochs: { type: 'string' },
    threads: { type: 'string', default: '2' },
    quick: { type: 'boolean', default: false },
  });
  return {
    seeds: wholeNumber('seeds', values.seeds ?? (values.quick ? '1' : '3'), 1, 100),
    epochs: wholeNumber('epochs', values.epochs ?? (values.quick ? '1' : '4'), 1, 100),
    threads: wholeNumber('threads', values.threads, 1, 256),
    trainSamples: values.quick ? 6_000 : 60_000,
  };
}

const program = fileURLToPath(new URL('./precision-run.js', import.meta.url));

async function runSeed(seed: number, options: PrecisionOptions, context: BenchContext): Promise<SeedResult> {
  const { epochs, threads, trainSamples } = options;
  const runs: Partial<Record<Precision, PrecisionRun>> = {};
  for (const precision of precisions) {
    const { datasetDirectory } = context;
    const request: PrecisionRequest = { precision, seed, threads, epochs, trainSamples, datasetDirectory };
    const run = await measuringProcess<PrecisionRun>(process.execPath, [program, JSON.stringify(request)]);
    context.print(
      `seed ${seed}, ${precision}: ${percent(accuracyOf(run.correct))} in ${run.seconds.toFixed(0)} s`,
    );
    runs[precision] = run;
  }
  return { seed, runs: runs as Record<Precision, PrecisionRun> };
}

const points = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}`;

const describe = ({ mean, low, high }: PairedDifference): string =>
  `${points(mean)} points [${points(low)}, ${points(high)}]`;

const pairOf = ({ runs }: SeedResult): [string, string] => [runs.fp32.correct, runs.mixed.correct];

export const precisionCommand: BenchCommand = {
  summary: 'accuracy of mixed precision against fp32',
  help,
  run: async (args, open) => {
    const options = parseOptionsOf(args);
    const context = await open();
    const results: SeedResult[] = [];
    for (let seed = 1; seed <= options.seeds; seed++) results.push(await runSeed(seed, options, context));
    const difference = pairedDifference(results.map(pairOf));
    const rows = results.map((result) => [
      String(result.seed),
      percent(accuracyOf(result.runs.fp32.correct), 2),
      percent(accuracyOf(result.runs.mixed.correct), 2),
      describe(pairedDifference([pairOf(result)])),
    ]);
    context.print(`\n${textTable(['seed', 'fp32', 'mixed', 'difference, 95 % interval'], rows)}\n`);
    context.print(`mixed − fp32 over ${options.seeds} seeds, on the same images: ${describe(difference)}`);
    return {
      json: { bench: 'precision', ...options, results, difference },
      chart: chartOf(results, difference),
    };
  },
};

function chartOf(results: readonly SeedResult[], difference: PairedDifference): BarChart {
  return {
    title: 'Mixed precision against fp32',
    axis: `test accuracy in %; mixed − fp32: ${describe(difference)}`,
    bars: results.flatMap(({ seed, runs }) =>
      precisions.map((precision) => {
        const value = 100 * accuracyOf(runs[precision].correct);
        return {
          label: `seed ${seed}, ${precision}`,
          value,
          text: `${value.toFixed(2)} %`,
          ours: precision === 'mixed',
        };
      }),
    ),
  };
}
