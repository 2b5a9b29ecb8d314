import { isWeightLayer, type Layer, type SpikingLayer, type WeightLayer } from '@spikefit/contracts';
import type { SpikeBlockLayers } from '../layers/spike-block-layer.ts';

/** What `forward` computes at once: one layer, or the neighbours that one fused op stands for. */
export type NetworkStep =
  | { readonly kind: 'layer'; readonly layer: Layer; readonly position: number }
  | { readonly kind: 'block'; readonly block: SpikeBlockLayers };

/**
 * The layers in order, with every run of [bias or batch norm,] neuron [, max pool] as one step; the layer that a bias
 * was taken from is given without it.
 *
 * @param fusible false for a neuron layer whose own spikes are asked for
 * @param masked true for a neuron layer whose spikes change before they are pooled
 */
export function networkSteps(
  layers: readonly Layer[],
  fusible: (layer: SpikingLayer) => boolean,
  masked: (layer: SpikingLayer) => boolean = () => false,
): NetworkStep[] {
  const steps: NetworkStep[] = [];
  const neuronAt = (position: number): SpikingLayer | undefined => {
    const layer = layers[position];
    return layer?.kind === 'neuron' && layer.neuron !== 'relu' && fusible(layer) ? layer : undefined;
  };
  let biased: WeightLayer | undefined;
  for (let position = 0; position < layers.length; position += 1) {
    const layer = layers[position]!;
    if (isWeightLayer(layer) && layer.useBias && neuronAt(position + 1)) {
      biased = layer;
      steps.push({ kind: 'layer', layer: { ...layer, useBias: false }, position });
      continue;
    }
    const batchNorm = layer.kind === 'batchNorm' ? layer : undefined;
    const neuron = neuronAt(batchNorm ? position + 1 : position);
    if (neuron === undefined) {
      steps.push({ kind: 'layer', layer, position });
      continue;
    }
    if (batchNorm) position += 1;
    const next = layers[position + 1];
    const maxPool = next?.kind === 'maxPool' && !masked(neuron) ? next : undefined;
    if (maxPool) position += 1;
    steps.push({ kind: 'block', block: { biased, batchNorm, neuron, maxPool } });
    biased = undefined;
  }
  return steps;
}
