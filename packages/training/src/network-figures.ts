import type { Network } from '@spikefit/contracts';

/** Neurons × time steps: how many spikes one image could cause. */
export const neuronStepsPerImage = (network: Network): number =>
  network.timeSteps *
  network.layers.reduce(
    (sum, { kind, outputShape: [height, width, channels] }) =>
      kind === 'neuron' ? sum + height * width * channels : sum,
    0,
  );
