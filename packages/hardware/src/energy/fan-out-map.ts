import {
  CodedError,
  type ConvLayer,
  isWeightLayer,
  type Network,
  type WeightLayer,
} from '@spikefit/contracts';
import { type LayerPresence, tapsAlong, unitsOf, wholeLayer } from '@spikefit/specification';

/**
 * For every input of a weight layer, how many existing connections it drives: the weights that are not zero, over all
 * output positions that read it (at the border of a same-padded convolution there are fewer).
 * [H·W·C] of the layer's input shape, in (h, w, c) order. A spike there costs so many synaptic operations; the sum of
 * the map is the number of non-zero synapses. What is not present drives and is driven by nothing.
 * `weights` are HWIO or [inputs, units].
 */
export function fanOutMap(
  network: Network,
  layerId: string,
  weights: Float32Array,
  presence: LayerPresence = wholeLayer,
): Float32Array {
  const layer = network.layers.find(({ id }) => id === layerId);
  if (layer === undefined || !isWeightLayer(layer)) {
    throw new CodedError('internal.error', `the network has no weight layer "${layerId}"`);
  }
  const [height, width, channels] = layer.inputShape;
  const units = layer.kind === 'conv' ? layer.filters : layer.units;
  const rows = layer.kind === 'conv' ? layer.kernel ** 2 * channels : height * width * channels;
  if (weights.length !== rows * units) {
    throw new CodedError(
      'internal.error',
      `layer "${layerId}" has ${rows * units} weights, not ${weights.length}`,
    );
  }
  return ofPresent(fanOut(layer, weights, presence.outputs), presence.inputs);
}

function fanOut(layer: WeightLayer, weights: Float32Array, outputs: Uint8Array | null): Float32Array {
  if (layer.kind === 'conv' && outputs !== null) return maskedFanOut(layer, weights, outputs);
  const perRow = nonzeroPerRow(weights, unitsOf(layer), outputs);
  return layer.kind === 'conv' ? convolutionFanOut(layer, perRow) : perRow;
}

const ofPresent = (map: Float32Array, present: Uint8Array | null): Float32Array =>
  present === null ? map : map.map((value, i) => value * present[i]!);

/**
 * For every input of a weight layer, how many rows of weights (one input channel and tap, all units) it is read through:
 * [H·W·C] in (h, w, c) order. A place of which no unit is there reads nothing.
 */
export function rowsPerInput(
  layer: WeightLayer,
  { inputs, outputs }: LayerPresence = wholeLayer,
): Float32Array {
  const [height, width, channels] = layer.inputShape;
  if (layer.kind === 'dense') return ofPresent(new Float32Array(height * width * channels).fill(1), inputs);
  const ones = new Float32Array(layer.kernel ** 2 * channels).fill(1);
  if (outputs === null) return ofPresent(convolutionFanOut(layer, ones), inputs);
  const oneUnit: ConvLayer = {
    ...layer,
    filters: 1,
    outputShape: [layer.outputShape[0], layer.outputShape[1], 1],
  };
  const units = layer.outputShape[2];
  const places = Uint8Array.from({ length: outputs.length / units }, (_, place) =>
    outputs.subarray(place * units, (place + 1) * units).includes(1) ? 1 : 0,
  );
  return ofPresent(maskedFanOut(oneUnit, ones, places), inputs);
}

/** Non-zero weights to any unit that is there, for each row of a [rows, units] matrix. */
function nonzeroPerRow(weights: Float32Array, units: number, present: Uint8Array | null): Float32Array {
  const counts = new Float32Array(weights.length / units);
  for (let row = 0; row < counts.length; row++) {
    let count = 0;
    for (let unit = 0; unit < units; unit++)
      if (weights[row * units + unit] !== 0 && present?.[unit] !== 0) count += 1;
    counts[row] = count;
  }
  return counts;
}

/** `perTap` is [kernel, kernel, channels]. Each input sums over the taps that some output reads it through. */
function convolutionFanOut({ inputShape, kernel, stride }: ConvLayer, perTap: Float32Array): Float32Array {
  const [height, width, channels] = inputShape;
  const rowTaps = tapsOf(height, kernel, stride);
  const columnTaps = tapsOf(width, kernel, stride);
  const map = new Float32Array(height * width * channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * channels;
      for (const ky of rowTaps[y]!) {
        for (const kx of columnTaps[x]!) {
          const tap = (ky * kernel + kx) * channels;
          for (let c = 0; c < channels; c++) map[at + c]! += perTap[tap + c]!;
        }
      }
    }
  }
  return map;
}

/** As `convolutionFanOut`, where not all outputs [H'·W'·filters] are there: every place has its own. */
function maskedFanOut(
  { inputShape, outputShape, kernel, stride, filters }: ConvLayer,
  weights: Float32Array,
  outputs: Uint8Array,
): Float32Array {
  const [height, width, channels] = inputShape;
  const map = new Float32Array(height * width * channels);
  const columns = tapsAlong(width, kernel, stride);
  for (const row of tapsAlong(height, kernel, stride)) {
    for (const column of columns) {
      const tap = (row.kernel * kernel + column.kernel) * channels;
      const to = (row.output * outputShape[1] + column.output) * filters;
      const from = (row.input * width + column.input) * channels;
      for (let c = 0; c < channels; c++) {
        const first = (tap + c) * filters;
        let count = 0;
        for (let unit = 0; unit < filters; unit++)
          if (outputs[to + unit] === 1 && weights[first + unit] !== 0) count += 1;
        map[from + c]! += count;
      }
    }
  }
  return map;
}

/** For every position along one axis, the kernel positions through which an output reads it. */
function tapsOf(size: number, kernel: number, stride: number): number[][] {
  const taps = Array.from({ length: size }, (): number[] => []);
  for (const tap of tapsAlong(size, kernel, stride)) taps[tap.input]!.push(tap.kernel);
  return taps;
}
