import type { AdamAttributes } from '../fused/fused-kernel-attributes.ts';
import { allFloat32, input, type NativeKernel, sizeOf } from './native-kernel.ts';

/** {parameter, firstMoment, secondMoment, gradient} of one shape → the first three after the step */
export const adamStep: NativeKernel = {
  name: 'SpikefitAdamStep',
  run(inputs, attributeMap, backend) {
    const [parameter, gradient] = [input(inputs, 'parameter'), input(inputs, 'gradient')];
    const [firstMoment, secondMoment] = [input(inputs, 'firstMoment'), input(inputs, 'secondMoment')];
    if (!allFloat32(parameter, firstMoment, secondMoment, gradient)) return undefined;
    const attributes = attributeMap as unknown as AdamAttributes;
    if (!(attributes.step >= 1)) throw new Error(`step must be at least 1, not ${attributes.step}`);
    const [newParameter, newFirst, newSecond] = [
      backend.makeOutput32(parameter.shape),
      backend.makeOutput32(parameter.shape),
      backend.makeOutput32(parameter.shape),
    ];
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
