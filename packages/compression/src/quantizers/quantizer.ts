import type { HostTensor } from '@spikefit/snn';
import type * as tf from '@tensorflow/tfjs-core';
import type { GradientScale, LevelRule } from '../codebooks/level-groups.ts';
import type { CodebookOptions, CodebookParameterKind } from '../codebooks/options.ts';
import type { ReseededLevels } from '../codebooks/reseed-levels.ts';

/** The request's options, as far as techniques heed them. */
export interface QuantizerOptions extends CodebookOptions {
  readonly gradientScale: GradientScale;
  readonly pinZero: boolean;
  /** Levels move to the mean of their weights after each epoch. */
  readonly recenter: boolean;
  /** Of soft assignments, in distances of the levels; 0: there are none. */
  readonly temperature: number;
}

/**
 * What one technique does with the weights that share one codebook. All end in codebooks: in every group M different b-bit
 * codes times a step Δ, and for every weight one of them. So nothing after the training knows a technique.
 */
export interface Quantizer {
  /** Kind of the technique's one trained parameter [G, K] for each codebook. */
  readonly parameter: CodebookParameterKind;
  /** The parameter [G·K] for weights as they stand: at the start of compression, or at export. */
  initialize(weights: readonly HostTensor[], options: QuantizerOptions): Float32Array;
  /** Levels, thresholds and gradients from the parameter: what is evaluated, exported and, if need be, trained. */
  levels(options: QuantizerOptions): LevelRule;
  /** Null for techniques after training: weights train as they are and are quantised once, at export. */
  readonly training: QuantizedTraining | null;
}

/** How a network trains with quantised weights, from `cluster` on. */
export interface QuantizedTraining {
  /** Where it is absent, or has no temperature, training goes by `levels`, straight through. */
  readonly soften?: SoftAssignments;
  /** The parameter [G, K] for the weights after an update: for what follows the weights and learns nothing. */
  readonly follow?: (raw: tf.Tensor, parameter: tf.Tensor, options: QuantizerOptions) => tf.Tensor;
  /** The parameter [G·K] after an epoch that is not the last word: not once assignments are frozen. */
  readonly afterEpoch?: (
    weights: readonly HostTensor[],
    parameter: Float32Array,
    options: QuantizerOptions,
  ) => ReseededLevels;
}

/** Weights that take the place of the levels' while they train. */
export interface SoftAssignments {
  /**
   * The temperature at a point of the training; null: none, levels are as they will be stored. `clustered` is the share
   * that is over of the phase in which codebooks come to be, 1 after it.
   */
  temperature(options: QuantizerOptions, clustered: number): number | null;
  /**
   * Weights [..., units], differentiable to both inputs, at that temperature. `latents` are the parameter's values where
   * the backend cannot be read within a computation.
   */
  weights(
    raw: tf.Tensor,
    parameter: tf.Tensor,
    options: QuantizerOptions,
    latents: Float32Array | undefined,
  ): tf.Tensor;
}
