import * as tf from '@tensorflow/tfjs-core';

/**
 * Passes spikes [T·B, …, C] on unchanged, whatever the gates [B, C] hold, and gives the gates the gradient
 * Σ over time and space of s · ∂L/∂s, per sample and channel: what Fisher pruning squares. The gradient of the
 * spikes themselves is not changed. Gate the spikes after the reset and before pooling and fan-out, so that
 * every consumer counts and the reset does not.
 */
export function gateSpikes(spikes: tf.Tensor, gates: tf.Tensor2D, timeSteps: number): tf.Tensor {
  const op = tf.customGrad((...args: unknown[]) => {
    const [s, g, save] = args as [tf.Tensor, tf.Tensor2D, tf.GradSaveFunc];
    save([s]);
    const [batch, channels] = g.shape;
    return {
      value: tf.clone(s),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const dGates = tf.tidy(() => {
          const products = tf.mul(dy, saved[0]!);
          const positions = products.size / (timeSteps * batch * channels);
          return tf.sum(tf.reshape(products, [timeSteps, batch, positions, channels]), [0, 2]);
        });
        return [tf.clone(dy), dGates];
      },
    };
  });
  return op(spikes, gates);
}
