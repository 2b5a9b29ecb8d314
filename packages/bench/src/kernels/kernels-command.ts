import { fileURLToPath } from 'node:url';
import type { BenchCommand, BenchContext } from '../command/context.ts';
import { measuringProcess } from '../command/measuring-process.ts';
import { thisMachine } from '../output/machine.ts';
import type { KernelTime } from './kernel-run.ts';
import { type KernelShapeName, kernelShapes, type Pass } from './kernel-shapes.ts';
import { type KernelsOptions, kernelsHelp, parseKernelsOptions } from './kernels-options.ts';
import { type KernelsResult, kernelsChart, kernelsTable, type ShapeResult } from './kernels-report.ts';

const program = fileURLToPath(new URL('./kernel-run.js', import.meta.url));
const denseProgram = fileURLToPath(new URL('../step/dense-speed.js', import.meta.url));
const peerProgram = fileURLToPath(new URL('../../peers/kernels.py', import.meta.url));

async function measureShape(
  shape: KernelShapeName,
  { densities, threads, runs, launcher }: KernelsOptions,
  { peersPython, print }: BenchContext,
): Promise<ShapeResult> {
  print(shape);
  const request = JSON.stringify({ shape, densities, threads, runs });
  const times = await measuringProcess<KernelTime[]>(process.execPath, [program, request], launcher);
  if (peersPython === undefined) return { shape, times, oneDnn: undefined };
  const theirs = JSON.stringify({ ...kernelShapes[shape], threads, runs });
  const oneDnn = await measuringProcess<Record<Pass, number>>(peersPython, [peerProgram, theirs], launcher);
  return { shape, times, oneDnn };
}

export const kernelsCommand: BenchCommand = {
  summary: 'the products of a step by density, beside dense ones and oneDNN',
  help: kernelsHelp,
  run: async (args, open) => {
    const options = parseKernelsOptions(args);
    const context = await open();
    const shapes: ShapeResult[] = [];
    for (const shape of options.shapes) shapes.push(await measureShape(shape, options, context));
    const { threads, launcher } = options;
    const { gigaflops } = await measuringProcess<{ gigaflops: number }>(
      process.execPath,
      [denseProgram, String(threads)],
      launcher,
    );
    const result: KernelsResult = {
      bench: 'kernels',
      threads,
      machine: thisMachine(),
      gigaflops,
      shapes,
    };
    context.print(`\n${kernelsTable(result)}\n`);
    context.print(
      `dense speed ${gigaflops.toFixed(0)} GFLOP/s; the columns with × say how many times longer the others take`,
    );
    if (context.peersPython === undefined)
      context.print('oneDNN is absent: `npm run setup:peers` brings it with PyTorch');
    return { json: result, chart: kernelsChart(result) };
  },
};
