import { CodedError } from '@spikefit/contracts';
import { layerPresence, networkBlocks } from '@spikefit/specification';
import type { CountOperationsInput } from './count-operations.ts';
import { fanOutMap, rowsPerInput } from './fan-out-map.ts';
import { type LayerOperations, operationKinds } from './operation-kinds.ts';

/** What a weight layer does for one image, over all T. */
export interface LayerActivity extends LayerOperations {
  /** Inputs that arrive: events, or the numbers of the image, once. */
  readonly inputs: number;
  /** Operations through non-zero synapses. */
  readonly operations: number;
  /** Rows of weights (one input channel and tap, all units) that the inputs touch. */
  readonly rows: number;
}

/** Layer by layer; the arguments are those of `countOperations`. Throws `internal.error` as that does. */
export function layerActivity(input: CountOperationsInput): LayerActivity[] {
  const { network, weights, inputEvents, images } = input;
  const blocks = networkBlocks(network);
  const presence = layerPresence(network, input.neurons ?? {});
  return operationKinds(network).map((kinds, position) => {
    const { layerId, input: reads } = kinds;
    const own = weights[layerId];
    if (own === undefined)
      throw new CodedError('internal.error', `the weights of layer "${layerId}" are missing`);
    const fanOut = fanOutMap(network, layerId, own, presence[layerId]);
    const rowsOf = rowsPerInput(blocks[position]!.weight, presence[layerId]);
    const events = inputEvents[layerId];
    if (reads === 'events' && events?.length !== fanOut.length) {
      throw new CodedError(
        'internal.error',
        `layer "${layerId}" has ${fanOut.length} inputs, there are events of ${events?.length ?? 0}`,
      );
    }
    const sums = { inputs: 0, operations: 0, rows: 0 };
    for (let i = 0; i < fanOut.length; i++) {
      const count = reads === 'image' ? images : events![i]!;
      sums.inputs += count;
      sums.operations += count * fanOut[i]!;
      sums.rows += count * rowsOf[i]!;
    }
    return {
      ...kinds,
      inputs: sums.inputs / images,
      operations: sums.operations / images,
      rows: sums.rows / images,
    };
  });
}
