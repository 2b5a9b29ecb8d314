import { convolution } from './convolution-dimensions.ts';
import { allFloat32, input, type NativeKernel, sameShape } from './native-kernel.ts';

/** x [N, H, W, I], dy [N, H', W', O] → gradient of `filterShape` [kh, kw, I, O] */
export const conv2dBackpropFilter: NativeKernel = {
  name: 'Conv2DBackpropFilter',
  run(inputs, attributes, backend) {
    const x = input(inputs, 'x');
    const dy = input(inputs, 'dy');
    const filterShape = attributes.filterShape as number[];
    const shape = allFloat32(x, dy) ? convolution(x.shape, filterShape, attributes) : undefined;
    // tfjs-cpu also takes a dy of another size, and reads the part that it needs.
    if (shape === undefined || !sameShape(dy.shape, shape.info.outShape)) return undefined;
    const dFilter = backend.makeOutput32(shape.info.filterShape);
    const { dimensions } = shape;
    const spikes = backend.spikes(x);
    const dyValues = backend.floats(dy);
    if (spikes !== undefined) {
      backend.addon.spikeConvolutionFilterGradient(dimensions, spikes, dyValues, dFilter.values);
    } else {
      backend.addon.convolutionFilterGradient(dimensions, backend.floats(x), dyValues, dFilter.values);
    }
    return dFilter.info;
  },
};
