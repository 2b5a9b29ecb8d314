import {
  CodedError,
  type ConvLayer,
  isWeightLayer,
  type Network,
  type WeightLayer,
} from '@spikefit/contracts';
import { tapsAlong } from '@spikefit/specification';

/**
 * For every input of a weight layer, how many existing connections it drives: the weights that are not zero, over all
 * output positions that read it (at the border of a same-padded convolution there are fewer).
 * [H·W·C] of the layer's input shape, in (h, w, c) order. A spike there costs so many synaptic operations; the sum of
 * the map is the number of non-zero synapses.
 * `weights` are HWIO or [inputs, units].
 */
export function fanOutMap(network: Network, layerId: string, weights: Float32Array): Float32Array {
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
  const perRow = nonzeroPerRow(weights, units);
  return layer.kind === 'conv' ? convolutionFanOut(layer, perRow) : perRow;
}

/**
 * For every input of a weight layer, how many rows of weights (one input channel and tap, all units) it is read through:
 * [H·W·C] in (h, w, c) order.
 */
export function rowsPerInput(layer: WeightLayer): Float32Array {
  const [height, width, channels] = layer.inputShape;
  return layer.kind === 'conv'
    ? convolutionFanOut(layer, new Float32Array(layer.kernel ** 2 * channels).fill(1))
    : new Float32Array(height * width * channels).fill(1);
}

/** Non-zero weights to any unit, for each row of a [rows, units] matrix. */
function nonzeroPerRow(weights: Float32Array, units: number): Float32Array {
  const counts = new Float32Array(weights.length / units);
  for (let row = 0; row < counts.length; row++) {
    let count = 0;
    for (let i = row * units; i < (row + 1) * units; i++) if (weights[i] !== 0) count += 1;
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

/** For every position along one axis, the kernel positions through which an output reads it. */
function tapsOf(size: number, kernel: number, stride: number): number[][] {
  const taps = Array.from({ length: size }, (): number[] => []);
  for (const tap of tapsAlong(size, kernel, stride)) taps[tap.input]!.push(tap.kernel);
  return taps;
}
