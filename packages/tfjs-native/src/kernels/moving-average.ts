import type { MovingAverageAttributes } from '../fused/fused-kernel-attributes.ts';
import { allFloat32, input, type NativeKernel } from './native-kernel.ts';

/**
 * {average, value} of one shape → average · (1 − momentum) + value · factor · momentum, every product and the sum rounded
 * to float32. In JavaScript: statistics have a value per channel, and the calls that it replaces cost more than the sums.
 */
export const movingAverage: NativeKernel = {
  name: 'SpikefitMovingAverage',
  run(inputs, attributes, backend) {
    const [average, value] = [input(inputs, 'average'), input(inputs, 'value')];
    if (!allFloat32(average, value)) return undefined;
    const { momentum, factor } = attributes as unknown as MovingAverageAttributes;
    const [kept, scale, share] = [Math.fround(1 - momentum), Math.fround(factor), Math.fround(momentum)];
    const [old, current] = [backend.floats(average), backend.floats(value)];
    const { info, values } = backend.makeOutput32(average.shape);
    for (let i = 0; i < values.length; i += 1)
      values[i] = Math.fround(old[i]! * kept) + Math.fround(Math.fround(current[i]! * scale) * share);
    return info;
  },
};
