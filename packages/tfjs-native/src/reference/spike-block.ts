import type { SpikeBlockBackwardAttributes } from '../fused/fused-kernel-attributes.ts';
import { batchNormTrain, batchNormTrainGradient } from './batch-norm.ts';
import { channelAffineGradient } from './channel-affine.ts';
import { maxPoolForward, maxPoolGradient, type PoolShape } from './max-pool.ts';
import { neuronBackward } from './neuron-backward.ts';
import { type NeuronParameters, neuronForward } from './neuron-forward.ts';

/** One step is [batch, height, width, channels]. */
export type SpikeBlockOptions = SpikeBlockBackwardAttributes & {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
};

export type SpikeBlockParameters = NeuronParameters & {
  /** Scale and shift, or γ and β; [channels], unread where nothing is normalised. */
  readonly first: ArrayLike<number>;
  readonly second: ArrayLike<number>;
};

export interface SpikeBlockResult {
  /** [T·B, H/p, W/p, C] */
  readonly spikes: Float64Array;
  readonly count: number;
  /** Of the batch, as float32; empty unless batch norm. */
  readonly mean: Float32Array;
  readonly variance: Float32Array;
  /** What the neurons read, and what they held and gave before the pool. */
  readonly y: Float32Array;
  readonly charged: Float32Array;
  readonly unpooled: Float32Array;
}

const float = Math.fround;

export function spikeBlockPool(options: SpikeBlockOptions): PoolShape {
  const { timeSteps, batch, height, width, channels, poolSize } = options;
  return {
    batch: timeSteps * batch,
    inputHeight: height,
    inputWidth: width,
    channels,
    outputHeight: Math.floor(height / poolSize),
    outputWidth: Math.floor(width / poolSize),
    filterHeight: poolSize,
    filterWidth: poolSize,
    strideHeight: poolSize,
    strideWidth: poolSize,
    padTop: 0,
    padLeft: 0,
  };
}

/** The separate kernels one after the other; in float32 up to the spikes, as neuronForward. */
export function spikeBlockForward(
  options: SpikeBlockOptions,
  parameters: SpikeBlockParameters,
  x: Float32Array,
): SpikeBlockResult {
  const { normalization, epsilon, channels } = options;
  const { first, second } = parameters;
  const statistics = normalization === 'batch' ? batchNormTrain(epsilon, x, first, second) : undefined;
  const mean = Float32Array.from(statistics?.mean ?? []);
  const variance = Float32Array.from(statistics?.variance ?? []);
  const y = x.map((value, i) => {
    const c = i % channels;
    if (normalization === 'none') return value;
    const scale =
      normalization === 'affine' ? first[c]! : float(first[c]! / Math.sqrt(variance[c]! + epsilon));
    return float(float(value - (mean[c] ?? 0)) * scale) + second[c]!;
  });
  const { spikes: unpooled, charged } = neuronForward(options, parameters, y);
  const spikes = maxPoolForward(spikeBlockPool(options), unpooled);
  const count = unpooled.reduce((sum, spike) => sum + spike, 0);
  return { spikes, count, mean, variance, y, charged, unpooled };
}

/** Chain rule through the separate references, in double. */
export function spikeBlockBackward(
  options: SpikeBlockOptions,
  parameters: SpikeBlockParameters,
  x: Float32Array,
  forward: SpikeBlockResult,
  dy: ArrayLike<number>,
): { dx: Float64Array; dDecay: number; dFirst: number[]; dSecond: number[] } {
  const { y, charged, unpooled, mean, variance } = forward;
  const routed = maxPoolGradient(spikeBlockPool(options), unpooled, dy);
  const { dx: g, dDecay: byDecay } = neuronBackward(options, parameters, y, charged, routed);
  const dDecay = options.decayGradient ? byDecay : 0;
  if (options.normalization === 'none') return { dx: g, dDecay, dFirst: [], dSecond: [] };
  if (options.normalization === 'affine') {
    const { dx, dScale, dShift } = channelAffineGradient(g, x, parameters.first);
    return { dx, dDecay, dFirst: dScale, dSecond: dShift };
  }
  const { dx, dGamma, dBeta } = batchNormTrainGradient(
    options.epsilon,
    g,
    x,
    mean,
    variance,
    parameters.first,
  );
  return { dx, dDecay, dFirst: dGamma, dSecond: dBeta };
}
