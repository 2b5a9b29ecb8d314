import type { Network } from '@spikefit/contracts';
import type { NeuronMasks } from '@spikefit/specification';
import { layerActivity } from './layer-activity.ts';

/** Per image, over all T. */
export interface SynapticOperations {
  readonly accumulates: number;
  readonly multiplyAccumulates: number;
}

export interface CountOperationsInput {
  readonly network: Network;
  /** By weight layer: HWIO or [inputs, units]. */
  readonly weights: Readonly<Record<string, Float32Array>>;
  /**
   * By weight layer that reads events, [H·W·C] in (h, w, c) order: how often each input was not zero, over all images
   * and time steps. The layer that reads the image needs none.
   */
  readonly inputEvents: Readonly<Record<string, ArrayLike<number>>>;
  /** How many images the events are of. */
  readonly images: number;
  /** Which neurons are there, where single ones were pruned. */
  readonly neurons?: NeuronMasks | undefined;
}

/**
 * Synaptic operations: Σ over events of the non-zero fan-out of where they happen, counted exactly. The analogue first
 * layer of direct encoding is computed once per image, not T times.
 * Throws `internal.error` when a layer's events are missing or of another size.
 */
export function countOperations(input: CountOperationsInput): SynapticOperations {
  const total = { accumulates: 0, multiplyAccumulates: 0 };
  for (const { kind, operations } of layerActivity(input))
    total[kind === 'accumulate' ? 'accumulates' : 'multiplyAccumulates'] += operations;
  return total;
}
