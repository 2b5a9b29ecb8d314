import type { Network, NeuronSettings } from '@spikefit/contracts';
import { defaultNeuron, inferNetwork } from '@spikefit/specification';
import { initializeParameters } from '../../src/networks/initialize-parameters.ts';
import type { HostParameters } from '../../src/tensors/host-tensor.ts';
import { draws } from './draws.ts';

export function tinyNetwork(
  architecture: string,
  options: { neuron?: Partial<NeuronSettings>; encoder?: Network['encoder']; timeSteps?: number } = {},
): Network {
  const { neuron = {}, encoder = 'direct', timeSteps = 3 } = options;
  return inferNetwork({
    architecture,
    inputShape: [5, 6, 2],
    classes: 3,
    timeSteps,
    encoder,
    // Low enough that random weights make every layer spike.
    neuron: { ...defaultNeuron, threshold: 0.5, ...neuron },
  });
}

/** As initialised, but nothing at its neutral value: biases, γ, β and running statistics are drawn. */
export function lively(network: Network, seed: number): HostParameters {
  const ranges: Record<string, [number, number]> = {
    bias: [-0.2, 0.4],
    gamma: [0.6, 1.4],
    beta: [0.1, 0.6],
    mean: [-0.3, 0.3],
    variance: [0.4, 1.5],
    decayLogit: [-0.4, 0.4],
  };
  const entries = Object.entries(initializeParameters(network, seed)).map(([name, host], i) => {
    const range = ranges[name.split('/')[1]!];
    return [
      name,
      range === undefined ? host : { ...host, data: draws(host.data.length, seed + i, ...range) },
    ] as const;
  });
  return Object.fromEntries(entries);
}
