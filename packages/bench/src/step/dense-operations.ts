import { CodedError, isWeightLayer, type Network } from '@spikefit/contracts';

/**
 * Floating-point operations of one training step if every product were dense: 2 per multiply-accumulate; forward,
 * weight gradient and input gradient each cost the same. What lies before the first neuron is computed once and not T
 * times, and the first layer needs no input gradient.
 */
export function denseStepOperations(network: Network, batch: number): number {
  const layers = network.layers.filter(isWeightLayer);
  if (layers.length === 0)
    throw new CodedError('internal.error', 'a network without weights has no products');
  return layers.reduce((sum, layer, position) => {
    const [height, width, channels] = layer.inputShape;
    const forward =
      layer.kind === 'conv'
        ? layer.outputShape[0] * layer.outputShape[1] * layer.kernel ** 2 * channels * layer.filters
        : height * width * channels * layer.units;
    const [frames, products] = position === 0 ? [batch, 2] : [batch * network.timeSteps, 3];
    return sum + 2 * forward * frames * products;
  }, 0);
}
