import * as tf from '@tensorflow/tfjs-core';
import { single } from './elementwise.ts';

/** Repeats a reduced gradient over the axes that were reduced. */
function spread(dy: tf.Tensor, shape: number[], axis: tf.NamedAttrMap[string] | undefined): tf.Tensor {
  const axes = tf.util.parseAxisParam(axis as number | number[], shape);
  const kept = shape.map((size, i) => (axes.includes(i) ? 1 : size));
  return tf.broadcastTo(tf.reshape(dy, kept), shape);
}

export const reductionGradients: readonly tf.GradConfig[] = [
  {
    kernelName: tf.Sum,
    inputsToSave: ['x'],
    gradFunc: (dy, saved, attributes) => ({ x: () => spread(single(dy), saved[0]!.shape, attributes.axis) }),
  },
  {
    kernelName: tf.Mean,
    inputsToSave: ['x'],
    gradFunc: (dy, saved, attributes) => {
      const x = saved[0]!;
      const count = x.size / single(dy).size;
      return { x: () => spread(tf.div(single(dy), count), x.shape, attributes.axis) };
    },
  },
  {
    kernelName: tf.LogSoftmax,
    outputsToSave: [true],
    gradFunc: (dy, saved, attributes) => {
      const total = () => tf.sum(single(dy), attributes.axis as number, true);
      return { logits: () => tf.sub(single(dy), tf.mul(total(), tf.exp(saved[0]!))) };
    },
  },
];
