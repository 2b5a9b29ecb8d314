import { type SpikeBlockBackwardAttributes, surrogateNames } from '../fused/fused-kernel-attributes.ts';
import { allFloat32, input, type NativeKernel } from './native-kernel.ts';
import { backwardAttributes } from './neuron-backward.ts';
import { spikeBlock } from './spike-block-dimensions.ts';

/**
 * {dy, and all inputs of the forward kernel; mean, variance [C] of the batch with batch norm} → [dx, dDecay [1]] and,
 * where something is normalised, dfirst and dsecond [C]. dx is summed over the steps when x repeats.
 */
export const spikeBlockBackward: NativeKernel = {
  name: 'SpikefitSpikeBlockBackward',
  run(inputs, attributeMap, backend) {
    const { dimensions, channels } = spikeBlock(inputs, attributeMap);
    const attributes = backwardAttributes(attributeMap) as SpikeBlockBackwardAttributes;
    const { x, decay, threshold, reset, first, second, mean, variance } = inputs;
    const dy = input(inputs, 'dy');
    const optional = [first, second, mean, variance].filter((tensor) => tensor !== undefined);
    if (!allFloat32(dy, ...optional)) return undefined;
    const normalizes = attributes.normalization !== 'none';
    const dx = backend.makeOutput32(x!.shape);
    const dDecay = backend.makeOutput32([1]);
    const dFirst = normalizes ? backend.makeOutput32([channels]) : undefined;
    const dSecond = normalizes ? backend.makeOutput32([channels]) : undefined;
    backend.addon.spikeBlockBackward(
      dimensions,
      attributes.epsilon,
      surrogateNames.indexOf(attributes.surrogate),
      attributes.surrogateParameter,
      Number(attributes.detachReset),
      Number(attributes.decayGradient),
      backend.floats(dy),
      backend.floats(x!),
      backend.floats(decay!),
      backend.floats(threshold!),
      backend.floats(reset!),
      backend.floatsOrNull(first),
      backend.floatsOrNull(second),
      backend.floatsOrNull(mean),
      backend.floatsOrNull(variance),
      dx.values,
      dDecay.values,
      dFirst?.values ?? null,
      dSecond?.values ?? null,
    );
    return [dx.info, dDecay.info, ...[dFirst, dSecond].flatMap((output) => output?.info ?? [])];
  },
};
