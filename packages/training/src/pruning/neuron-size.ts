import type { Network, ResolvedSpec } from '@spikefit/contracts';
import { encodeNeuronMask } from '@spikefit/interchange';
import {
  countWeights,
  inputsLeft,
  keptChannels,
  type NeuronsLeft,
  networkBlocks,
  presentNeurons,
  prunableNeurons,
  pruneNetwork,
  sparseSizeBits,
  unitsOf,
} from '@spikefit/specification';

/** Bits of the artifact with these neurons, masks encoded as they will be. */
export function sizeLeft({ network: dense, quantization }: ResolvedSpec, left: NeuronsLeft): number {
  const kept = keptChannels(dense, left);
  const network = pruneNetwork(dense, kept);
  const masks = presentNeurons(dense, left);
  const inputs = inputsLeft(network, masks);
  const sparse = networkBlocks(network).flatMap(({ weight }) => {
    const own = inputs[weight.id];
    if (own === undefined) return [];
    return [[weight.id, { kept: unitsOf(weight) * own.reduce((sum, one) => sum + one, 0), maskBits: 0 }]];
  });
  let bits = sparseSizeBits(network, quantization, Object.fromEntries(sparse));
  for (const { id, neuronId, shape } of prunableNeurons(network)) {
    const mask = masks[neuronId];
    if (mask !== undefined) bits += 8 * encodeNeuronMask(mask, [...shape]).bytes.length;
    // The bitmap of channels has one bit for each that the dense network has.
    bits += 8 * (bytesOf(channelsOf(dense, id)) - bytesOf(shape[2]));
  }
  return bits;
}

const bytesOf = (count: number): number => Math.ceil(count / 8);

const channelsOf = (dense: Network, id: string): number =>
  prunableNeurons(dense).find((layer) => layer.id === id)!.shape[2];

/** By weight layer, for each of its neurons: the weights that read or are read by its channel, shared out among its places. */
export function weightsPerNeuron(dense: Network): Record<string, Float64Array> {
  const blocks = networkBlocks(dense);
  return Object.fromEntries(
    prunableNeurons(dense).map(({ id, neurons }) => {
      const position = blocks.findIndex(({ weight }) => weight.id === id);
      const weights = countWeights(blocks[position]!.weight) + countWeights(blocks[position + 1]!.weight);
      return [id, new Float64Array(neurons).fill(weights / neurons)];
    }),
  );
}
