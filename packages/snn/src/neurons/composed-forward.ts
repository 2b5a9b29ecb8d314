import type { NeuronAttributes } from '@spikefit/contracts';
import * as tf from '@tensorflow/tfjs-core';

export interface NeuronParameters {
  /** 1/τ, shape [1]; not read by IF. */
  readonly decay: tf.Tensor1D;
  /** [1] or [C]. */
  readonly threshold: tf.Tensor1D;
  /** Reset potential, also the potential before the first step; [1] or [C]. */
  readonly reset: tf.Tensor1D;
}

/** The parameters at the shape [B, …, C] of one step: broadcast once, not at every operation of every step. */
export function expandParameters(parameters: NeuronParameters, shape: number[]) {
  const zeros = tf.zeros(shape);
  return {
    decay: tf.add(zeros, parameters.decay),
    threshold: tf.add(zeros, parameters.threshold),
    reset: tf.add(zeros, parameters.reset),
  };
}

export const fires = (
  h: tf.Tensor,
  threshold: tf.Tensor,
  comparison: NeuronAttributes['comparison'],
): tf.Tensor =>
  tf.cast(comparison === 'ge' ? tf.greaterEqual(h, threshold) : tf.greater(h, threshold), 'float32');

/**
 * The potential after the input x of one step.
 * IF: h = v + x. LIF with decayInput: h = v + (x − (v − vReset))·decay; without: h = v − (v − vReset)·decay + x.
 */
export function charge(
  v: tf.Tensor,
  x: tf.Tensor,
  { decay, reset }: { decay: tf.Tensor; reset: tf.Tensor },
  { neuron, decayInput }: Pick<NeuronAttributes, 'neuron' | 'decayInput'>,
): tf.Tensor {
  if (neuron === 'if') return tf.add(v, x);
  if (decayInput) return tf.add(v, tf.mul(tf.sub(x, tf.sub(v, reset)), decay));
  return tf.add(tf.sub(v, tf.mul(tf.sub(v, reset), decay)), x);
}

/** Hard: where s is 1 the potential becomes vReset. Soft: the threshold is subtracted. */
export function applyReset(
  v: tf.Tensor,
  s: tf.Tensor,
  { threshold, reset }: { threshold: tf.Tensor; reset: tf.Tensor },
  mode: NeuronAttributes['resetMode'],
): tf.Tensor {
  if (mode === 'hard') return tf.where(tf.cast(s, 'bool'), reset, v);
  return tf.sub(v, tf.mul(s, threshold));
}

/**
 * All steps of a neuron layer from plain operations; what the kernel `neuronForward` does in one pass.
 * x is [T·B, …, C], time first, or [B, …, C] with `repeat`. Gives spikes and the potential h that the spikes were
 * read from (before the reset; with resetDelay after the reset of the spike before), both [T·B, …, C].
 */
export function composedNeuronForward(
  x: tf.Tensor,
  parameters: NeuronParameters,
  attributes: NeuronAttributes,
): [spikes: tf.Tensor, membrane: tf.Tensor] {
  return tf.tidy(() => {
    const { timeSteps, repeat, comparison, resetMode, resetDelay } = attributes;
    const inputs = repeat ? [x] : tf.split(x, timeSteps);
    const full = expandParameters(parameters, inputs[0]!.shape);
    const spikes: tf.Tensor[] = [];
    const membranes: tf.Tensor[] = [];
    let v: tf.Tensor = full.reset;
    for (let t = 0; t < timeSteps; t += 1) {
      let h = charge(v, inputs[repeat ? 0 : t]!, full, attributes);
      if (resetDelay && t > 0) h = applyReset(h, spikes[t - 1]!, full, resetMode);
      const s = fires(h, full.threshold, comparison);
      v = resetDelay ? h : applyReset(h, s, full, resetMode);
      spikes.push(s);
      membranes.push(h);
    }
    return [tf.concat(spikes), tf.concat(membranes)];
  });
}
