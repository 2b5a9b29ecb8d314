import { channelDimensions } from './channel-dimensions.ts';
import { allFloat32, input, lastDimension, type NativeKernel } from './native-kernel.ts';

/** {dy, x [N, …, C], mean, variance, gamma [C]} → [dx, dgamma [C], dbeta [C]] */
export const batchNormTrainGrad: NativeKernel = {
  name: 'SpikefitBatchNormTrainGrad',
  run(inputs, attributes, backend) {
    const [dy, x, gamma] = [input(inputs, 'dy'), input(inputs, 'x'), input(inputs, 'gamma')];
    const [mean, variance] = [input(inputs, 'mean'), input(inputs, 'variance')];
    if (!allFloat32(dy, x, mean, variance, gamma)) return undefined;
    const channels = lastDimension(x.shape);
    const dx = backend.makeOutput32(x.shape);
    const dGamma = backend.makeOutput32([channels]);
    const dBeta = backend.makeOutput32([channels]);
    backend.addon.batchNormTrainGradient(
      channelDimensions(x),
      attributes.epsilon as number,
      backend.floats(dy),
      backend.floats(x),
      backend.floats(mean),
      backend.floats(variance),
      backend.floats(gamma),
      dx.values,
      dGamma.values,
      dBeta.values,
    );
    return [dx.info, dGamma.info, dBeta.info];
  },
};
