import type { SurrogateName } from '../fused/fused-kernel-attributes.ts';
import type { NeuronOptions, NeuronParameters } from './neuron-forward.ts';
import { surrogateDerivative } from './surrogates.ts';

/**
 * Back-propagation through time of neuronForward, in double: the steps are replayed forwards with all they need kept,
 * then walked backwards by the chain rule. Unlike the kernel it always has x.
 */
export function neuronBackward(
  options: NeuronOptions & { surrogate: SurrogateName; surrogateParameter: number; detachReset: boolean },
  parameters: NeuronParameters,
  x: ArrayLike<number>,
  charged: ArrayLike<number>,
  dy: ArrayLike<number>,
): { dx: Float64Array; dDecay: number } {
  const { timeSteps, repeat, channels, resetDelay } = options;
  const perStep = charged.length / timeSteps;
  const hard = options.resetMode === 'hard';
  const decay = parameters.decay[0]!;
  const leaky = options.neuron === 'lif';
  const byMembrane = leaky ? 1 - decay : 1;
  const byInput = leaky && options.decayInput ? decay : 1;
  const dx = new Float64Array(x.length);
  let dDecay = 0;

  for (let i = 0; i < perStep; i += 1) {
    const threshold = parameters.threshold[(i % channels) % parameters.threshold.length]!;
    const reset = parameters.reset[(i % channels) % parameters.reset.length]!;
    const firedAt = (h: number): boolean => (options.comparison === 'ge' ? h >= threshold : h > threshold);
    const steps = Array.from({ length: timeSteps }, (_, t) => {
      const h = charged[t * perStep + i]!;
      const previous = t === 0 ? undefined : charged[(t - 1) * perStep + i]!;
      const firedBefore = previous !== undefined && firedAt(previous);
      let v = previous ?? reset;
      if (!resetDelay && firedBefore) v = hard ? reset : v - threshold;
      const input = x[repeat ? i : t * perStep + i]!;
      let charge = v + input;
      if (leaky)
        charge = options.decayInput ? v + (input - (v - reset)) * decay : v - (v - reset) * decay + input;
      const byDecay = !leaky ? 0 : options.decayInput ? input - (v - reset) : -(v - reset);
      return { h, fired: firedAt(h), firedBefore, charge, byDecay };
    });

    let fromMembrane = 0;
    let fromSpike = 0;
    for (let t = timeSteps - 1; t >= 0; t -= 1) {
      const { h, fired, firedBefore, charge, byDecay } = steps[t]!;
      const slope = surrogateDerivative(options.surrogate, options.surrogateParameter, h - threshold);
      let bySpike = dy[t * perStep + i]!;
      let byH: number;
      if (resetDelay) {
        byH = (bySpike + fromSpike) * slope + fromMembrane;
      } else {
        if (!options.detachReset) bySpike += fromMembrane * (hard ? reset - h : -threshold);
        byH = bySpike * slope + fromMembrane * (hard && fired ? 0 : 1);
      }
      const byCharge = resetDelay && hard && firedBefore ? 0 : byH;
      fromSpike = resetDelay && !options.detachReset ? byH * (hard ? reset - charge : -threshold) : 0;
      fromMembrane = byCharge * byMembrane;
      dDecay += byCharge * byDecay;
      dx[repeat ? i : t * perStep + i]! += byCharge * byInput;
    }
  }
  return { dx, dDecay };
}
