import { channelDimensions } from './channel-dimensions.ts';
import { allFloat32, input, type NativeKernel } from './native-kernel.ts';

/** {x [N, …, C], scale [C], shift [C]} → x · scale + shift */
export const channelAffine: NativeKernel = {
  name: 'SpikefitChannelAffine',
  run(inputs, _attributes, backend) {
    const [x, scale, shift] = [input(inputs, 'x'), input(inputs, 'scale'), input(inputs, 'shift')];
    if (!allFloat32(x, scale, shift)) return undefined;
    const y = backend.makeOutput32(x.shape);
    backend.addon.channelAffine(
      channelDimensions(x),
      backend.floats(x),
      backend.floats(scale),
      backend.floats(shift),
      y.values,
    );
    return y.info;
  },
};
