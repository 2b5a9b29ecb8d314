import { convolution } from './convolution-dimensions.ts';
import { allFloat32, input, type NativeKernel, sameShape } from './native-kernel.ts';

/** dy [N, H', W', O], filter [kh, kw, I, O] → dx of `inputShape` [N, H, W, I] */
export const conv2dBackpropInput: NativeKernel = {
  name: 'Conv2DBackpropInput',
  run(inputs, attributes, backend) {
    const dy = input(inputs, 'dy');
    const filter = input(inputs, 'filter');
    const inputShape = attributes.inputShape as number[];
    const shape = allFloat32(dy, filter) ? convolution(inputShape, filter.shape, attributes) : undefined;
    // tfjs-cpu also takes a dy of another size, and reads the part that it needs.
    if (shape === undefined || !sameShape(dy.shape, shape.info.outShape)) return undefined;
    const dx = backend.makeOutput32(shape.info.inShape);
    const operands = [shape.dimensions, backend.floats(dy), backend.floats(filter), dx.values] as const;
    if (backend.precision === 'mixed') backend.addon.convolutionInputGradientBfloat16(...operands);
    else backend.addon.convolutionInputGradient(...operands);
    return dx.info;
  },
};
