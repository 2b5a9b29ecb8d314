import type { Network } from '@spikefit/contracts';
import { networkBlocks } from '@spikefit/specification';

/**
 * What one synaptic operation of a weight layer is. Spikes are binary, so a weight is only added: an accumulate. An
 * image, spikes behind an average pool, or outputs of ReLUs are numbers: a multiply-accumulate.
 */
export type OperationKind = 'accumulate' | 'multiply-accumulate';

export interface LayerOperations {
  readonly layerId: string;
  readonly kind: OperationKind;
  /**
   * `image`: the layer reads the analogue image, which does not change over time; it is computed once per image, and
   * every one of its non-zero synapses works. `events`: it works where its input is not zero, at every step.
   */
  readonly input: 'image' | 'events';
}

/** The weight layers of a network in order, and what their operations are. */
export function operationKinds(network: Network): LayerOperations[] {
  return networkBlocks(network).map(({ weight, readsNumbers }, position) => {
    const readsImage = position === 0 && network.encoder === 'direct';
    return {
      layerId: weight.id,
      kind: readsImage || readsNumbers ? 'multiply-accumulate' : 'accumulate',
      input: readsImage ? 'image' : 'events',
    };
  });
}
