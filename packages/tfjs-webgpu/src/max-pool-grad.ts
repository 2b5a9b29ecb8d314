import * as tf from '@tensorflow/tfjs-core';

type Attributes = { filterSize: number | [number, number]; strides: number | [number, number]; pad: unknown };

/**
 * The gradient of a max pool [N, H, W, C] whose windows are side by side, with the rule of all other backends: of equal
 * values in a window the first in row-major order has it. The kernel of the package gives it to the last, and among
 * spikes nearly all windows have equal values. Other pools keep the package's kernel.
 */
export function registerMaxPoolGrad(): void {
  const original = tf.getKernel(tf.MaxPoolGrad, 'webgpu');
  tf.unregisterKernel(tf.MaxPoolGrad, 'webgpu');
  tf.registerKernel({
    kernelName: tf.MaxPoolGrad,
    backendName: 'webgpu',
    kernelFunc: (parameters) => {
      const { filterSize, strides, pad } = parameters.attrs as unknown as Attributes;
      const [size, other] = [filterSize].flat();
      const isSquare = other === undefined || other === size;
      if (!isSquare || [strides].flat().some((stride) => stride !== size) || pad !== 'valid')
        return original.kernelFunc(parameters);
      const { dy, input, output } = parameters.inputs as Record<'dy' | 'input' | 'output', tf.Tensor4D>;
      return maxPoolGrad(dy, input, output, size!);
    },
  });
}

/** dy and output are [N, H', W', C], input [N, H, W, C] with H' = ⌊H/size⌋; gives [N, H, W, C]. */
function maxPoolGrad(dy: tf.Tensor4D, input: tf.Tensor4D, output: tf.Tensor4D, size: number): tf.Tensor4D {
  return tf.tidy(() => {
    const [batch, height, width, channels] = input.shape;
    const [, rows, columns] = output.shape;
    let found: tf.Tensor = tf.zerosLike(output);
    const gradientAt = (row: number, column: number): tf.Tensor => {
      const end = [batch, rows * size, columns * size, channels];
      const values = tf.stridedSlice(input, [0, row, column, 0], end, [1, size, size, 1]);
      const isLargest = tf.cast(tf.equal(values, output), 'float32');
      const isFirst = tf.mul(isLargest, tf.sub(1, found));
      found = tf.maximum(found, isLargest);
      return tf.mul(dy, isFirst);
    };
    const offsets = Array.from({ length: size }, (_, offset) => offset);
    const lines = offsets.map((row) => {
      const side = tf.stack(
        offsets.map((column) => gradientAt(row, column)),
        3,
      );
      return tf.reshape(side, [batch, rows, columns * size, channels]);
    });
    const gradient = tf.reshape(tf.stack(lines, 2), [batch, rows * size, columns * size, channels]);
    // Incomplete windows at the end are left out.
    return tf.pad(gradient, [
      [0, 0],
      [0, height - rows * size],
      [0, width - columns * size],
      [0, 0],
    ]) as tf.Tensor4D;
  });
}
