import { CodedError, type Network } from '@spikefit/contracts';
import { fanOutMap } from './fan-out-map.ts';
import { operationKinds } from './operation-kinds.ts';

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
}

/**
 * Synaptic operations: Σ over events of the non-zero fan-out of where they happen, counted exactly. The analogue first
 * layer of direct encoding is computed once per image, not T times.
 * Throws `internal.error` when a layer's events are missing or of another size.
 */
export function countOperations({
  network,
  weights,
  inputEvents,
  images,
}: CountOperationsInput): SynapticOperations {
  const total = { accumulates: 0, multiplyAccumulates: 0 };
  for (const { layerId, kind, input } of operationKinds(network)) {
    const own = weights[layerId];
    if (own === undefined)
      throw new CodedError('internal.error', `the weights of layer "${layerId}" are missing`);
    const fanOut = fanOutMap(network, layerId, own);
    const events = inputEvents[layerId];
    if (input === 'events' && events?.length !== fanOut.length) {
      throw new CodedError(
        'internal.error',
        `layer "${layerId}" has ${fanOut.length} inputs, there are events of ${events?.length ?? 0}`,
      );
    }
    let operations = 0;
    for (let i = 0; i < fanOut.length; i++)
      operations += fanOut[i]! * (input === 'image' ? images : events![i]!);
    total[kind === 'accumulate' ? 'accumulates' : 'multiplyAccumulates'] += operations;
  }
  return {
    accumulates: total.accumulates / images,
    multiplyAccumulates: total.multiplyAccumulates / images,
  };
}
