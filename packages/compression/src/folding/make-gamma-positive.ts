import type { Network } from '@spikefit/contracts';
import { type HostParameters, type HostTensor, parameterNames } from '@spikefit/snn';
import { networkBlocks } from '@spikefit/specification';

/** A γ that is (nearly) zero cannot divide a threshold; it is raised to this. */
export const smallestGamma = 1e-4;

/**
 * The same network with γ > 0 in every batch norm: where γ < 0, the channel's γ, weights, bias and running mean change
 * their sign, which leaves γ(x − μ)/σ + β as it was. Only a |γ| below `smallestGamma` is changed in effect.
 * The input is not changed; tensors without a flip are shared.
 */
export function makeGammaPositive(network: Network, parameters: HostParameters): HostParameters {
  const next: HostParameters = { ...parameters };
  const copyOf = (name: string): Float32Array | undefined => {
    const tensor: HostTensor | undefined = parameters[name];
    if (tensor === undefined) return undefined;
    const copy = tensor.data.slice();
    next[name] = { shape: [...tensor.shape], data: copy };
    return copy;
  };
  for (const { weight, batchNorm } of networkBlocks(network)) {
    if (batchNorm === null) continue;
    const before = parameters[parameterNames.gamma(batchNorm.id)]!.data;
    if (before.every((gamma) => gamma >= smallestGamma)) continue;
    const gamma = copyOf(parameterNames.gamma(batchNorm.id))!;
    const weights = copyOf(parameterNames.weights(weight.id))!;
    const bias = copyOf(parameterNames.bias(weight.id));
    const mean = copyOf(parameterNames.mean(batchNorm.id))!;
    const units = gamma.length;
    for (let unit = 0; unit < units; unit++) {
      if (gamma[unit]! < 0) {
        for (let i = unit; i < weights.length; i += units) weights[i] = -weights[i]!;
        if (bias !== undefined) bias[unit] = -bias[unit]!;
        mean[unit] = -mean[unit]!;
        gamma[unit] = -gamma[unit]!;
      }
      gamma[unit] = Math.max(smallestGamma, gamma[unit]!);
    }
  }
  return next;
}
