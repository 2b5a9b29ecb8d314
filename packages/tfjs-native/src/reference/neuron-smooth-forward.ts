import type { SurrogateName } from '../fused/fused-kernel-attributes.ts';
import type { NeuronOptions, NeuronParameters } from './neuron-forward.ts';
import { surrogatePrimitive } from './surrogates.ts';

/** The spikes and charged membranes of the trajectory at which a gradient is asked. */
export interface BaseTrajectory {
  readonly spikes: ArrayLike<number>;
  readonly charged: ArrayLike<number>;
}

/**
 * The differentiable model whose gradient the surrogate gradient is: the spike is
 *   s̃(h) = s₀ + σ(h − θ) − σ(h₀ − θ),
 * with s₀ and h₀ the constants of the base trajectory and σ the surrogate's primitive. At the base point s̃ is the real
 * spike and its derivative is σ'(u), so finite differences of this function must give what back-propagation with the
 * surrogate gives. With detachReset the spike inside the reset is the constant s₀. In double; [timeSteps · perStep].
 */
export function neuronSmoothForward(
  options: NeuronOptions & { surrogate: SurrogateName; surrogateParameter: number; detachReset: boolean },
  parameters: NeuronParameters,
  x: ArrayLike<number>,
  base: BaseTrajectory,
): Float64Array {
  const { timeSteps, repeat, channels, surrogate, surrogateParameter } = options;
  const perStep = repeat ? x.length : x.length / timeSteps;
  const smooth = new Float64Array(perStep * timeSteps);
  const decay = parameters.decay[0]!;
  const primitive = (u: number): number => surrogatePrimitive(surrogate, surrogateParameter, u);

  for (let i = 0; i < perStep; i += 1) {
    const threshold = parameters.threshold[(i % channels) % parameters.threshold.length]!;
    const reset = parameters.reset[(i % channels) % parameters.reset.length]!;
    const afterReset = (h: number, s: number): number =>
      options.resetMode === 'hard' ? s * reset + (1 - s) * h : h - s * threshold;
    let v = reset;
    let spikeInReset = 0;
    for (let t = 0; t < timeSteps; t += 1) {
      const index = t * perStep + i;
      const input = x[repeat ? i : index]!;
      let h: number;
      if (options.neuron === 'if') h = v + input;
      else if (options.decayInput) h = v + (input - (v - reset)) * decay;
      else h = v - (v - reset) * decay + input;
      if (options.resetDelay) h = afterReset(h, spikeInReset);
      const spike = base.spikes[index]!;
      smooth[index] = spike + primitive(h - threshold) - primitive(base.charged[index]! - threshold);
      spikeInReset = options.detachReset ? spike : smooth[index]!;
      v = options.resetDelay ? h : afterReset(h, spikeInReset);
    }
  }
  return smooth;
}
