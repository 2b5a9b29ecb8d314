import * as tf from '@tensorflow/tfjs-core';

/**
 * Passes spikes [T·B, …, C] on unchanged, whatever the gates hold, and gives them the gradient Σ s · ∂L/∂s per sample: of gates
 * [B, C] over time and space, of gates of the shape of one step, [B, …, C], over time alone. It is what Fisher pruning squares. The gradient of the
 * spikes themselves is not changed. Gate the spikes after the reset and before pooling and fan-out, so that
 * every consumer counts and the reset does not.
 */
export function gateSpikes(spikes: tf.Tensor, gates: tf.Tensor, timeSteps: number): tf.Tensor {
  const op = tf.customGrad((...args: unknown[]) => {
    const [s, g, save] = args as [tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    save([s]);
    const batch = g.shape[0]!;
    const width = g.size / batch;
    return {
      value: tf.clone(s),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const dGates = tf.tidy(() => {
          const products = tf.mul(dy, saved[0]!);
          const positions = products.size / (timeSteps * g.size);
          const sums = tf.sum(tf.reshape(products, [timeSteps, batch, positions, width]), [0, 2]);
          return tf.reshape(sums, g.shape);
        });
        return [tf.clone(dy), dGates];
      },
    };
  });
  return op(spikes, gates);
}
