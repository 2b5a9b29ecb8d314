import { isWeightLayer, type Network, type ResolvedSpec, type WeightLayer } from '@spikefit/contracts';
import { countWeights } from './count-network.ts';
import { sizeCost } from './network-cost.ts';
import { floorOf, type PruningFloors } from './prune-network.ts';
import { tapsAlong } from './taps-along.ts';

/** A layer never has fewer synapses than this after pruning: as few as 4, since great sparsity is the point of them. */
export const synapseFloors: PruningFloors = { floorUnits: 4, floorFraction: 0.005 };

export interface SynapseLayer {
  readonly id: string;
  /** Weights, each of which is one prunable synapse (of a convolution: at every place). */
  readonly synapses: number;
  readonly floor: number;
}

/** Every weight layer, the read-out too. */
export const synapseLayers = (network: Network, floors: PruningFloors = synapseFloors): SynapseLayer[] =>
  network.layers.filter(isWeightLayer).map((layer) => {
    const synapses = countWeights(layer);
    return { id: layer.id, synapses, floor: floorOf(synapses, floors) };
  });

/**
 * Unrolled connections of one weight, by its row [kernel row, kernel column, input], or [input] of an FC: the places of the
 * output that read a real input through it.
 */
export function connectionsPerRow(layer: WeightLayer): Float64Array {
  const [height, width, channels] = layer.inputShape;
  if (layer.kind === 'dense') return new Float64Array(height * width * channels).fill(1);
  const { kernel, stride } = layer;
  const along = (size: number): Float64Array => {
    const counts = new Float64Array(kernel);
    for (const tap of tapsAlong(size, kernel, stride)) counts[tap.kernel]! += 1;
    return counts;
  };
  const rows = along(height);
  const columns = along(width);
  const perRow = new Float64Array(kernel * kernel * channels);
  for (let i = 0; i < perRow.length; i++) {
    const tap = Math.floor(i / channels);
    perRow[i] = rows[Math.floor(tap / kernel)]! * columns[tap % kernel]!;
  }
  return perRow;
}

export interface SparseLayer {
  /** Weights that are left. */
  readonly kept: number;
  /** Bits of the mask as it is encoded. */
  readonly maskBits: number;
}

/**
 * Bits of the artifact of a network without some of its synapses: never fewer than it really has (see `sizeCost`). Layers that
 * are not named are whole and have no mask.
 */
export function sparseSizeBits(
  network: Network,
  quantization: ResolvedSpec['quantization'],
  layers: Readonly<Record<string, SparseLayer>>,
): number {
  const { blocks, constant } = sizeCost(network, quantization);
  let bits = constant;
  for (const { weightId, units, perPair, perUnit } of blocks) {
    let ofWeights = 0;
    for (let channel = 0; channel < perPair.length; channel++) ofWeights += units * perPair[channel]!;
    const sparse = layers[weightId];
    const weights = countWeights(network.layers.find(({ id }) => id === weightId) as WeightLayer);
    const share = sparse === undefined ? 1 : sparse.kept / weights;
    bits += units * perUnit + ofWeights * share + (sparse?.maskBits ?? 0);
  }
  return bits;
}
