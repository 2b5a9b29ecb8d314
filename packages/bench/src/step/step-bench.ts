import { fileURLToPath } from 'node:url';
import { BenchError } from '../command/bench-error.ts';
import type { BenchContext } from '../command/context.ts';
import { measuringProcess } from '../command/measuring-process.ts';
import { thisMachine } from '../output/machine.ts';
import { summarize } from '../output/statistics.ts';
import { denseStepOperations } from './dense-operations.ts';
import { buildNetwork, nets } from './nets.ts';
import { peerNames, peerNeuron } from './peer-neurons.ts';
import { measureSide, peerProgram, peerVariants, type Side, titleOf } from './sides.ts';
import type { StepMeasurement, StepRequest } from './step-measurement.ts';
import type { StepOptions } from './step-options.ts';
import type { DenseBound, SideResult, StepResult } from './step-result.ts';

/**
 * One training step, ours and the peers': every side in a fresh process, one after another, and in the next round in
 * the reverse order, so that a machine that grows slower or faster favours nobody.
 */
export async function runStepBench(options: StepOptions, context: BenchContext): Promise<StepResult> {
  const { net, batch, threads, rounds, launcher } = options;
  const python = options.peers ? peersPython(context) : '';
  const request: StepRequest = {
    net,
    batch,
    timeSteps: options.timeSteps,
    threads,
    ...(options.quick ? { warmUp: 1, steps: 3 } : { warmUp: 2, steps: 5 }),
    datasetDirectory: context.datasetDirectory,
  };
  const sides = chooseSides(options);
  const measured = sides.map((): StepMeasurement[] => []);
  const failures = sides.map((): string | undefined => undefined);
  const order = sides.map((_, index) => index);
  for (let round = 0; round < rounds; round++) {
    for (const index of round % 2 === 0 ? order : order.toReversed()) {
      const side = sides[index]!;
      context.print(`round ${round + 1}/${rounds}: ${titleOf(side)}`);
      try {
        measured[index]!.push(await measureSide(side, request, python, launcher));
      } catch (error) {
        // A peer's form that fails must not take the others' figures along; one of ours is a defect.
        if (side.kind === 'ours' || !(error instanceof BenchError)) throw error;
        failures[index] = error.message;
      }
    }
  }
  return {
    bench: 'step',
    net,
    batch,
    threads,
    timeSteps: request.timeSteps,
    machine: thisMachine(),
    bound: await denseBound(options, python),
    sides: sides.map((side, index) => collect(side, measured[index]!, failures[index])),
  };
}

/** Without peers, and on further backends, ours with the first peer's neuron alone. */
function chooseSides({ backends, precisions, peers, neuron, variants }: StepOptions): Side[] {
  const libraries = peers ? (neuron === undefined ? peerNames : [neuron]) : [neuron ?? 'spikingjelly'];
  const [backend, ...further] = backends;
  return libraries.flatMap((peer, position): Side[] => [
    ...precisions.map((precision): Side => ({ kind: 'ours', backend: backend!, precision, neuron: peer })),
    ...(position === 0 ? further : []).map(
      (other): Side => ({ kind: 'ours', backend: other, precision: 'fp32', neuron: peer }),
    ),
    ...(peers
      ? peerVariants
          .filter((variant) => variants.includes(variant))
          .map((variant): Side => ({ kind: 'peer', peer, variant }))
      : []),
  ]);
}

function peersPython({ peersPython: python }: BenchContext): string {
  if (python !== undefined) return python;
  throw new BenchError(
    'the peers are not installed',
    'Run `npm run setup:peers` once, or leave --peers out.',
  );
}

const collect = (
  side: Side,
  measurements: readonly StepMeasurement[],
  failure: string | undefined,
): SideResult => {
  const milliseconds = measurements.flatMap((measurement) => measurement.milliseconds);
  return {
    side,
    title: titleOf(side),
    runsOn: measurements[0]?.runsOn ?? '',
    milliseconds,
    summary: milliseconds.length > 0 ? summarize(milliseconds) : undefined,
    peakMiB: Math.max(0, ...measurements.map(({ peakMiB }) => peakMiB)),
    loss: measurements.at(-1)?.loss,
    failure,
  };
};

/** What a program of dense fp32 products alone cannot be faster than: the net's operations at the best measured speed. */
async function denseBound(options: StepOptions, python: string): Promise<DenseBound> {
  const { net, batch, timeSteps, threads, launcher } = options;
  const network = buildNetwork(nets[net], peerNeuron('spikingjelly', nets[net].integrates), timeSteps);
  const operations = denseStepOperations(network, batch);
  const program = fileURLToPath(new URL('./dense-speed.js', import.meta.url));
  const ours = await measuringProcess<{ gigaflops: number }>(
    process.execPath,
    [program, String(threads)],
    launcher,
  );
  const torch =
    python === ''
      ? undefined
      : await measuringProcess<{ gigaflops: number }>(
          python,
          [peerProgram, JSON.stringify({ denseSpeed: true, threads })],
          launcher,
        );
  const best = Math.max(ours.gigaflops, torch?.gigaflops ?? 0);
  return {
    gigaOperations: operations / 1e9,
    ourGigaflops: ours.gigaflops,
    torchGigaflops: torch?.gigaflops,
    milliseconds: operations / 1e6 / best,
  };
}
