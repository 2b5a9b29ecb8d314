import { isWeightLayer, type Network, type WeightLayer } from '@spikefit/contracts';
import { encodeRate, type ForwardOptions, forward } from '@spikefit/snn';
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
  const encoded =
    network.encoder === 'rate' && stream !== undefined
      ? encodeRate(images, network.timeSteps, stream)
      : tf.clone(images);
  return { ...layerInputs(network, spikes!), [first.id]: encoded };
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
    const places = layer.outputShape[0] * layer.outputShape[1];
    const most = Math.max(1, Math.floor(mostNumbers / (places * this.#mean.length)));
    const count = x.shape[0]!;
    for (let from = 0; from < count; from += most) {
      const { sum, products } = tf.tidy(() => {
        const patches = patchesOf(tf.slice(x, from, Math.min(most, count - from)), layer);
        return { sum: tf.sum(patches, 0), products: tf.matMul(patches, patches, true, false) };
      });
      accumulate(this.#mean, await sum.data());
      accumulate(this.#products, await products.data());
      tf.dispose([sum, products]);
    }
    this.#rows += count * places;
  }

  moments(): InputMoments {
    const rows = Math.max(1, this.#rows);
    const mean = this.#mean.map((sum) => sum / rows);
    const covariance = this.#products.map(
      (sum, i) => sum / rows - mean[Math.floor(i / mean.length)]! * mean[i % mean.length]!,
    );
    return { mean, covariance };
  }
}

function accumulate(sums: Float64Array, values: ArrayLike<number>): void {
  for (let i = 0; i < sums.length; i++) sums[i]! += values[i]!;
}

/** [rows, n]: what each output of the layer reads, with same padding. */
function patchesOf(x: tf.Tensor, layer: WeightLayer): tf.Tensor2D {
  if (layer.kind === 'dense') return tf.reshape(x, [x.shape[0]!, x.size / x.shape[0]!]);
  const { kernel, stride } = layer;
  const [rows, columns] = layer.outputShape;
  const [height, width] = layer.inputShape;
  const padding = (outputs: number, inputs: number): [number, number] => {
    const total = Math.max(0, (outputs - 1) * stride + kernel - inputs);
    return [Math.floor(total / 2), Math.ceil(total / 2)];
  };
  const padded = tf.pad(x, [[0, 0], padding(rows, height), padding(columns, width), [0, 0]]) as tf.Tensor4D;
  const count = padded.shape[0];
  const channels = padded.shape[3];
  const taps = Array.from({ length: kernel ** 2 }, (_, tap) => {
    const [top, left] = [Math.floor(tap / kernel), tap % kernel];
    return tf.stridedSlice(
      padded,
      [0, top, left, 0],
      [count, top + (rows - 1) * stride + 1, left + (columns - 1) * stride + 1, channels],
      [1, stride, stride, 1],
    );
  });
  return tf.reshape(tf.concat(taps, 3), [count * rows * columns, kernel ** 2 * channels]);
}
