import { allFloat32, input, type NativeKernel, sameShape } from './native-kernel.ts';
import { isOneByOne, pool } from './pool-dimensions.ts';

/** x [N, H, W, C] → [N, H', W', C] */
export const maxPool: NativeKernel = {
  name: 'MaxPool',
  run(inputs, attributes, backend) {
    const x = input(inputs, 'x');
    if (!allFloat32(x)) return undefined;
    const { dimensions, outShape } = pool(x.shape, attributes);
    // tfjs-cpu takes every 1×1 pool that keeps the shape for an identity, strided and padded ones too.
    if (isOneByOne(dimensions) && sameShape(outShape, x.shape)) return undefined;
    const y = backend.makeOutput32(outShape);
    backend.addon.maxPoolForward(dimensions, backend.floats(x), y.values);
    return y.info;
  },
};
