import '@tensorflow/tfjs-backend-cpu';
import type { Network, NeuronSettings, Shape3 } from '@spikefit/contracts';
import { type HostParameters, initializeParameters } from '@spikefit/snn';
import { defaultNeuron, inferNetwork, randomStream } from '@spikefit/specification';
import * as tf from '@tensorflow/tfjs-core';

export const buildNetwork = (
  architecture: string,
  {
    neuron = {},
    inputShape = [8, 8, 2],
    timeSteps = 3,
    encoder = 'direct',
  }: {
    neuron?: Partial<NeuronSettings>;
    inputShape?: Shape3;
    timeSteps?: number;
    encoder?: Network['encoder'];
  } = {},
): Network =>
  inferNetwork({
    architecture,
    inputShape,
    classes: 3,
    timeSteps,
    encoder,
    neuron: { ...defaultNeuron, ...neuron },
  });

/** Parameters as after some training: norms that have moved, biases that are not 0, in part negative γ. */
export function trainedParameters(
  network: Network,
  seed: number,
  { negativeGamma = false } = {},
): HostParameters {
  const parameters = initializeParameters(network, seed);
  const stream = randomStream(seed, 'subset', 0);
  for (const [name, { data }] of Object.entries(parameters)) {
    const kind = name.split('/')[1]!;
    for (let i = 0; i < data.length; i++) {
      if (kind === 'gamma')
        data[i] = (0.5 + stream.uniform()) * (negativeGamma && stream.uniform() < 0.4 ? -1 : 1);
      if (kind === 'beta') data[i] = 0.5 + 0.3 * stream.normal();
      if (kind === 'mean') data[i] = 0.2 * stream.normal();
      if (kind === 'variance') data[i] = 0.3 + stream.uniform();
      if (kind === 'bias') data[i] = 0.2 * stream.normal();
      if (kind === 'decayLogit') data[i] = 0.4;
    }
  }
  return parameters;
}

/** Images [n, …] in 0..1 and labels; the caller disposes them. */
export function exampleBatch(
  network: Network,
  n: number,
  seed: number,
): { input: tf.Tensor4D; labels: tf.Tensor1D } {
  const stream = randomStream(seed, 'shuffle', 0);
  const size = n * network.inputShape.reduce((a, b) => a * b, 1);
  const images = Float32Array.from({ length: size }, () => stream.uniform());
  const labels = Int32Array.from({ length: n }, () => stream.integer(network.classes));
  return {
    input: tf.tensor4d(images, [n, ...network.inputShape]),
    labels: tf.tensor1d(labels, 'int32'),
  };
}
