import type { Network } from '@spikefit/contracts';
import { batchNormEpsilon, type HostParameters, type HostTensor, parameterNames } from '@spikefit/snn';
import { networkBlocks } from '@spikefit/specification';
import type { CodebookGroup } from '../codebooks/options.ts';

/**
 * The same network with weights of one size in all units that share a codebook. A batch norm takes out whatever scale the
 * weights of a unit have, so training leaves them sizes that mean nothing; levels fit for one unit would then leave another
 * two values. Weights, bias and running mean of a unit are multiplied by r = (root mean square of the codebook's
 * weights) / (that of the unit's), its running variance so that σ = √(variance + ε) is, too: γ(x − μ)/σ + β stays as it was.
 *
 * Only units before a batch norm have such a choice. With `network` groups the others decide which size it is; with `channel`
 * groups nothing is shared, and nothing changes. Zeros do not count: they may be synapses that are gone. The input is not
 * changed.
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
  const shared = (bound.length > 0 ? bound : blocks).map(({ weight }) => weightsOf(weight.id).data);
  for (const { weight, batchNorm } of blocks) {
    if (batchNorm === null) continue;
    const weights = weightsOf(weight.id);
    const size = group === 'network' ? rootMeanSquare(shared) : rootMeanSquare([weights.data]);
    const factors = factorsOf(weights, size);
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
    replace(parameterNames.variance(batchNorm.id), (value, unit) =>
      Math.max(0, (value + batchNormEpsilon) * factors[unit]! ** 2 - batchNormEpsilon),
    );
  }
  return next;
}

/** r of every unit; 1 where all weights are 0. */
function factorsOf({ shape, data }: HostTensor, size: number): Float64Array {
  const units = shape.at(-1)!;
  const rows = Array.from({ length: units }, () => new Float32Array(data.length / units));
  for (const [i, value] of data.entries()) rows[i % units]![Math.floor(i / units)] = value;
  return Float64Array.from(rows, (row) => {
    const own = rootMeanSquare([row]);
    return own === 0 || size === 0 ? 1 : size / own;
  });
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
