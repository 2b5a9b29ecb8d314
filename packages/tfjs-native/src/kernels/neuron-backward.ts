import type { NamedAttrMap } from '@tensorflow/tfjs-core';
import { type NeuronBackwardAttributes, surrogateNames } from '../fused/fused-kernel-attributes.ts';
import { input, lastDimension, type NativeKernel, sizeOf } from './native-kernel.ts';
import { checkParameters, neuronAttributes, neuronDimensions } from './neuron-dimensions.ts';

/** The attributes of a backward kernel, checked: they come from an untyped map. */
export function backwardAttributes(map: NamedAttrMap): NeuronBackwardAttributes {
  const { surrogate, surrogateParameter } = map;
  if (!surrogateNames.some((name) => name === surrogate)) {
    throw new Error(`surrogate must be one of ${surrogateNames.join(', ')}, not ${String(surrogate)}`);
  }
  if (typeof surrogateParameter !== 'number' || !(surrogateParameter > 0)) {
    throw new Error(`surrogateParameter must be above 0, not ${String(surrogateParameter)}`);
  }
  return { ...neuronAttributes(map), ...map } as unknown as NeuronBackwardAttributes;
}

/**
 * {dy, h [T·B, …, C], decay [1], threshold, reset} → [dx, dDecay [1]]; dx is summed over the steps when `repeat`.
 * With resetDelay, a hard reset and no detachReset the input x of the forward pass is needed too.
 */
export const neuronBackward: NativeKernel = {
  name: 'SpikefitNeuronBackward',
  run(inputs, attributeMap, backend) {
    const [dy, h, decay] = [input(inputs, 'dy'), input(inputs, 'h'), input(inputs, 'decay')];
    const [threshold, reset] = [input(inputs, 'threshold'), input(inputs, 'reset')];
    const attributes = backwardAttributes(attributeMap);
    checkParameters(h, decay, threshold, reset);
    const dimensions = neuronDimensions(attributes, sizeOf(h.shape), lastDimension(h.shape));
    const { timeSteps, repeat, resetDelay, resetMode, detachReset } = attributes;
    // Only there does the charge, which the reset cleared, matter.
    const x = resetDelay && resetMode === 'hard' && !detachReset ? inputs.x : undefined;
    const inputShape = repeat ? [(h.shape[0] ?? 1) / timeSteps, ...h.shape.slice(1)] : h.shape;
    const dx = backend.makeOutput32(inputShape);
    const dDecay = backend.makeOutput32([1]);
    backend.addon.neuronBackward(
      dimensions,
      surrogateNames.indexOf(attributes.surrogate),
      attributes.surrogateParameter,
      Number(attributes.detachReset),
      backend.floats(dy),
      backend.floats(h),
      backend.floatsOrNull(x),
      backend.floats(decay),
      backend.floats(threshold),
      backend.floats(reset),
      dx.values,
      dDecay.values,
    );
    return [dx.info, dDecay.info];
  },
};
