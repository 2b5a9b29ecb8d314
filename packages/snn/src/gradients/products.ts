import * as tf from '@tensorflow/tfjs-core';
import { single } from './elementwise.ts';

const kernel = (name: string, inputs: tf.NamedTensorMap, attributes: tf.NamedAttrMap): tf.Tensor =>
  tf.engine().runKernel(name, inputs, attributes) as tf.Tensor;

/** Convolutions, matrix products and pools: their gradients are kernels of their own. */
export const productGradients: readonly tf.GradConfig[] = [
  {
    kernelName: tf.Conv2D,
    inputsToSave: ['x', 'filter'],
    gradFunc: (dy, saved, attributes) => {
      const [x, filter] = saved as [tf.Tensor, tf.Tensor];
      const { strides, pad, dataFormat, dilations } = attributes;
      tf.util.assert(
        [dilations].flat().every((dilation) => dilation === 1),
        () => 'the gradient of a dilated convolution is not implemented',
      );
      const common = { strides, pad, dataFormat } as tf.NamedAttrMap;
      return {
        x: () =>
          kernel(tf.Conv2DBackpropInput, { dy: single(dy), filter }, { ...common, inputShape: x.shape }),
        filter: () =>
          kernel(tf.Conv2DBackpropFilter, { x, dy: single(dy) }, { ...common, filterShape: filter.shape }),
      };
    },
  },
  {
    kernelName: tf.BatchMatMul,
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, saved, attributes) => {
      const [a, b] = saved as [tf.Tensor, tf.Tensor];
      const g = single(dy);
      const { transposeA, transposeB } = attributes as { transposeA: boolean; transposeB: boolean };
      // Layers multiply activations by weights, so that the gradient of `a` is an input gradient: `native` rounds its
      // operands where mixed precision is on. Other backends do not know the attribute.
      const inputGradient = (x: tf.Tensor, y: tf.Tensor, ofX: boolean, ofY: boolean): tf.Tensor =>
        kernel(tf.BatchMatMul, { a: x, b: y }, { transposeA: ofX, transposeB: ofY, inputGradient: true });
      return {
        a: () =>
          transposeA ? inputGradient(b, g, transposeB, true) : inputGradient(g, b, false, !transposeB),
        b: () => (transposeB ? tf.matMul(g, a, true, transposeA) : tf.matMul(a, g, !transposeA, false)),
      };
    },
  },
  {
    kernelName: tf.MaxPool,
    inputsToSave: ['x'],
    outputsToSave: [true],
    gradFunc: (dy, saved, { filterSize, strides, pad }) => {
      const [input, output] = saved as [tf.Tensor, tf.Tensor];
      const attributes = { filterSize, strides, pad } as tf.NamedAttrMap;
      return { x: () => kernel(tf.MaxPoolGrad, { dy: single(dy), input, output }, attributes) };
    },
  },
  {
    kernelName: tf.AvgPool,
    inputsToSave: ['x'],
    gradFunc: (dy, saved, { filterSize, strides, pad }) => {
      const attributes = { filterSize, strides, pad } as tf.NamedAttrMap;
      return { x: () => kernel(tf.AvgPoolGrad, { dy: single(dy), input: saved[0]! }, attributes) };
    },
  },
];
