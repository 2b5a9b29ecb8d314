import type { Network } from '@spikefit/contracts';
import { batchNormEpsilon, type HostParameters, type HostTensor, parameterNames } from '@spikefit/snn';
import { networkBlocks } from '@spikefit/specification';
import { type CodebookGroup, groupValues } from '../codebooks/options.ts';

/**
 * The same network with weights of one size in all units that share a codebook. A batch norm takes out whatever scale the
 * weights of a unit have, so training leaves them sizes that mean nothing; levels fit for one unit would then leave another
 * two values. Weights, bias and running mean of a unit are multiplied by r = (root mean square of the codebook's
 * weights) / (that of the unit's), its running variance so that σ = √(variance + ε) is, too: γ(x − μ)/σ + β stays as it was.
 *
 * Only units before a batch norm have such a choice. With `network` groups the others decide which size it is; with `channel`
 * groups nothing is shared, and nothing changes. Zeros do not count: they may be synapses that are gone. Units that never answer stay
 * as they are, and r lies within 1/64 and 64. The input is not changed.
 */
export function equalizeUnits(
  network: Network,
  parameters: HostParameters,
  group: CodebookGroup,
): HostParameters {
  if (group === 'channel') return parameters;
  const next: HostParameters = { ...parameters };
  const blocks = networkBlocks(network);
  const weightsOf = (id: string): HostTensor => parameters[parameterNames.weights(id)]!;
  const bound = blocks.filter(({ batchNorm }) => batchNorm === null);
  const ofNetwork = rootMeanSquare(
    (bound.length > 0 ? bound : blocks).map(({ weight }) => weightsOf(weight.id).data),
  );
  for (const { weight, batchNorm } of blocks) {
    if (batchNorm === null) continue;
    const weights = weightsOf(weight.id);
    const size = group === 'network' ? ofNetwork : rootMeanSquare([weights.data]);
    const variance = parameters[parameterNames.variance(batchNorm.id)]!.data;
    const factors = Float64Array.from(variance, (own, unit) =>
      factorOf(rootMeanSquare([groupValues(weights, 'channel', unit)]), size, own),
    );
    const replace = (name: string, change: (value: number, unit: number) => number): void => {
      const tensor = parameters[name];
      if (tensor === undefined) return;
      const data = tensor.data.map((value, i) => change(value, i % factors.length));
      next[name] = { shape: [...tensor.shape], data };
    };
    const scale = (value: number, unit: number): number => value * factors[unit]!;
    replace(parameterNames.weights(weight.id), scale);
    replace(parameterNames.bias(weight.id), scale);
    replace(parameterNames.mean(batchNorm.id), scale);
    replace(parameterNames.variance(batchNorm.id), (value, unit) => scaledVariance(value, factors[unit]!));
  }
  return next;
}

/** The running variance with which σ is r times what it was; r may not be below `leastFactor`. */
export const scaledVariance = (variance: number, r: number): number =>
  Math.max(0, (variance + batchNormEpsilon) * r ** 2 - batchNormEpsilon);

/** No running variance makes σ = √(variance + ε) smaller than this times what it is. */
export const leastFactor = (variance: number): number =>
  Math.sqrt(batchNormEpsilon / (variance + batchNormEpsilon));

/** Units are not made larger or smaller by more: where weights have nearly vanished, so has what they tell. */
const mostFactor = 64;

/** r of a unit; 1 where it is silent or all of its weights are 0: its size is then nobody's. */
function factorOf(own: number, size: number, variance: number): number {
  if (own === 0 || size === 0 || variance <= batchNormEpsilon) return 1;
  const r = Math.min(mostFactor, Math.max(1 / mostFactor, size / own));
  return Math.max(r, leastFactor(variance));
}

/** Over the values that are not 0. */
function rootMeanSquare(parts: readonly Float32Array[]): number {
  let [sum, count] = [0, 0];
  for (const part of parts) {
    for (const value of part) {
      if (value === 0) continue;
      sum += value ** 2;
      count += 1;
    }
  }
  return count === 0 ? 0 : Math.sqrt(sum / count);
}
