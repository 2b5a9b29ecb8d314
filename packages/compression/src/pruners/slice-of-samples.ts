import type { Network } from '@spikefit/contracts';
import * as tf from '@tensorflow/tfjs-core';

/** `count` samples of a batch as `forward` takes it, from `first` on; where events are read, of every time step. */
export function sliceOfSamples(
  network: Network,
  input: tf.Tensor4D,
  first: number,
  count: number,
): tf.Tensor4D {
  const steps = network.encoder === 'event' ? network.timeSteps : 1;
  const [, height, width, channels] = input.shape;
  return tf.tidy(() => {
    const perStep = tf.reshape(input, [steps, -1, height * width * channels]);
    const some = tf.slice(perStep, [0, first, 0], [-1, count, -1]);
    return tf.reshape(some, [steps * count, height, width, channels]);
  });
}
