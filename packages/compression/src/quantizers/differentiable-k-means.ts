import * as tf from '@tensorflow/tfjs-core';
import { clusteredLevels } from '../codebooks/clustered-levels.ts';
import { initializeCodebooks } from '../codebooks/initialize-codebooks.ts';
import type { Quantizer, QuantizerOptions } from './quantizer.ts';

/** A centroid that no weight is near keeps its place. */
const leastMass = 1e-12;

interface Iteration {
  /** A = softmax_k(−|w − c_k|/τ), [P, G, M] for P weights in each of G groups. */
  readonly attention: tf.Tensor;
  /** S = Σ_i A, [1, G, M]. */
  readonly mass: tf.Tensor;
  /** C' = Σ_i A·w/S, [1, G, M]. */
  readonly centroids: tf.Tensor;
}

/** One iteration of soft k-means; τ is `temperature` times the mean distance of the group's centroids [1, G, M]. */
function iterate(w: tf.Tensor, c: tf.Tensor, temperature: tf.Tensor): Iteration {
  const attention = tf.softmax(tf.div(tf.neg(tf.abs(tf.sub(w, c))), temperature), -1);
  const mass = tf.sum(attention, 0, true);
  const means = tf.div(tf.sum(tf.mul(attention, w), 0, true), tf.maximum(mass, leastMass));
  return { attention, mass, centroids: tf.where(tf.greater(mass, leastMass), means, c) };
}

/** τ of every group, [1, G, 1]. */
function temperatureOf(c: tf.Tensor, { temperature, levels }: QuantizerOptions): tf.Tensor {
  const distance = tf.div(tf.sub(tf.max(c, 2, true), tf.min(c, 2, true)), levels - 1);
  return tf.maximum(tf.mul(distance, temperature), 1e-9);
}

/** Weights as [P, G, 1], centroids as [1, G, M]. */
const byGroup = (raw: tf.Tensor, centroids: tf.Tensor): [tf.Tensor, tf.Tensor] => {
  const [groups, levels] = centroids.shape as [number, number];
  return [tf.reshape(raw, [raw.size / groups, groups, 1]), tf.reshape(centroids, [1, groups, levels])];
};

/**
 * DKM: differentiable k-means (Cho et al. 2022). While training a weight is the mean ŵ_i = Σ_k A_ik·C'_k of the centroids
 * after one more iteration of soft k-means from those that the last step left, C. With C held (the Jacobian-free derivative
 * of a fixed point), g the gradient of ŵ and D_k = Σ_i A_ik·g_i that of C'_k:
 *   B_ik = g_i·C'_k + D_k·(w_i − C'_k)/S_k,   E_ik = A_ik·(B_ik − Σ_j A_ij·B_ij),
 *   ∂L/∂w_i = Σ_k D_k·A_ik/S_k − Σ_k E_ik·sign(w_i − C_k)/τ.
 * Evaluated and exported are the nearest centroids. They follow the weights; none is learned.
 */
export const differentiableKMeans: Quantizer = {
  parameter: 'levels',
  initialize: initializeCodebooks,
  levels: ({ bits }) => clusteredLevels({ bits, clips: false }),
  training: {
    soften: { temperature: ({ temperature }) => temperature, weights: softMeans },
    follow: (raw, parameter, options) => {
      const [w, c] = byGroup(raw, parameter);
      return tf.reshape(iterate(w, c, temperatureOf(c, options)).centroids, parameter.shape);
    },
  },
};

function softMeans(raw: tf.Tensor, parameter: tf.Tensor, options: QuantizerOptions): tf.Tensor {
  const op = tf.customGrad((...args: unknown[]) => {
    const [weights, held, save] = args as [tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const [w, c] = byGroup(weights, held);
    const temperature = temperatureOf(c, options);
    const { attention, mass, centroids } = iterate(w, c, temperature);
    save([w, c, temperature, attention, tf.maximum(mass, leastMass), centroids]);
    return {
      value: tf.reshape(tf.sum(tf.mul(attention, centroids), -1), weights.shape),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => [
        tf.reshape(
          gradient(tf.reshape(dy, saved[0]!.shape), saved as Parameters<typeof gradient>[1]),
          weights.shape,
        ),
        tf.zerosLike(held),
      ],
    };
  });
  return op(raw, parameter);
}

function gradient(
  g: tf.Tensor,
  [w, c, temperature, attention, mass, centroids]: [
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
  ],
): tf.Tensor {
  return tf.tidy(() => {
    const perMass = tf.div(tf.sum(tf.mul(attention, g), 0, true), mass);
    const toAttention = tf.add(tf.mul(g, centroids), tf.mul(perMass, tf.sub(w, centroids)));
    const mean = tf.sum(tf.mul(attention, toAttention), -1, true);
    const toLogits = tf.mul(attention, tf.sub(toAttention, mean));
    const direct = tf.sum(tf.mul(perMass, attention), -1, true);
    const throughAttention = tf.div(tf.sum(tf.mul(toLogits, tf.sign(tf.sub(w, c))), -1, true), temperature);
    return tf.sub(direct, throughAttention);
  });
}
