import type { NeuronAttributes } from '../fused/fused-kernel-attributes.ts';

export type NeuronOptions = NeuronAttributes & { readonly channels: number };

export interface NeuronParameters {
  /** [1] */
  readonly decay: ArrayLike<number>;
  /** [1] or [channels] */
  readonly threshold: ArrayLike<number>;
  readonly reset: ArrayLike<number>;
}

const float = Math.fround;

/**
 * Spikes and charged membranes h, both [timeSteps · perStep]; x is the same, or [perStep] when `repeat`.
 *
 * In float32, one rounding per operation in the order of the C++ kernel, so that both agree bit for bit: a spike that
 * differs would not be a rounding error.
 */
export function neuronForward(
  options: NeuronOptions,
  parameters: NeuronParameters,
  x: ArrayLike<number>,
): { spikes: Float32Array; charged: Float32Array } {
  const { timeSteps, repeat, channels } = options;
  const perStep = repeat ? x.length : x.length / timeSteps;
  const spikes = new Float32Array(perStep * timeSteps);
  const charged = new Float32Array(perStep * timeSteps);
  const decay = float(parameters.decay[0]!);
  const hard = options.resetMode === 'hard';

  for (let i = 0; i < perStep; i += 1) {
    const threshold = float(parameters.threshold[(i % channels) % parameters.threshold.length]!);
    const reset = float(parameters.reset[(i % channels) % parameters.reset.length]!);
    let v = reset;
    let fired = false;
    const afterReset = (h: number): number => (hard ? reset : float(h - threshold));
    for (let t = 0; t < timeSteps; t += 1) {
      const input = float(x[repeat ? i : t * perStep + i]!);
      const above = float(v - reset);
      let h: number;
      if (options.neuron === 'if') h = float(v + input);
      else if (options.decayInput) h = float(v + float(float(input - above) * decay));
      else h = float(float(v - float(above * decay)) + input);
      if (options.resetDelay && fired) h = afterReset(h);
      fired = options.comparison === 'ge' ? h >= threshold : h > threshold;
      v = !options.resetDelay && fired ? afterReset(h) : h;
      charged[t * perStep + i] = h;
      spikes[t * perStep + i] = Number(fired);
    }
  }
  return { spikes, charged };
}
