/**
 * A process of its own for one measurement: `our-step.js JSON` trains a few steps and prints a line of JSON, the
 * milliseconds of each step after the warm-up and the process's peak memory.
 */
import { openDataset } from '@spikefit/datasets';
import { useBackend } from './bench-backend.ts';
import { buildNetwork, nets } from './nets.ts';
import { peerNeuron } from './peer-neurons.ts';
import { randomBatch } from './random-batches.ts';
import type { OurStepRequest, StepMeasurement } from './step-measurement.ts';
import { TrainingStep } from './training-step.ts';

async function measure(request: OurStepRequest): Promise<StepMeasurement> {
  const { backend, threads, precision, batch, timeSteps, warmUp, steps } = request;
  const net = nets[request.net];
  const name = await useBackend(backend, threads, precision);
  const network = buildNetwork(net, peerNeuron(request.neuron, net.integrates), timeSteps);
  const { train } = await openDataset('fashion-mnist', request.datasetDirectory);
  const training = new TrainingStep(network, { loss: net.loss, seed: 0 });
  const times: number[] = [];
  let loss = Number.NaN;
  for (let index = 0; index < warmUp + steps; index++) {
    const images = randomBatch(train, net.inputShape, batch, index);
    const started = performance.now();
    loss = await training.run(images);
    const elapsed = performance.now() - started;
    if (index >= warmUp) times.push(elapsed);
    images.images.dispose();
    images.labels.dispose();
  }
  training.dispose();
  return { milliseconds: times, loss, peakMiB: process.resourceUsage().maxRSS / 1024, runsOn: name };
}

process.stdout.write(`${JSON.stringify(await measure(JSON.parse(process.argv[2]!) as OurStepRequest))}\n`);
