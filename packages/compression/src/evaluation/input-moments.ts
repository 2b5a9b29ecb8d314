import { isWeightLayer, type Network, type WeightLayer } from '@spikefit/contracts';
import { encodeInput, type ForwardOptions, forward } from '@spikefit/snn';
import { networkBlocks } from '@spikefit/specification';
import * as tf from '@tensorflow/tfjs-core';
import type { ScoreBatch } from '../pruners/unit-scorer.ts';
import { layerInputs } from './layer-inputs.ts';

/** Of the inputs of one unit, n in the order of its weights: (kh, kw, in) of a convolution. */
export interface InputMoments {
  /** [n]. */
  readonly mean: Float64Array;
  /** [n, n]. */
  readonly covariance: Float64Array;
  /** What both are means over. */
  readonly rows: number;
}

/** Layers whose units have more inputs are left out: their covariance would have millions of entries. */
const mostInputs = 1536;
/** Numbers of a matrix of patches that exist at once. */
const mostNumbers = 2 ** 24;

const inputsOf = (layer: WeightLayer): number => {
  const [height, width, channels] = layer.inputShape;
  return layer.kind === 'conv' ? layer.kernel ** 2 * channels : height * width * channels;
};

/**
 * Mean and covariance, over samples, steps and places, of what a unit of every weight layer before a batch norm reads. Runs the network
 * over the batches, which it disposes. Layers with more than 1536 inputs per unit have no entry.
 */
export async function inputMoments(input: {
  readonly network: Network;
  readonly parameters: Readonly<Record<string, tf.Tensor>>;
  readonly batches: Iterable<ScoreBatch> | AsyncIterable<ScoreBatch>;
}): Promise<Record<string, InputMoments>> {
  const { network, parameters } = input;
  const layers = networkBlocks(network).flatMap(({ weight, batchNorm }) =>
    batchNorm !== null && inputsOf(weight) <= mostInputs ? [weight] : [],
  );
  if (layers.length === 0) return {};
  const sums = new Map(layers.map((layer) => [layer.id, new Sums(inputsOf(layer))]));
  for await (const { input: images, labels, stream } of input.batches) {
    const read = tf.tidy(() => allInputs(network, parameters, images, stream));
    for (const layer of layers) await sums.get(layer.id)!.add(read[layer.id]!, layer);
    tf.dispose([read, images, labels]);
  }
  return Object.fromEntries([...sums].map(([id, of]) => [id, of.moments()]));
}

/** What every weight layer reads, the first one too. */
function allInputs(
  network: Network,
  parameters: Readonly<Record<string, tf.Tensor>>,
  images: tf.Tensor4D,
  stream: ForwardOptions['stream'],
): Record<string, tf.Tensor> {
  const { spikes } = forward(network, parameters, images, {
    training: false,
    stream,
    collectSpikes: true,
    countSpikes: false,
  });
  const first = network.layers.find(isWeightLayer)!;
  return { ...layerInputs(network, spikes!), [first.id]: encodeInput(network, images, stream) };
}

class Sums {
  readonly #mean: Float64Array;
  readonly #products: Float64Array;
  #rows = 0;

  constructor(inputs: number) {
    this.#mean = new Float64Array(inputs);
    this.#products = new Float64Array(inputs ** 2);
  }

  async add(x: tf.Tensor, layer: WeightLayer): Promise<void> {
    const values = await x.data<'float32'>();
    const count = x.shape[0]!;
    const perImage = x.size / count;
    const places = layer.outputShape[0] * layer.outputShape[1];
    const inputs = this.#mean.length;
    const most = Math.max(1, Math.floor(mostNumbers / (places * inputs)));
    for (let from = 0; from < count; from += most) {
      const images = Math.min(most, count - from);
      const patches = patchesOf(values.subarray(from * perImage, (from + images) * perImage), images, layer);
      const products = tf.tidy(() => {
        const rows = tf.tensor2d(patches, [images * places, inputs]);
        return tf.matMul(rows, rows, true, false);
      });
      const sums = await products.data();
      products.dispose();
      for (let at = 0; at < sums.length; at++) this.#products[at]! += sums[at]!;
      for (let row = 0; row < patches.length; row += inputs)
        for (let i = 0; i < inputs; i++) this.#mean[i]! += patches[row + i]!;
    }
    this.#rows += count * places;
  }

  moments(): InputMoments {
    const rows = Math.max(1, this.#rows);
    const mean = this.#mean.map((sum) => sum / rows);
    const covariance = this.#products.map(
      (sum, i) => sum / rows - mean[Math.floor(i / mean.length)]! * mean[i % mean.length]!,
    );
    return { mean, covariance, rows: this.#rows };
  }
}

/** What each output of the layer reads, with same padding: [images · places, inputs] of values [images, H, W, C]. */
function patchesOf(values: Float32Array, images: number, layer: WeightLayer): Float32Array {
  if (layer.kind === 'dense') return values.slice();
  const { kernel, stride } = layer;
  const [rows, columns] = layer.outputShape;
  const [height, width, channels] = layer.inputShape;
  const before = (outputs: number, inputs: number): number =>
    Math.floor(Math.max(0, (outputs - 1) * stride + kernel - inputs) / 2);
  const [top, left] = [before(rows, height), before(columns, width)];
  const patches = new Float32Array(images * rows * columns * kernel ** 2 * channels);
  let to = 0;
  for (let image = 0; image < images; image++) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        for (let tap = 0; tap < kernel ** 2; tap++, to += channels) {
          const y = row * stride - top + Math.floor(tap / kernel);
          const x = column * stride - left + (tap % kernel);
          if (y < 0 || x < 0 || y >= height || x >= width) continue;
          const from = ((image * height + y) * width + x) * channels;
          for (let channel = 0; channel < channels; channel++)
            patches[to + channel] = values[from + channel]!;
        }
      }
    }
  }
  return patches;
}
