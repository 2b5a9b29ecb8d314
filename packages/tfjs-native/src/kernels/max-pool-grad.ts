import { allFloat32, input, type NativeKernel, sameShape } from './native-kernel.ts';
import { pool } from './pool-dimensions.ts';

/** dy [N, H', W', C], input x [N, H, W, C] → dx; of equal maxima the first in row-major order gets the gradient */
export const maxPoolGrad: NativeKernel = {
  name: 'MaxPoolGrad',
  run(inputs, attributes, backend) {
    const dy = input(inputs, 'dy');
    const x = input(inputs, 'input');
    if (!allFloat32(dy, x)) return undefined;
    const { dimensions, outShape } = pool(x.shape, attributes);
    if (!sameShape(dy.shape, outShape)) return undefined;
    const dx = backend.makeOutput32(x.shape);
    backend.addon.maxPoolGradient(dimensions, backend.floats(x), backend.floats(dy), dx.values);
    return dx.info;
  },
};
