import type { SurrogateName } from './network.ts';

/**
 * Fused operations that a backend may register with TensorFlow.js. `snn` calls them where they exist and composes
 * them from plain operations where they do not; both must agree.
 * Tensors are float32 with channels last; parameters have shape [1] or [C].
 */
export const fusedKernels = {
  /** {x, decay, threshold, reset} → [spikes, membrane before reset], both [T·B, …, C]. */
  neuronForward: 'SpikefitNeuronForward',
  /** {dy, h, decay, threshold, reset} → [dx, dDecay]. */
  neuronBackward: 'SpikefitNeuronBackward',
  /** {x, gamma, beta} → [y, mean, biased variance]. */
  batchNormTrain: 'SpikefitBatchNormTrain',
  /** {dy, x, mean, variance, gamma} → [dx, dgamma, dbeta]. */
  batchNormTrainGrad: 'SpikefitBatchNormTrainGrad',
  /** {x, scale, shift} → x · scale[c] + shift[c]. */
  channelAffine: 'SpikefitChannelAffine',
  /** {dy, x, scale} → [dx, dscale, dshift]. */
  channelAffineGrad: 'SpikefitChannelAffineGrad',
  /** {parameter, firstMoment, secondMoment, gradient} → the first three, one step later. */
  adamStep: 'SpikefitAdamStep',
  /**
   * {x, decay, threshold, reset, first?, second?} → [spikes, their number before the pool (int32 scalar)] and, with
   * batch norm, mean and biased variance. `first` and `second` are scale and shift, or γ and β.
   */
  spikeBlockForward: 'SpikefitSpikeBlockForward',
  /** {dy, x, decay, threshold, reset, first?, second?, mean?, variance?} → [dx, dDecay] and dfirst, dsecond. */
  spikeBlockBackward: 'SpikefitSpikeBlockBackward',
  /** {logits [B, classes], labels [B] int32} → [scale · Σ soft-max cross entropy, its gradient [B, classes]]. */
  crossEntropy: 'SpikefitCrossEntropy',
  /** {parameter, velocity, gradient} → the first two, one step later. */
  sgdStep: 'SpikefitSgdStep',
  /** {average, value} → average · (1 − momentum) + value · factor · momentum. */
  movingAverage: 'SpikefitMovingAverage',
  /**
   * {weights [..., units], midpoints [M − 1, G], levels [M, G], assignments?, steps?} → the level of every weight: M
   * levels by rank, G = units or 1 groups. `steps` [G]: levels are integers of at most ±128 times their group's step. A weight is of the rank that so many midpoints are below it, or of the assigned one;
   * assignments are a tensor of type bool, which TensorFlow.js keeps as one byte per value.
   */
  codebookForward: 'SpikefitCodebookForward',
  /**
   * {dy, weights, midpoints, levels, lowest [G], highest [G], assignments?} → [dWeights: dy from lowest to highest, else
   * 0, and 0 where assigned, Σ dy of every level [G, M], its number of weights [G, M]].
   */
  codebookGradient: 'SpikefitCodebookGradient',
} as const;

export type NeuronAttributes = {
  timeSteps: number;
  /** x is [B, …] and the same at every step. */
  repeat: boolean;
  neuron: 'if' | 'lif';
  decayInput: boolean;
  resetMode: 'hard' | 'soft';
  comparison: 'ge' | 'gt';
  resetDelay: boolean;
};

export type NeuronBackwardAttributes = NeuronAttributes & {
  surrogate: SurrogateName;
  surrogateParameter: number;
  detachReset: boolean;
};

export type SpikeBlockLayout = {
  /** What comes before the neurons: nothing, x·scale + shift, or batch norm with the statistics of the batch. */
  normalization: 'none' | 'affine' | 'batch';
  epsilon: number;
  /** Of the max pool behind the neurons; 1 for none. */
  poolSize: number;
};

export type SpikeBlockAttributes = NeuronAttributes & SpikeBlockLayout;

export type SpikeBlockBackwardAttributes = NeuronBackwardAttributes &
  SpikeBlockLayout & {
    /** False: the decay is no parameter, and its gradient is given as 0. */
    decayGradient: boolean;
  };

export type AdamAttributes = {
  learningRate: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  /** 1 for the first update. */
  step: number;
  weightDecay: number;
  /** The caller disposes the old parameter and moments next, and reads them no more: they may be updated in place. */
  replace?: boolean;
};

/** Attributes of SpikefitSgdStep. */
export type SgdAttributes = {
  learningRate: number;
  momentum: number;
  /** Added to the gradient: weightDecay · parameter. */
  weightDecay: number;
  /** The caller disposes the old parameter and velocity next, and reads them no more. */
  replace?: boolean;
};

/** Attributes of SpikefitMovingAverage. */
export type MovingAverageAttributes = {
  /** Share of the new value, 0 … 1. */
  momentum: number;
  factor: number;
};

/** Attributes of SpikefitCrossEntropy. */
export type CrossEntropyAttributes = {
  /** Of the sum over the batch: 1, or 1 / B for the mean. */
  scale: number;
};
