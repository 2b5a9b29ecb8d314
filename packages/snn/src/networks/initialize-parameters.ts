import { CodedError, isWeightLayer, type Layer, type Network, type WeightLayer } from '@spikefit/contracts';
import { randomStream } from '@spikefit/specification';
import type { HostParameters, HostTensor } from '../tensors/host-tensor.ts';
import { parameterNames } from './parameter-names.ts';

const filled = (length: number, value: number): HostTensor => ({
  shape: [length],
  data: new Float32Array(length).fill(value),
});

/** Shape of a weight layer's weights: [kernel, kernel, in, filters] or [in, units]. */
export function weightShape(layer: WeightLayer): number[] {
  const [height, width, channels] = layer.inputShape;
  if (layer.kind === 'conv') return [layer.kernel, layer.kernel, channels, layer.filters];
  return [height * width * channels, layer.units];
}

/** Kaiming normal: N(0, 2/fan-in), He et al. 2015. */
function kaimingNormal(layer: WeightLayer, seed: number, position: number): HostTensor {
  const shape = weightShape(layer);
  const units = shape[shape.length - 1]!;
  const size = shape.reduce((product, n) => product * n, 1);
  const deviation = Math.sqrt(2 / (size / units));
  const stream = randomStream(seed, 'init', position);
  const data = new Float32Array(size);
  for (let i = 0; i < size; i += 1) data[i] = stream.normal() * deviation;
  return { shape, data };
}

function initializeLayer(layer: Layer, network: Network, seed: number, position: number): HostParameters {
  if (isWeightLayer(layer)) {
    const weights = { [parameterNames.weights(layer.id)]: kaimingNormal(layer, seed, position) };
    const units = layer.kind === 'conv' ? layer.filters : layer.units;
    return layer.useBias ? { ...weights, [parameterNames.bias(layer.id)]: filled(units, 0) } : weights;
  }
  if (layer.kind === 'batchNorm') {
    const channels = layer.outputShape[2];
    return {
      [parameterNames.gamma(layer.id)]: filled(channels, 1),
      [parameterNames.beta(layer.id)]: filled(channels, 0),
      [parameterNames.mean(layer.id)]: filled(channels, 0),
      [parameterNames.variance(layer.id)]: filled(channels, 1),
    };
  }
  if (layer.kind === 'neuron' && layer.neuron === 'plif') {
    const { tau } = network.neuron;
    if (!(tau > 1)) {
      throw new CodedError(
        'spec.training-invalid',
        `PLIF layer ${layer.id} needs tau above 1, not ${tau}: its decay is σ(w)`,
        {
          errors: [{ pointer: '/model/neuron/tau', detail: 'must be above 1 where the network has a PLIF' }],
        },
      );
    }
    // σ(w) = 1/τ
    return { [parameterNames.decayLogit(layer.id)]: filled(1, -Math.log(tau - 1)) };
  }
  return {};
}

/**
 * All parameters of a network at the start of training, equal for equal seeds: Kaiming weights, zero biases, batch
 * norms at γ 1, β 0, mean 0, variance 1, and PLIF decays at 1/τ. The position in the network picks the random
 * stream, so a layer's weights do not depend on the sizes of the others.
 *
 * @throws CodedError spec.training-invalid for a PLIF with τ ≤ 1
 */
export function initializeParameters(network: Network, seed: number): HostParameters {
  return Object.assign(
    {},
    ...network.layers.map((layer, position) => initializeLayer(layer, network, seed, position)),
  );
}
