import { CodedError, type WeightLayer } from '@spikefit/contracts';
import { countWeights, tapsAlong, unitsOf } from '@spikefit/specification';

/** What connects the neurons of a weight layer to those that it reads. */
export interface LayerConnections {
  readonly synapses: number;
  /** The most inputs of one neuron. */
  readonly fanIn: number;
  /** The most neurons of this layer that one input reaches. */
  readonly fanOut: number;
}

export interface LayerConnectionsOptions {
  /** HWIO or [inputs, units]. Without them every weight is seen as one that is not zero. */
  readonly weights?: Float32Array | undefined;
  /** Side of the windows that average what the layer reads. */
  readonly averagedInputs?: number | undefined;
  /** Side of the windows that average the layer's outputs before its neurons. */
  readonly averagedOutputs?: number | undefined;
}

/**
 * Connections of a weight layer, unrolled, borders of same padding counted exactly; a weight of 0 is none.
 *
 * An average pool is no neuron: it is merged into the weights beside it. Where the layer reads averages, every averaged
 * input is connected, with its share of the weight: fan-in and synapses grow by the area of the window, and the
 * fan-out does not, as windows lie side by side. Where its outputs are averaged, a neuron is connected to all that
 * they read, once to each, with the sum of the weights. So Σ fan-in = Σ fan-out = synapses holds throughout.
 *
 * Throws `internal.error` for weights of another size.
 */
export function layerConnections(
  layer: WeightLayer,
  { weights, averagedInputs = 1, averagedOutputs = 1 }: LayerConnectionsOptions = {},
): LayerConnections {
  if (weights !== undefined && weights.length !== countWeights(layer)) {
    throw new CodedError(
      'internal.error',
      `layer "${layer.id}" has ${countWeights(layer)} weights, not ${weights.length}`,
    );
  }
  const { rows, columns, kernelWidth, channels } = axesOf(layer, averagedOutputs);
  const units = unitsOf(layer);
  const count = pairCounter({ weights, kernelWidth, channels, units });
  const inputsPerWindow = averagedInputs ** 2;

  let synapses = 0;
  let fanIn = 0;
  for (const row of patterns(rows, 'neuron')) {
    for (const column of patterns(columns, 'neuron')) {
      const inputs = new Float64Array(units);
      for (const y of row.taps) for (const x of column.taps) add(inputs, count(y, x).perUnit);
      fanIn = Math.max(fanIn, inputsPerWindow * most(inputs));
      synapses += inputsPerWindow * row.times * column.times * inputs.reduce((sum, n) => sum + n, 0);
    }
  }
  let fanOut = 0;
  for (const row of patterns(rows, 'input')) {
    for (const column of patterns(columns, 'input')) {
      const readers = new Float64Array(channels);
      for (const y of row.taps) for (const x of column.taps) add(readers, count(y, x).perChannel);
      fanOut = Math.max(fanOut, most(readers));
    }
  }
  return { synapses, fanIn, fanOut };
}

/** Along one axis, an input position and a neuron's that reads it, and the kernel positions between them. */
export interface AxisConnection {
  readonly input: number;
  readonly neuron: number;
  readonly taps: number[];
}

/** An FC reads the whole image at one position: as a 1×1 convolution whose channels are all its inputs. */
export function axesOf(layer: WeightLayer, averagedOutputs: number) {
  const [height, width, channels] = layer.inputShape;
  if (layer.kind === 'dense') {
    const one = axisConnections(1, 1, 1, 1);
    return { rows: one, columns: one, kernelWidth: 1, channels: height * width * channels };
  }
  const { kernel, stride } = layer;
  return {
    rows: axisConnections(height, kernel, stride, averagedOutputs),
    columns: axisConnections(width, kernel, stride, averagedOutputs),
    kernelWidth: kernel,
    channels,
  };
}

/** Outputs that fill no window are dropped, as pools drop them. */
function axisConnections(size: number, kernel: number, stride: number, averaged: number): AxisConnection[] {
  const neurons = Math.floor(Math.ceil(size / stride) / averaged);
  const found = new Map<number, AxisConnection>();
  for (const { input, output, kernel: tap } of tapsAlong(size, kernel, stride)) {
    const neuron = Math.floor(output / averaged);
    if (neuron >= neurons) continue;
    const key = input * neurons + neuron;
    const known = found.get(key);
    if (known === undefined) found.set(key, { input, neuron, taps: [tap] });
    else known.taps.push(tap);
  }
  return [...found.values()];
}

/** Neurons (or inputs) along an axis that are connected through the same taps, and how many they are. */
interface Pattern {
  readonly taps: readonly (readonly number[])[];
  readonly times: number;
}

function patterns(connections: readonly AxisConnection[], of: 'neuron' | 'input'): Pattern[] {
  const byPosition = new Map<number, number[][]>();
  for (const connection of connections) {
    const known = byPosition.get(connection[of]);
    if (known === undefined) byPosition.set(connection[of], [connection.taps]);
    else known.push(connection.taps);
  }
  const byTaps = new Map<string, { taps: number[][]; times: number }>();
  for (const taps of byPosition.values()) {
    const key = taps.map((one) => one.join()).join(' ');
    const known = byTaps.get(key);
    if (known === undefined) byTaps.set(key, { taps, times: 1 });
    else known.times += 1;
  }
  return [...byTaps.values()];
}

interface Counts {
  /** [channels, units]: 1 where the two are connected; null: all are. */
  readonly pairs: Uint8Array | null;
  /** Channels that reach each unit. */
  readonly perUnit: Float64Array;
  /** Units that each channel reaches. */
  readonly perChannel: Float64Array;
}

/** A sum of float32 products that should be 0 may miss it by its rounding. */
const roundingShare = 1e-6;

/** Tells, and counts per unit and per channel, the sums of the weights at these kernel positions that are not 0. */
export function pairCounter({
  weights,
  kernelWidth,
  channels,
  units,
}: {
  weights: Float32Array | undefined;
  kernelWidth: number;
  channels: number;
  units: number;
}): (rows: readonly number[], columns: readonly number[]) => Counts {
  const known = new Map<string, Counts>();
  const all: Counts = {
    pairs: null,
    perUnit: new Float64Array(units).fill(channels),
    perChannel: new Float64Array(channels).fill(units),
  };
  return (rows, columns) => {
    if (weights === undefined) return all;
    const key = `${rows.join()} ${columns.join()}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const starts = rows.flatMap((y) => columns.map((x) => (y * kernelWidth + x) * channels * units));
    const pairs = new Uint8Array(channels * units);
    const counts: Counts = {
      pairs,
      perUnit: new Float64Array(units),
      perChannel: new Float64Array(channels),
    };
    for (let channel = 0; channel < channels; channel++) {
      for (let unit = 0; unit < units; unit++) {
        let sum = 0;
        let magnitude = 0;
        for (const start of starts) {
          const weight = weights[start + channel * units + unit]!;
          sum += weight;
          magnitude += Math.abs(weight);
        }
        if (Math.abs(sum) <= roundingShare * magnitude) continue;
        pairs[channel * units + unit] = 1;
        counts.perUnit[unit]! += 1;
        counts.perChannel[channel]! += 1;
      }
    }
    known.set(key, counts);
    return counts;
  };
}

function add(into: Float64Array, counts: Float64Array): void {
  for (let i = 0; i < into.length; i++) into[i]! += counts[i]!;
}

const most = (values: Float64Array): number => values.reduce((largest, value) => Math.max(largest, value), 0);
