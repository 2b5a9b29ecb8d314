/**
 * A process of its own: `precision-run.js JSON` trains `small` from a seed and prints, as JSON, which images of the test
 * set it has right.
 */
import type { Precision } from '@spikefit/contracts';
import { openDataset, type Split } from '@spikefit/datasets';
import { defaultNeuron } from '@spikefit/specification';
import * as tf from '@tensorflow/tfjs-core';
import { useBackend } from '../step/bench-backend.ts';
import { buildNetwork, nets } from '../step/nets.ts';
import { readImages, trainEpochs } from '../step/train-epochs.ts';
import { TrainingStep } from '../step/training-step.ts';

export interface PrecisionRequest {
  readonly precision: Precision;
  readonly seed: number;
  readonly threads: number;
  readonly epochs: number;
  readonly trainSamples: number;
  readonly datasetDirectory: string;
}

export interface PrecisionRun {
  /** One digit per test image: 1 where the network is right. */
  readonly correct: string;
  readonly seconds: number;
  readonly runsOn: string;
}

async function test(training: TrainingStep, split: Split): Promise<string> {
  const all = Int32Array.from({ length: split.count }, (_, index) => index);
  const flags: number[] = [];
  for (let from = 0; from < split.count; from += 500) {
    const batch = readImages(split, all, from, Math.min(split.count, from + 500));
    const classes = await training.classify(batch.images);
    classes.forEach((value, index) => {
      flags.push(value === batch.hostLabels[index] ? 1 : 0);
    });
    tf.dispose([batch.images, batch.labels]);
  }
  return flags.join('');
}

async function run(request: PrecisionRequest): Promise<PrecisionRun> {
  const runsOn = await useBackend('native', request.threads, request.precision);
  const dataset = await openDataset('fashion-mnist', request.datasetDirectory);
  const architecture = nets.small.architecture.replace(/-\*$/, '');
  const network = buildNetwork(
    { architecture, inputShape: [28, 28, 1] },
    { kind: 'lif', settings: defaultNeuron },
    4,
  );
  const training = new TrainingStep(network, { loss: 'cross-entropy', seed: request.seed });
  const started = performance.now();
  const indices = Int32Array.from({ length: request.trainSamples }, (_, index) => index);
  await trainEpochs(training, { split: dataset.train, indices, ...request });
  const seconds = (performance.now() - started) / 1000;
  const correct = await test(training, dataset.test);
  training.dispose();
  return { correct, seconds, runsOn };
}

process.stdout.write(`${JSON.stringify(await run(JSON.parse(process.argv[2]!) as PrecisionRequest))}\n`);
