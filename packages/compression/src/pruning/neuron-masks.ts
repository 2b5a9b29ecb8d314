import type { Mask, Network } from '@spikefit/contracts';
import { type HostParameters, parameterNames } from '@spikefit/snn';
import {
  denseNeurons,
  inputsLeft,
  type KeptUnits,
  type NeuronMasks,
  type NeuronsLeft,
  networkBlocks,
  prunableNeurons,
  unitsOf,
} from '@spikefit/specification';
import { maskRow, type SynapseMasks } from './synapse-masks.ts';

/** The masks that parameters have, by neuron layer. */
export const neuronMasks = (network: Network, parameters: HostParameters): NeuronMasks =>
  Object.fromEntries(
    networkBlocks(network).flatMap(({ neuron }) => {
      const mask = neuron === null ? undefined : parameters[parameterNames.present(neuron.id)];
      return neuron === null || mask === undefined ? [] : [[neuron.id, Uint8Array.from(mask.data)]];
    }),
  );

/** The neurons of the dense network that are left in a pruned one with these parameters. */
export function neuronsLeft(
  dense: Network,
  { network, kept, parameters }: { network: Network; kept: KeptUnits; parameters: HostParameters },
): NeuronsLeft {
  const masks = neuronMasks(network, parameters);
  const own = prunableNeurons(network).map(({ id, neuronId, neurons }) => [
    id,
    masks[neuronId] ?? new Uint8Array(neurons).fill(1),
  ]);
  return denseNeurons<Uint8Array>(dense, kept, Object.fromEntries(own));
}

/** Parameters with these masks in the place of theirs. */
export function withNeuronMasks(
  network: Network,
  parameters: HostParameters,
  masks: NeuronMasks,
): HostParameters {
  const next: HostParameters = { ...parameters };
  for (const { neuron } of networkBlocks(network)) {
    if (neuron === null) continue;
    const name = parameterNames.present(neuron.id);
    const mask = masks[neuron.id];
    if (mask === undefined) delete next[name];
    else next[name] = { shape: [...neuron.outputShape], data: Float32Array.from(mask) };
  }
  return next;
}

/** The weights of FCs that read a neuron that is there, as masks of synapses in the order of the weights. */
export const synapsesOfNeurons = (network: Network, masks: NeuronMasks): SynapseMasks => {
  const units = new Map(networkBlocks(network).map(({ weight }) => [weight.id, unitsOf(weight)]));
  return Object.fromEntries(
    Object.entries(inputsLeft(network, masks)).map(([id, inputs]) => {
      const width = units.get(id)!;
      const mask = new Uint8Array(inputs.length * width);
      for (const [input, one] of inputs.entries()) mask.fill(one, input * width, (input + 1) * width);
      return [id, mask];
    }),
  );
};

/** The rows that a checkpoint and the API show: which neurons of the dense network are left, one row per neuron layer. */
export const neuronMaskRows = (dense: Network, left: NeuronsLeft): Mask[] =>
  prunableNeurons(dense).map(({ id, neuronId, shape }) => maskRow(neuronId, 'neuron', shape, left[id]!));
