import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { Output } from '../backend/native-backend.ts';
import type { SgdAttributes } from '../fused/fused-kernel-attributes.ts';
import { allFloat32, input, type NativeKernel, sizeOf } from './native-kernel.ts';

/** {parameter, velocity, gradient} of one shape → the first two after the step; `replace` as for Adam. */
export const sgdStep: NativeKernel = {
  name: 'SpikefitSgdStep',
  run(inputs, attributeMap, backend) {
    const [parameter, velocity] = [input(inputs, 'parameter'), input(inputs, 'velocity')];
    const gradient = input(inputs, 'gradient');
    if (!allFloat32(parameter, velocity, gradient)) return undefined;
    const attributes = attributeMap as unknown as SgdAttributes;
    const output = (tensor: TensorInfo): Output =>
      attributes.replace ? backend.makeReplacement32(tensor) : backend.makeOutput32(parameter.shape);
    const [newParameter, newVelocity] = [output(parameter), output(velocity)] as const;
    backend.addon.sgdStep(
      Int32Array.of(sizeOf(parameter.shape)),
      attributes.learningRate,
      attributes.momentum,
      attributes.weightDecay,
      backend.floats(parameter),
      backend.floats(velocity),
      backend.floats(gradient),
      newParameter.values,
      newVelocity.values,
    );
    return [newParameter.info, newVelocity.info];
  },
};
