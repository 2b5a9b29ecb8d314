/**
 * A process of its own: `precision-run.js JSON` trains `small` from a seed and prints, as JSON, which images of the test
 * set it has right.
 */
import type { Precision } from '@spikefit/contracts';
import { fillBatch, openDataset, type Split } from '@spikefit/datasets';
import { learningRateAt } from '@spikefit/snn';
import { defaultNeuron, randomStream } from '@spikefit/specification';
import * as tf from '@tensorflow/tfjs-core';
import { useBackend } from '../step/bench-backend.ts';
import { buildNetwork, nets } from '../step/nets.ts';
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

const batchSize = 128;
const peakLearningRate = 0.002;

/** Samples as tensors that the caller disposes. */
function readImages(split: Split, indices: Int32Array, from: number, to: number) {
  const [height, width, channels] = split.shape;
  const out = new Float32Array((to - from) * height * width * channels);
  const labels = new Int32Array(to - from);
  fillBatch({ split, indices, from, to, out, labelsOut: labels });
  return {
    images: tf.tensor4d(out, [to - from, height, width, channels]),
    labels: tf.tensor1d(labels, 'int32'),
    hostLabels: labels,
  };
}

async function trainEpochs(training: TrainingStep, split: Split, request: PrecisionRequest): Promise<void> {
  const { seed, epochs, trainSamples } = request;
  const stepsPerEpoch = Math.ceil(trainSamples / batchSize);
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = Int32Array.from({ length: trainSamples }, (_, index) => index);
    randomStream(seed, 'shuffle', epoch).shuffle(order);
    for (let step = 0; step < stepsPerEpoch; step++) {
      const from = step * batchSize;
      const batch = readImages(split, order, from, Math.min(trainSamples, from + batchSize));
      const learningRate = learningRateAt({
        base: peakLearningRate,
        schedule: 'cosine',
        step: epoch * stepsPerEpoch + step,
        totalSteps: epochs * stepsPerEpoch,
      });
      await training.run(batch, learningRate);
      tf.dispose([batch.images, batch.labels]);
    }
  }
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
  await trainEpochs(training, dataset.train, request);
  const seconds = (performance.now() - started) / 1000;
  const correct = await test(training, dataset.test);
  training.dispose();
  return { correct, seconds, runsOn };
}

process.stdout.write(`${JSON.stringify(await run(JSON.parse(process.argv[2]!) as PrecisionRequest))}\n`);
