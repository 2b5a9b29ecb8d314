import * as tf from '@tensorflow/tfjs-core';
import { single } from './elementwise.ts';

const permutationOf = (attributes: tf.NamedAttrMap): number[] => attributes.perm as number[];

/** Kernels that move values or rename their type. */
export const layoutGradients: readonly tf.GradConfig[] = [
  { kernelName: tf.Identity, gradFunc: (dy) => ({ x: () => tf.clone(single(dy)) }) },
  { kernelName: tf.Cast, gradFunc: (dy) => ({ x: () => tf.clone(single(dy)) }) },
  {
    kernelName: tf.Reshape,
    inputsToSave: ['x'],
    gradFunc: (dy, saved) => ({ x: () => tf.reshape(single(dy), saved[0]!.shape) }),
  },
  {
    kernelName: tf.ExpandDims,
    inputsToSave: ['input'],
    gradFunc: (dy, saved) => ({ input: () => tf.reshape(single(dy), saved[0]!.shape) }),
  },
  {
    kernelName: tf.Transpose,
    gradFunc: (dy, _saved, attributes) => {
      const permutation = permutationOf(attributes);
      const undo = permutation.map((_, axis) => permutation.indexOf(axis));
      return { x: () => tf.transpose(single(dy), undo) };
    },
  },
  {
    kernelName: tf.Concat,
    saveAllInputs: true,
    gradFunc: (dy, saved, attributes) => {
      const axis = tf.util.parseAxisParam(attributes.axis as number, saved[0]!.shape)[0]!;
      let begin = 0;
      // Named by position, as the inputs of a list are.
      const entries = saved.map(({ shape }, index) => {
        const from = shape.map((_, i) => (i === axis ? begin : 0));
        begin += shape[axis]!;
        return [String(index), () => tf.slice(single(dy), from, shape)] as const;
      });
      return Object.fromEntries(entries);
    },
  },
  {
    kernelName: tf.Slice,
    inputsToSave: ['x'],
    gradFunc: (dy, saved, attributes) => {
      const { shape } = saved[0]!;
      // As the caller gave it: one number stands for the first axis.
      const begin = [attributes.begin as number | number[]].flat();
      const margins = single(dy).shape.map((size, i): [number, number] => {
        const from = begin[i] ?? 0;
        return [from, shape[i]! - from - size];
      });
      return { x: () => tf.pad(single(dy), margins) };
    },
  },
  {
    kernelName: tf.SplitV,
    gradFunc: (dy, _saved, attributes) => ({
      x: () => tf.concat(dy as tf.Tensor[], attributes.axis as number),
    }),
  },
];
