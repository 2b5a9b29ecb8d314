import type { Network } from '@spikefit/contracts';
import { networkBlocks, unitsOf } from '@spikefit/specification';
import type { DistinctValues } from './subject.ts';

/** As `DistinctValues`, and the same by weight layer: the most in one neuron, and in the layer. */
export interface CountedDistinctValues extends DistinctValues {
  readonly layers: Readonly<Record<string, { readonly neuron: number; readonly layer: number }>>;
}

/**
 * Counts the distinct values of weights (HWIO or [inputs, units], by layer); a weight of 0 is a value too, unless `present` says
 * that there is no such synapse.
 */
export function countDistinctValues(
  network: Network,
  weights: Readonly<Record<string, Float32Array>>,
  present: Readonly<Record<string, Uint8Array | null>> = {},
): CountedDistinctValues {
  const all = new Set<number>();
  const layers: Record<string, { neuron: number; layer: number }> = {};
  for (const { weight } of networkBlocks(network)) {
    const values = weights[weight.id]!;
    const units = unitsOf(weight);
    const perUnit = Array.from({ length: units }, () => new Set<number>());
    const inLayer = new Set<number>();
    const there = present[weight.id];
    for (let i = 0; i < values.length; i++) {
      if (there?.[i] === 0) continue;
      perUnit[i % units]!.add(values[i]!);
      inLayer.add(values[i]!);
    }
    for (const value of inLayer) all.add(value);
    layers[weight.id] = { neuron: Math.max(...perUnit.map(({ size }) => size)), layer: inLayer.size };
  }
  const most = (scope: 'neuron' | 'layer') => Math.max(...Object.values(layers).map((layer) => layer[scope]));
  return { neuron: most('neuron'), layer: most('layer'), network: all.size, layers };
}
