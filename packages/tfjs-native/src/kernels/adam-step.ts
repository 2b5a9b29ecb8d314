import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { Output } from '../backend/native-backend.ts';
import type { AdamAttributes } from '../fused/fused-kernel-attributes.ts';
import { allFloat32, input, type NativeKernel, sizeOf } from './native-kernel.ts';

/**
 * {parameter, firstMoment, secondMoment, gradient} of one shape → the first three after the step. With `replace` the
 * caller gives the old ones up: their storage is used again where nobody else holds it.
 */
export const adamStep: NativeKernel = {
  name: 'SpikefitAdamStep',
  run(inputs, attributeMap, backend) {
    const [parameter, gradient] = [input(inputs, 'parameter'), input(inputs, 'gradient')];
    const [firstMoment, secondMoment] = [input(inputs, 'firstMoment'), input(inputs, 'secondMoment')];
    if (!allFloat32(parameter, firstMoment, secondMoment, gradient)) return undefined;
    const attributes = attributeMap as unknown as AdamAttributes;
    if (!(attributes.step >= 1)) throw new Error(`step must be at least 1, not ${attributes.step}`);
    const output = (tensor: TensorInfo): Output =>
      attributes.replace ? backend.makeReplacement32(tensor) : backend.makeOutput32(parameter.shape);
    const [newParameter, newFirst, newSecond] = [
      output(parameter),
      output(firstMoment),
      output(secondMoment),
    ] as const;
    backend.addon.adamStep(
      Int32Array.of(sizeOf(parameter.shape)),
      attributes.learningRate,
      attributes.beta1,
      attributes.beta2,
      attributes.epsilon,
      attributes.weightDecay,
      attributes.step,
      backend.floats(parameter),
      backend.floats(firstMoment),
      backend.floats(secondMoment),
      backend.floats(gradient),
      newParameter.values,
      newFirst.values,
      newSecond.values,
    );
    return [newParameter.info, newFirst.info, newSecond.info];
  },
};
