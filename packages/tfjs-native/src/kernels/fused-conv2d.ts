import { convolution } from './convolution-dimensions.ts';
import { allFloat32, input, lastDimension, type NativeKernel, sizeOf } from './native-kernel.ts';
import { convolutionForward } from './spike-product.ts';

/** Conv2D with a bias [O] and no activation; other activations are tfjs-cpu's. */
export const fusedConv2d: NativeKernel = {
  name: 'FusedConv2D',
  run(inputs, attributes, backend) {
    const x = input(inputs, 'x');
    const filter = input(inputs, 'filter');
    const bias = inputs.bias;
    const channels = lastDimension(filter.shape);
    if (attributes.activation !== undefined && attributes.activation !== 'linear') return undefined;
    if (bias !== undefined && !(allFloat32(bias) && sizeOf(bias.shape) === channels)) return undefined;
    const shape = allFloat32(x, filter) ? convolution(x.shape, filter.shape, attributes) : undefined;
    if (shape === undefined) return undefined;
    return convolutionForward(shape, x, filter, bias, backend);
  },
};
