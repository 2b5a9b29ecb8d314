import { allFloat32, input, type NativeKernel, sameShape } from './native-kernel.ts';
import { isInside, pool } from './pool-dimensions.ts';

/** dy [N, H', W', C], input x [N, H, W, C] of which only the shape counts → dx; padded windows are tfjs-cpu's */
export const averagePoolGrad: NativeKernel = {
  name: 'AvgPoolGrad',
  run(inputs, attributes, backend) {
    const dy = input(inputs, 'dy');
    const x = input(inputs, 'input');
    if (!allFloat32(dy, x)) return undefined;
    const { dimensions, outShape } = pool(x.shape, attributes);
    if (!isInside(dimensions) || !sameShape(dy.shape, outShape)) return undefined;
    const dx = backend.makeOutput32(x.shape);
    backend.addon.averagePoolGradient(dimensions, backend.floats(dy), dx.values);
    return dx.info;
  },
};
