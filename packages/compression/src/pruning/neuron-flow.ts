import type { AveragePoolLayer, MaxPoolLayer, Network, WeightLayer } from '@spikefit/contracts';
import { layerPresence, type NeuronMasks, networkBlocks, tapsAlong, unitsOf } from '@spikefit/specification';

/** What passes a network's connections, by neuron. All by weight layer, neurons [H·W·C] of the network as it stands. */
export interface NeuronFlow {
  /** What reaches each neuron of the layer. */
  readonly into: Readonly<Record<string, Float64Array>>;
  /** What the next layer reads of each of its neurons: a pool's window is shared out by what its neurons fire. */
  readonly outOf: Readonly<Record<string, Float64Array>>;
  /** What passes the layer's connections. */
  readonly total: Readonly<Record<string, number>>;
}

export interface NeuronFlowInput {
  readonly network: Network;
  readonly masks: NeuronMasks;
  /** By weight layer, how much each input sends over each of its connections [H·W·C]. */
  readonly events: Readonly<Record<string, ArrayLike<number>>>;
  /** By neuron layer, how much each neuron fires [H·W·C]. */
  readonly spikes: Readonly<Record<string, ArrayLike<number>>>;
  /** By weight layer, HWIO or [inputs, units]: a weight of 0 is no connection. Null: all are. */
  readonly weights: Readonly<Record<string, Float32Array>> | null;
}

export function neuronFlow({ network, masks, events, spikes, weights }: NeuronFlowInput): NeuronFlow {
  const presence = layerPresence(network, masks);
  const into: Record<string, Float64Array> = {};
  const outOf: Record<string, Float64Array> = {};
  const total: Record<string, number> = {};
  let before: { id: string; shares: (perInput: Float64Array) => Float64Array } | null = null;
  for (const { weight, neuron, poolsBeforeNeuron, poolsAfterNeuron } of networkBlocks(network)) {
    const { id } = weight;
    const { outputs } = presence[id]!;
    const { perOutput, perInput } = flow(weight, events[id]!, weights?.[id] ?? null, outputs);
    total[id] = perOutput.reduce((sum, one) => sum + one, 0);
    if (before !== null) outOf[before.id] = before.shares(perInput);
    const size = sizeOf(neuron?.outputShape ?? weight.outputShape);
    into[id] = new Float64Array(size);
    for (const [output, at] of windows(poolsBeforeNeuron, perOutput.length).entries())
      if (at >= 0) into[id][at]! += perOutput[output]!;
    const fired = neuron === null ? undefined : spikes[neuron.id];
    before = fired === undefined ? null : { id, shares: sharing(windows(poolsAfterNeuron, size), fired) };
  }
  return { into, outOf, total };
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Every existing connection carries what its input sends. */
function flow(
  layer: WeightLayer,
  events: ArrayLike<number>,
  weights: Float32Array | null,
  outputs: Uint8Array | null,
): { perOutput: Float64Array; perInput: Float64Array } {
  const units = unitsOf(layer);
  const perOutput = new Float64Array(sizeOf(layer.outputShape));
  const perInput = new Float64Array(events.length);
  /** Between the input at `from` and all units of a place, through a row of the weights. */
  const pass = (from: number, row: number, place: number): void => {
    const sent = events[from]!;
    if (sent === 0) return;
    for (let unit = 0; unit < units; unit++) {
      if (weights?.[row * units + unit] === 0 || outputs?.[place * units + unit] === 0) continue;
      perOutput[place * units + unit]! += sent;
      perInput[from]! += sent;
    }
  };
  if (layer.kind === 'dense') {
    for (let from = 0; from < events.length; from++) pass(from, from, 0);
    return { perOutput, perInput };
  }
  const [height, width, channels] = layer.inputShape;
  const columns = tapsAlong(width, layer.kernel, layer.stride);
  for (const row of tapsAlong(height, layer.kernel, layer.stride))
    for (const column of columns)
      for (let c = 0; c < channels; c++)
        pass(
          (row.input * width + column.input) * channels + c,
          (row.kernel * layer.kernel + column.kernel) * channels + c,
          row.output * layer.outputShape[1] + column.output,
        );
  return { perOutput, perInput };
}

/** By place before some pools the place behind them that it belongs to; −1 where it fills no window. */
function windows(pools: readonly (MaxPoolLayer | AveragePoolLayer)[], size: number): Int32Array {
  const behind = Int32Array.from({ length: size }, (_, place) => place);
  for (const { size: side, inputShape, outputShape } of pools) {
    const [, width, channels] = inputShape;
    for (const [place, at] of behind.entries()) {
      const y = Math.floor(at / (width * channels) / side);
      const x = Math.floor((Math.floor(at / channels) % width) / side);
      const isWhole = at >= 0 && y < outputShape[0] && x < outputShape[1];
      behind[place] = isWhole ? (y * outputShape[1] + x) * channels + (at % channels) : -1;
    }
  }
  return behind;
}

/** Shares out what is known of windows among their places, by weight. */
function sharing(behind: Int32Array, weight: ArrayLike<number>): (perWindow: Float64Array) => Float64Array {
  return (perWindow) => {
    const sums = new Float64Array(perWindow.length);
    for (const [place, at] of behind.entries()) if (at >= 0) sums[at]! += weight[place]!;
    return Float64Array.from(behind, (at, place) =>
      at < 0 || sums[at] === 0 ? 0 : (perWindow[at]! * weight[place]!) / sums[at]!,
    );
  };
}
