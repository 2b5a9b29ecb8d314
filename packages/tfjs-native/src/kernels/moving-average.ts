import type { MovingAverageAttributes } from '../fused/fused-kernel-attributes.ts';
import { applyScalar } from './binary-elementwise.ts';
import { allFloat32, input, type NativeKernel } from './native-kernel.ts';

/** {average, value} of one shape → average · (1 − momentum) + value · factor · momentum, each step rounded to float32. */
export const movingAverage: NativeKernel = {
  name: 'SpikefitMovingAverage',
  run(inputs, attributes, backend) {
    const [average, value] = [input(inputs, 'average'), input(inputs, 'value')];
    if (!allFloat32(average, value)) return undefined;
    const { momentum, factor } = attributes as unknown as MovingAverageAttributes;
    const { info, values } = backend.makeOutput32(average.shape);
    const share = new Float32Array(values.length);
    applyScalar(backend.floats(value), 'multiply', factor, share, backend);
    applyScalar(share, 'multiply', momentum, share, backend);
    applyScalar(backend.floats(average), 'multiply', 1 - momentum, values, backend);
    backend.addon.binaryElementwise(Int32Array.of(1, values.length, 0, 0, 0), values, share, values);
    return info;
  },
};
