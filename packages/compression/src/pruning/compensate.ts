import type { Network } from '@spikefit/contracts';
import { type ForwardOptions, forward, type HostParameters, parameterNames } from '@spikefit/snn';
import { type KeptUnits, networkBlocks, unitsOf } from '@spikefit/specification';
import * as tf from '@tensorflow/tfjs-core';
import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import { layerInputs } from '../evaluation/layer-inputs.ts';
import type { ScoreBatch } from '../pruners/unit-scorer.ts';

/** By weight layer that reads spikes: Σ x·xᵀ of its input channels over samples, steps and places, [C, C]. */
export type ChannelProducts = Readonly<Record<string, Float64Array>>;

/** Runs the network over the batches, which it disposes, and sums the products of the channels that each layer reads. */
export async function channelProducts(input: {
  readonly network: Network;
  readonly parameters: Readonly<Record<string, tf.Tensor>>;
  readonly weights?: ForwardOptions['weights'];
  readonly batches: Iterable<ScoreBatch> | AsyncIterable<ScoreBatch>;
}): Promise<ChannelProducts> {
  const { network, parameters, weights } = input;
  const sums: Record<string, Float64Array> = {};
  for await (const batch of input.batches) {
    const products = tf.tidy(() => {
      const { spikes } = forward(network, parameters, batch.input, {
        training: false,
        weights,
        stream: batch.stream,
        collectSpikes: true,
        countSpikes: false,
      });
      return Object.fromEntries(
        Object.entries(layerInputs(network, spikes!)).map(([id, x]) => {
          const rows = tf.reshape(x, [-1, x.shape.at(-1)!]);
          return [id, tf.matMul(rows, rows, true, false)];
        }),
      );
    });
    for (const [id, tensor] of Object.entries(products)) {
      const values = await tensor.data();
      sums[id] ??= new Float64Array(values.length);
      const sum = sums[id];
      for (let i = 0; i < values.length; i++) sum[i]! += values[i]!;
    }
    tf.dispose([products, batch.input, batch.labels]);
  }
  return sums;
}

/** Against channels that are (nearly) combinations of one another: this share of the mean square of a channel. */
const ridge = 1e-3;

/**
 * Weights that make up for the channels which are about to go: each removed channel r of a layer's input is replaced by its
 * least-squares combination Σ_k a_kr·x_k of the kept ones over the calibration samples,
 * a = (X_kᵀX_k + λI)⁻¹ X_kᵀX_r, so every kept channel's weights gain Σ_r a_kr·w_r (after Luo et al. 2017 and He et al.
 * 2017, who reconstruct a layer's output). Changes only the weights of layers behind a pruned one; nothing is removed yet.
 */
export function compensateWeights(input: {
  /** As it stands before the removal, and its parameters. */
  readonly network: Network;
  readonly keptNow: KeptUnits;
  readonly keptNext: KeptUnits;
  readonly parameters: HostParameters;
  readonly products: ChannelProducts;
}): HostParameters {
  const { network, keptNow, keptNext, parameters, products } = input;
  const next: HostParameters = { ...parameters };
  const blocks = networkBlocks(network);
  for (const [position, { weight }] of blocks.entries()) {
    const before = blocks[position - 1]?.weight.id;
    const now = before === undefined ? undefined : keptNow[before];
    const product = products[weight.id];
    if (before === undefined || now === undefined || product === undefined) continue;
    const staying = new Set(keptNext[before] ?? now);
    const kept = now.flatMap((unit, channel) => (staying.has(unit) ? [channel] : []));
    const removed = now.flatMap((unit, channel) => (staying.has(unit) ? [] : [channel]));
    if (removed.length === 0) continue;
    const name = parameterNames.weights(weight.id);
    const { shape, data } = parameters[name]!;
    const shares = combinations(product, now.length, kept, removed);
    next[name] = {
      shape,
      data: moved(data, { channels: now.length, units: unitsOf(weight), kept, removed, shares }),
    };
  }
  return next;
}

/** a [kept, removed]. */
function combinations(
  product: Float64Array,
  channels: number,
  kept: readonly number[],
  removed: readonly number[],
): Matrix {
  const at = (a: number, b: number): number => product[a * channels + b]!;
  const mean = kept.reduce((sum, k) => sum + at(k, k), 0) / kept.length;
  // Where nothing that is kept ever fires there is nothing to combine.
  if (mean === 0) return Matrix.zeros(kept.length, removed.length);
  const own = new Matrix(kept.map((k, i) => kept.map((l, j) => at(k, l) + (i === j ? ridge * mean : 0))));
  const cross = new Matrix(kept.map((k) => removed.map((r) => at(k, r))));
  return new CholeskyDecomposition(own).solve(cross);
}

function moved(
  data: Float32Array,
  of: {
    channels: number;
    units: number;
    kept: readonly number[];
    removed: readonly number[];
    shares: Matrix;
  },
): Float32Array {
  const { channels, units, kept, removed, shares } = of;
  const next = data.slice();
  const taps = data.length / (channels * units);
  for (let tap = 0; tap < taps; tap++) {
    const rowOf = (channel: number): number => (tap * channels + channel) * units;
    for (const [i, k] of kept.entries()) {
      for (const [j, r] of removed.entries()) {
        const share = shares.get(i, j);
        const [to, from] = [rowOf(k), rowOf(r)];
        for (let unit = 0; unit < units; unit++) next[to + unit]! += share * data[from + unit]!;
      }
    }
  }
  return next;
}
