import { channelDimensions } from './channel-dimensions.ts';
import { allFloat32, input, lastDimension, type NativeKernel } from './native-kernel.ts';

/** {x [N, …, C], gamma [C], beta [C]} → [y, mean [C], biased variance [C]] */
export const batchNormTrain: NativeKernel = {
  name: 'SpikefitBatchNormTrain',
  run(inputs, attributes, backend) {
    const [x, gamma, beta] = [input(inputs, 'x'), input(inputs, 'gamma'), input(inputs, 'beta')];
    if (!allFloat32(x, gamma, beta)) return undefined;
    const channels = lastDimension(x.shape);
    const y = backend.makeOutput32(x.shape);
    const mean = backend.makeOutput32([channels]);
    const variance = backend.makeOutput32([channels]);
    backend.addon.batchNormTrain(
      channelDimensions(x),
      attributes.epsilon as number,
      backend.floats(x),
      backend.floats(gamma),
      backend.floats(beta),
      y.values,
      mean.values,
      variance.values,
    );
    return [y.info, mean.info, variance.info];
  },
};
