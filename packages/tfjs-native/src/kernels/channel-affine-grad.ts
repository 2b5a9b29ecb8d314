import { channelDimensions } from './channel-dimensions.ts';
import { allFloat32, input, lastDimension, type NativeKernel } from './native-kernel.ts';

/** {dy, x [N, …, C], scale [C]} → [dx, dscale [C], dshift [C]] */
export const channelAffineGrad: NativeKernel = {
  name: 'SpikefitChannelAffineGrad',
  run(inputs, _attributes, backend) {
    const [dy, x, scale] = [input(inputs, 'dy'), input(inputs, 'x'), input(inputs, 'scale')];
    if (!allFloat32(dy, x, scale)) return undefined;
    const channels = lastDimension(x.shape);
    const dx = backend.makeOutput32(x.shape);
    const dScale = backend.makeOutput32([channels]);
    const dShift = backend.makeOutput32([channels]);
    backend.addon.channelAffineGradient(
      channelDimensions(x),
      backend.floats(dy),
      backend.floats(x),
      backend.floats(scale),
      dx.values,
      dScale.values,
      dShift.values,
    );
    return [dx.info, dScale.info, dShift.info];
  },
};
