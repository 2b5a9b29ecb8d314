import { allFloat32, input, type NativeKernel } from './native-kernel.ts';
import { pool } from './pool-dimensions.ts';

/** x [N, H, W, C] → [N, H', W', C] */
export const maxPool: NativeKernel = {
  name: 'MaxPool',
  run(inputs, attributes, backend) {
    const x = input(inputs, 'x');
    if (!allFloat32(x)) return undefined;
    const { dimensions, outShape } = pool(x.shape, attributes);
    const y = backend.makeOutput32(outShape);
    backend.addon.maxPoolForward(dimensions, backend.floats(x), y.values);
    return y.info;
  },
};
