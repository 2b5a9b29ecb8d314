import { allFloat32, type NativeKernel } from './native-kernel.ts';
import { spikeBlock } from './spike-block-dimensions.ts';

/**
 * {x, decay [1], threshold, reset [1] or [C]; first, second [C] unless nothing is normalised} → [spikes as bits, their
 * number before the pool] and, with batch norm, mean and biased variance [C]. Formulas:
 * cpp/kernels/spike_block_forward.cpp.
 */
export const spikeBlockForward: NativeKernel = {
  name: 'SpikefitSpikeBlockForward',
  run(inputs, attributeMap, backend) {
    const { attributes, dimensions, channels, outShape } = spikeBlock(inputs, attributeMap);
    const { x, decay, threshold, reset, first, second } = inputs;
    if (!allFloat32(...[first, second].filter((tensor) => tensor !== undefined))) return undefined;
    const batch = attributes.normalization === 'batch';
    const spikes = backend.makeSpikes(outShape);
    const mean = batch ? backend.makeOutput32([channels]) : undefined;
    const variance = batch ? backend.makeOutput32([channels]) : undefined;
    const count = new Int32Array(1);
    backend.addon.spikeBlockForward(
      dimensions,
      attributes.epsilon,
      backend.floats(x!),
      backend.floats(decay!),
      backend.floats(threshold!),
      backend.floats(reset!),
      backend.floatsOrNull(first),
      backend.floatsOrNull(second),
      spikes.bits,
      mean?.values ?? null,
      variance?.values ?? null,
      count,
    );
    const counted = backend.makeTensorInfo([], 'int32', count);
    return [spikes.info, counted, ...[mean, variance].flatMap((output) => output?.info ?? [])];
  },
};
