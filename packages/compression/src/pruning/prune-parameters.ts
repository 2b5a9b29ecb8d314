import { CodedError, type Network } from '@spikefit/contracts';
import { type HostParameters, type HostTensor, parameterNames } from '@spikefit/snn';
import { type KeptUnits, type NetworkBlock, networkBlocks, unitsOf } from '@spikefit/specification';
import { codebookParameters } from '../codebooks/options.ts';

export interface PruneParametersInput {
  /** The network that `parameters` belong to now. */
  readonly network: Network;
  readonly keptNow: KeptUnits;
  /** A subset of `keptNow`. */
  readonly keptNext: KeptUnits;
  /** Parameters, or anything of the same names and shapes: optimiser moments. */
  readonly parameters: HostParameters;
}

/**
 * Parameters of the network that is left: the removed units' weights, biases, norms, thresholds and (for `channel`
 * groups) codebooks go, and so do the weights that read them. Parameters that are not named after a layer stay.
 */
export function pruneParameters({
  network,
  keptNow,
  keptNext,
  parameters,
}: PruneParametersInput): HostParameters {
  const next: HostParameters = { ...parameters };
  let inputs: Positions = null;
  for (const block of networkBlocks(network)) {
    const outputs = positions(block, keptNow, keptNext);
    const units = unitsOf(block.weight);
    const weights = parameters[parameterNames.weights(block.weight.id)];
    if (weights !== undefined) {
      next[parameterNames.weights(block.weight.id)] = selectWeights(block, weights, inputs, outputs);
    }
    for (const name of unitVectors(block)) {
      const vector = parameters[name];
      if (vector !== undefined && outputs !== null && vector.shape[0] === units) {
        next[name] = selectRows(vector, outputs);
      }
    }
    inputs = outputs;
  }
  return next;
}

/** Positions (in the present order) of the units that stay; null: all. */
type Positions = readonly number[] | null;

function positions({ weight, isOutput }: NetworkBlock, keptNow: KeptUnits, keptNext: KeptUnits): Positions {
  const after = keptNext[weight.id];
  if (after === undefined || isOutput) return null;
  const now = keptNow[weight.id] ?? Array.from({ length: unitsOf(weight) }, (_, unit) => unit);
  const at = new Map(now.map((unit, position) => [unit, position]));
  return after.map((unit) => {
    const position = at.get(unit);
    if (position === undefined) {
      throw new CodedError(
        'internal.error',
        `unit ${unit} of ${weight.id} is to be kept but is no longer there`,
      );
    }
    return position;
  });
}

/** Names of the parameters of a block whose first axis are its units. */
function unitVectors({ weight, batchNorm, neuron }: NetworkBlock): string[] {
  const names = [parameterNames.bias(weight.id), ...codebookParameters(weight.id)];
  if (batchNorm !== null) {
    const { gamma, logGamma, beta, mean, variance } = parameterNames;
    names.push(...[gamma, logGamma, beta, mean, variance].map((name) => name(batchNorm.id)));
  }
  if (neuron !== null) names.push(parameterNames.threshold(neuron.id), parameterNames.reset(neuron.id));
  return names;
}

function selectRows({ shape, data }: HostTensor, rows: readonly number[]): HostTensor {
  const width = data.length / shape[0]!;
  const selected = new Float32Array(rows.length * width);
  for (const [i, row] of rows.entries())
    selected.set(data.subarray(row * width, (row + 1) * width), i * width);
  return { shape: [rows.length, ...shape.slice(1)], data: selected };
}

/**
 * Weights seen as [taps, input channels, units]: the taps of a convolution's kernel, or the positions that an FC
 * flattens.
 */
function selectWeights(
  { weight }: NetworkBlock,
  tensor: HostTensor,
  inputs: Positions,
  outputs: Positions,
): HostTensor {
  const channels = weight.inputShape[2];
  const units = unitsOf(weight);
  const taps = tensor.data.length / (channels * units);
  const from = inputs ?? Array.from({ length: channels }, (_, channel) => channel);
  const to = outputs ?? Array.from({ length: units }, (_, unit) => unit);
  const data = new Float32Array(taps * from.length * to.length);
  let position = 0;
  for (let tap = 0; tap < taps; tap++) {
    for (const channel of from) {
      const row = (tap * channels + channel) * units;
      for (const unit of to) data[position++] = tensor.data[row + unit]!;
    }
  }
  const shape =
    weight.kind === 'conv'
      ? [weight.kernel, weight.kernel, from.length, to.length]
      : [taps * from.length, to.length];
  return { shape, data };
}
