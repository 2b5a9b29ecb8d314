import { isWeightLayer, type Network } from '@spikefit/contracts';
import type { DistinctValues } from '@spikefit/hardware';

type Group = 'layer' | 'channel' | 'network';

/** The most distinct values in one output unit of a weight tensor, whose last axis is the unit. */
function perUnit(weights: Float32Array, units: number): number {
  const sets = Array.from({ length: units }, () => new Set<number>());
  for (const [i, value] of weights.entries()) sets[i % units]!.add(value);
  return Math.max(...sets.map(({ size }) => size));
}

/** Distinct values in one group of one layer; values are what the artifact gives back, compared bit for bit. */
export const distinctInLayer = (weights: Float32Array, units: number, group: Group): number =>
  group === 'channel' ? perUnit(weights, units) : new Set(weights).size;

/** The largest number of distinct values in one neuron, in one layer, and in the whole network. */
export function distinctValues(
  network: Network,
  weights: Readonly<Record<string, Float32Array>>,
): DistinctValues {
  const all = new Set<number>();
  let neuron = 0;
  let layer = 0;
  for (const { id, outputShape } of network.layers.filter(isWeightLayer)) {
    const own = new Set(weights[id]!);
    neuron = Math.max(neuron, perUnit(weights[id]!, outputShape[2]));
    layer = Math.max(layer, own.size);
    for (const value of own) all.add(value);
  }
  return { neuron, layer, network: all.size };
}

export const distinctPerGroup = (distinct: DistinctValues, group: Group): number =>
  distinct[group === 'channel' ? 'neuron' : group];
