import { fusedKernels, type SpikeBlockBackwardAttributes } from '@spikefit/contracts';
import * as tf from '@tensorflow/tfjs-core';
import type { NeuronParameters } from '../neurons/composed-forward.ts';
import { releaseKept } from '../tensors/release-kept.ts';
import { batchNormTrain } from './batch-norm.ts';
import { channelAffine } from './channel-affine.ts';
import { hasKernel, runKernel } from './fused-kernel.ts';
import { neuronSpikes } from './neuron.ts';

/** What the currents go through before the neurons: nothing, x·first + second, or batch norm with γ and β. */
export type BlockNormalization =
  | { readonly kind: 'none' }
  | { readonly kind: 'affine'; readonly first: tf.Tensor1D; readonly second: tf.Tensor1D }
  | {
      readonly kind: 'batch';
      readonly first: tf.Tensor1D;
      readonly second: tf.Tensor1D;
      readonly epsilon: number;
    };

export interface SpikeBlock {
  readonly normalization: BlockNormalization;
  readonly parameters: NeuronParameters;
  readonly attributes: Omit<SpikeBlockBackwardAttributes, 'normalization' | 'epsilon'>;
}

export interface SpikeBlockResult {
  /** [T·B, …, C], behind the pool. */
  readonly spikes: tf.Tensor;
  /** How many there are before the pool, int32. */
  readonly count: tf.Scalar;
  /** Of the batch, [C] each, the variance biased; only with batch norm. */
  readonly statistics?: { readonly mean: tf.Tensor1D; readonly variance: tf.Tensor1D };
}

export const countSpikes = (spikes: tf.Tensor): tf.Scalar =>
  tf.tidy(() => tf.cast(tf.sum(spikes), 'int32') as tf.Scalar);

/**
 * Normalisation, neurons over all steps and max pool (poolSize above 1, x [·, H, W, C]) in one step. What the separate
 * ops give one after the other, bit for bit; differentiable to x, the normalisation's parameters and the decay.
 *
 * Fused, nothing of the size of x is kept or written but x itself and, backwards, its gradient: membranes are computed
 * again, spikes are bits.
 */
export function spikeBlock(x: tf.Tensor, block: SpikeBlock): SpikeBlockResult {
  const fused = [fusedKernels.spikeBlockForward, fusedKernels.spikeBlockBackward].every(hasKernel);
  return fused ? fusedSpikeBlock(x, block) : composedSpikeBlock(x, block);
}

function composedSpikeBlock(x: tf.Tensor, block: SpikeBlock): SpikeBlockResult {
  const { normalization, parameters, attributes } = block;
  return tf.tidy(() => {
    const { kind } = normalization;
    const normalized =
      kind === 'batch'
        ? batchNormTrain(x, normalization.first, normalization.second, normalization.epsilon)
        : { y: kind === 'none' ? x : channelAffine(x, normalization.first, normalization.second) };
    const fired = neuronSpikes(normalized.y, parameters, attributes);
    const { poolSize } = attributes;
    const spikes = poolSize === 1 ? fired : tf.maxPool(fired as tf.Tensor4D, poolSize, poolSize, 'valid');
    const result = { spikes, count: countSpikes(fired) };
    if (!('mean' in normalized)) return result;
    return { ...result, statistics: { mean: normalized.mean, variance: normalized.variance } };
  });
}

/** The inputs of the kernels that stand for the normalisation. */
const normalizationInputs = (first: tf.Tensor | undefined, second: tf.Tensor | undefined) =>
  first === undefined || second === undefined ? {} : { first, second };

function fusedSpikeBlock(x: tf.Tensor, block: SpikeBlock): SpikeBlockResult {
  const { normalization, parameters } = block;
  const { threshold, reset } = parameters;
  const attributes: SpikeBlockBackwardAttributes = {
    ...block.attributes,
    normalization: normalization.kind,
    epsilon: normalization.kind === 'batch' ? normalization.epsilon : 0,
  };
  // A custom gradient gives one output; the others leave its scope as kept tensors.
  const kept: tf.Tensor[] = [];
  const op = tf.customGrad((...args: unknown[]) => {
    const save = args.pop() as tf.GradSaveFunc;
    const [input, decay, first, second] = args as [tf.Tensor, tf.Tensor, tf.Tensor?, tf.Tensor?];
    const neuron = { decay, threshold, reset };
    const [spikes, ...others] = runKernel(
      fusedKernels.spikeBlockForward,
      { x: input, ...neuron, ...normalizationInputs(first, second) },
      attributes,
    );
    for (const tensor of others) kept.push(tf.keep(tensor));
    const [, mean, variance] = others;
    const statistics = mean === undefined || variance === undefined ? {} : { mean, variance };
    const saved: tf.NamedTensorMap = {
      x: input,
      ...neuron,
      ...normalizationInputs(first, second),
      ...statistics,
    };
    save(Object.values(saved));
    const names = Object.keys(saved);
    return {
      value: spikes!,
      gradFunc: (dy: tf.Tensor, tensors: tf.Tensor[]) =>
        runKernel(
          fusedKernels.spikeBlockBackward,
          { dy, ...Object.fromEntries(names.map((name, index) => [name, tensors[index]!])) },
          attributes,
        ),
    };
  });
  const normalizes = normalization.kind === 'none' ? [] : [normalization.first, normalization.second];
  const spikes = op(x, parameters.decay, ...normalizes);
  const [count, mean, variance] = kept.map(releaseKept) as [tf.Scalar, tf.Tensor1D?, tf.Tensor1D?];
  if (mean === undefined || variance === undefined) return { spikes, count };
  return { spikes, count, statistics: { mean, variance } };
}
