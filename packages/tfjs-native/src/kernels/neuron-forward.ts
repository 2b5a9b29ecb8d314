import { input, lastDimension, type NativeKernel, sizeOf } from './native-kernel.ts';
import { checkParameters, neuronAttributes, neuronDimensions } from './neuron-dimensions.ts';

/**
 * {x, decay [1], threshold, reset [1] or [C]} → [spikes, h], both [T·B, …, C]; h is the membrane after charging,
 * before the reset. Formulas: cpp/kernels/neuron_forward.cpp.
 */
export const neuronForward: NativeKernel = {
  name: 'SpikefitNeuronForward',
  run(inputs, attributeMap, backend) {
    const [x, decay] = [input(inputs, 'x'), input(inputs, 'decay')];
    const [threshold, reset] = [input(inputs, 'threshold'), input(inputs, 'reset')];
    const attributes = neuronAttributes(attributeMap);
    checkParameters(x, decay, threshold, reset);
    const { timeSteps, repeat } = attributes;
    const outShape = repeat ? [timeSteps * (x.shape[0] ?? 1), ...x.shape.slice(1)] : x.shape;
    const dimensions = neuronDimensions(attributes, sizeOf(outShape), lastDimension(x.shape));
    const spikes = backend.makeOutput32(outShape);
    const charged = backend.makeOutput32(outShape);
    backend.addon.neuronForward(
      dimensions,
      backend.floats(x),
      backend.floats(decay),
      backend.floats(threshold),
      backend.floats(reset),
      spikes.values,
      charged.values,
    );
    return [spikes.info, charged.info];
  },
};
