import type { Network } from '@spikefit/contracts';

/** Neurons × time steps: how many spikes one image could cause. */
export const neuronStepsPerImage = (network: Network): number =>
  network.timeSteps *
  network.layers.reduce(
    (sum, { kind, outputShape: [height, width, channels] }) =>
      kind === 'neuron' ? sum + height * width * channels : sum,
    0,
  );

/**
 * Images per forward pass where no gradient is needed: at most `most`, and fewer for large networks, so that the
 * activations stay within a few hundred MiB. A function of the shape alone, since it takes part in the order of sums.
 */
export const imagesPerPass = (network: Network, most: number): number =>
  Math.max(1, Math.min(most, Math.floor(2 ** 25 / Math.max(1, neuronStepsPerImage(network)))));
