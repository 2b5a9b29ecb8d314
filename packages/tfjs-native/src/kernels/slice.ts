import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { input, type NativeKernel } from './native-kernel.ts';

/** tfjs-cpu's Slice, whose result stays on the grid of x: the layers of a network that share one codebook are slices. */
export const slice: NativeKernel = {
  name: 'Slice',
  run(inputs, attrs, backend) {
    const steps = backend.gridSteps(input(inputs, 'x'));
    // Steps of columns do not tell those of a part of the columns.
    if (steps?.length !== 1) return undefined;
    backend.addon.drain();
    const { kernelFunc } = tf.getKernel('Slice', 'cpu') as KernelConfig;
    const part = kernelFunc({ inputs: inputs as tf.NamedTensorInfoMap, attrs, backend }) as TensorInfo;
    backend.setGridSteps(part, steps);
    return part;
  },
};
