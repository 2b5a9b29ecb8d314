import type { AveragePoolLayer, MaxPoolLayer, Network, WeightLayer } from '@spikefit/contracts';
import { networkBlocks } from './blocks.ts';
import { tapsAlong } from './taps-along.ts';

/**
 * By neuron layer of a network as it stands, [H·W·C] in the order row, column, channel: 1 where there is a neuron, 0 where it was
 * pruned. Layers that are not named are whole.
 */
export type NeuronMasks = Readonly<Record<string, Uint8Array>>;

/** Which ends of a weight layer's connections are there, [H·W·C] of its input and output shapes; null: all. */
export interface LayerPresence {
  readonly inputs: Uint8Array | null;
  readonly outputs: Uint8Array | null;
}

export const wholeLayer: LayerPresence = { inputs: null, outputs: null };

/**
 * By weight layer. An input is there if its pools' window has a neuron, an output if it reaches one. Outputs of incomplete windows,
 * which pools leave out, count as those of a whole layer do.
 */
export function layerPresence(network: Network, masks: NeuronMasks): Readonly<Record<string, LayerPresence>> {
  let inputs: Uint8Array | null = null;
  return Object.fromEntries(
    networkBlocks(network).map(({ weight, neuron, poolsBeforeNeuron, poolsAfterNeuron }) => {
      const mask = neuron === null ? undefined : masks[neuron.id];
      const outputs = mask === undefined ? null : poolsBeforeNeuron.reduceRight(spreadOverWindows, mask);
      const own = { inputs, outputs };
      inputs = mask === undefined ? null : poolsAfterNeuron.reduce(anyOfWindow, mask);
      return [weight.id, own];
    }),
  );
}

type Pool = MaxPoolLayer | AveragePoolLayer;

/** 1 where any place of a window is. */
function anyOfWindow(present: Uint8Array, pool: Pool): Uint8Array {
  const pooled = new Uint8Array(pool.outputShape.reduce((a, b) => a * b, 1));
  visitWindows(pool, (input, output) => {
    pooled[output]! |= present[input]!;
  });
  return pooled;
}

/** What stands behind a window, at each of its places. */
function spreadOverWindows(present: Uint8Array, pool: Pool): Uint8Array {
  const spread = new Uint8Array(pool.inputShape.reduce((a, b) => a * b, 1)).fill(1);
  visitWindows(pool, (input, output) => {
    spread[input] = present[output]!;
  });
  return spread;
}

function visitWindows(
  { size, inputShape, outputShape }: Pool,
  visit: (input: number, output: number) => void,
): void {
  const [, width, channels] = inputShape;
  const [rows, columns] = outputShape;
  for (let y = 0; y < rows * size; y++)
    for (let x = 0; x < columns * size; x++)
      for (let c = 0; c < channels; c++)
        visit(
          (y * width + x) * channels + c,
          (Math.floor(y / size) * columns + Math.floor(x / size)) * channels + c,
        );
}

/**
 * By FC whose inputs are not all there, which of them are: the weights of the others do nothing and are stored nowhere. Weights of
 * a convolution are shared by all places, so they go with whole channels alone.
 */
export const inputsLeft = (network: Network, masks: NeuronMasks): Readonly<Record<string, Uint8Array>> => {
  const presence = layerPresence(network, masks);
  return Object.fromEntries(
    networkBlocks(network).flatMap(({ weight: { id, kind } }) => {
      const { inputs } = presence[id]!;
      return kind === 'dense' && inputs?.includes(0) ? [[id, inputs]] : [];
    }),
  );
};

/** Unrolled connections whose two ends are there; borders of same padding counted exactly. */
export function connectionsBetween(layer: WeightLayer, { inputs, outputs }: LayerPresence): number {
  const perInput = channelsLeft(layer.inputShape, inputs);
  const perOutput = channelsLeft(layer.outputShape, outputs);
  if (layer.kind === 'dense') return sum(perInput) * sum(perOutput);
  const columns = tapsAlong(layer.inputShape[1], layer.kernel, layer.stride);
  let connections = 0;
  for (const row of tapsAlong(layer.inputShape[0], layer.kernel, layer.stride))
    for (const column of columns)
      connections +=
        perInput[row.input * layer.inputShape[1] + column.input]! *
        perOutput[row.output * layer.outputShape[1] + column.output]!;
  return connections;
}

/** By place, row by row, the channels that are there. */
function channelsLeft(
  [height, width, channels]: readonly [number, number, number],
  present: Uint8Array | null,
): Float64Array {
  const counts = new Float64Array(height * width);
  if (present === null) return counts.fill(channels);
  for (let i = 0; i < present.length; i++) counts[Math.floor(i / channels)]! += present[i]!;
  return counts;
}

const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);

/** Neurons that pruning has removed. */
export const neuronsGone = (masks: NeuronMasks): number =>
  Object.values(masks).reduce((total, mask) => total + mask.reduce((gone, one) => gone + 1 - one, 0), 0);
