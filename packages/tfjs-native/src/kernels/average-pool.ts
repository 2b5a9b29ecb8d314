import { allFloat32, input, type NativeKernel } from './native-kernel.ts';
import { isInside, pool } from './pool-dimensions.ts';

/** x [N, H, W, C] → [N, H', W', C]; padded windows are tfjs-cpu's */
export const averagePool: NativeKernel = {
  name: 'AvgPool',
  run(inputs, attributes, backend) {
    const x = input(inputs, 'x');
    if (!allFloat32(x)) return undefined;
    const { dimensions, outShape } = pool(x.shape, attributes);
    if (!isInside(dimensions)) return undefined;
    const y = backend.makeOutput32(outShape);
    backend.addon.averagePoolForward(dimensions, backend.floats(x), y.values);
    return y.info;
  },
};
