import { convolution } from './convolution-dimensions.ts';
import { allFloat32, input, type NativeKernel } from './native-kernel.ts';
import { convolutionForward } from './spike-product.ts';

/** x [N, H, W, I], filter [kh, kw, I, O] → [N, H', W', O] */
export const conv2d: NativeKernel = {
  name: 'Conv2D',
  run(inputs, attributes, backend) {
    const x = input(inputs, 'x');
    const filter = input(inputs, 'filter');
    const shape = allFloat32(x, filter) ? convolution(x.shape, filter.shape, attributes) : undefined;
    if (shape === undefined) return undefined;
    return convolutionForward(shape, x, filter, undefined, backend);
  },
};
