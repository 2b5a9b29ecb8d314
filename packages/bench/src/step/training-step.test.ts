import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { useBackend } from './bench-backend.ts';
import { buildNetwork } from './nets.ts';
import { peerNames, peerNeuron } from './peer-neurons.ts';
import { TrainingStep } from './training-step.ts';

let images: tf.Tensor4D;
let labels: tf.Tensor1D;

beforeAll(async () => {
  await useBackend('cpu', 1);
  images = tf.randomUniform([8, 6, 6, 1], 0, 1, 'float32', 3);
  labels = tf.tensor1d([0, 1, 2, 3, 0, 1, 2, 3], 'int32');
});
afterAll(() => tf.dispose([images, labels]));

test.each(
  peerNames.flatMap((peer) =>
    (['cross-entropy', 'mean-squared-error'] as const).map((loss) => [peer, loss] as const),
  ),
)("%s's neuron with %s learns a batch by heart", async (peer, loss) => {
  const net = { architecture: '8C3-BN-*-MP2-FC10-*', inputShape: [6, 6, 1] as [number, number, number] };
  const training = new TrainingStep(buildNetwork(net, peerNeuron(peer, true), 4), { loss, seed: 0 });
  const first = await training.run({ images, labels });
  let last = first;
  for (let step = 0; step < 12; step++) last = await training.run({ images, labels });
  expect(last).toBeLessThan(first);
  const classes = await training.classify(images);
  expect(classes).toHaveLength(8);
  expect(classes.every((value) => value >= 0 && value < 10)).toBe(true);
  training.dispose();
});
