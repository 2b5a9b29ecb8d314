import type { NeuronBackwardAttributes } from '@spikefit/contracts';
import { surrogates } from '../../src/surrogates/surrogates.ts';
import { add, apply, constant, detach, multiply, subtract, type Value } from './autograd.ts';

export interface NeuronConstants {
  readonly decay: Value;
  readonly threshold: number;
  readonly reset: number;
}

/**
 * How a spike is made of h. `hard` is the real thing: a step, with the surrogate for its derivative. `smooth` takes
 * the surrogate's primitive for the spike as well, so that all derivatives are true ones and finite differences
 * may judge them.
 */
export type SpikeKind = 'hard' | 'smooth';

export interface NeuronTrace {
  readonly spikes: Value[];
  readonly membranes: Value[];
}

/**
 * One neuron over time, written from the equations: charge, fire, reset.
 * @param frozenResets spike values that the resets use instead of those of this run (a detached reset, held fixed)
 */
export function runNeuron(
  inputs: readonly Value[],
  { decay, threshold, reset }: NeuronConstants,
  attributes: NeuronBackwardAttributes,
  kind: SpikeKind = 'hard',
  frozenResets?: readonly number[],
): NeuronTrace {
  const surrogate = surrogates[attributes.surrogate];
  const rest = constant(reset);
  const fire = (h: Value): Value => {
    const x = h.value - threshold;
    const slope = surrogate.derivative(x, attributes.surrogateParameter);
    const step = (attributes.comparison === 'ge' ? x >= 0 : x > 0) ? 1 : 0;
    return apply(h, kind === 'smooth' ? surrogate.primitive(x, attributes.surrogateParameter) : step, slope);
  };
  const resetBy = (s: Value, v: Value): Value =>
    attributes.resetMode === 'hard'
      ? add(multiply(s, rest), multiply(subtract(constant(1), s), v))
      : subtract(v, multiply(s, constant(threshold)));

  const spikes: Value[] = [];
  const membranes: Value[] = [];
  const resetSpike = (t: number): Value => {
    if (frozenResets !== undefined) return constant(frozenResets[t]!);
    return attributes.detachReset ? detach(spikes[t]!) : spikes[t]!;
  };
  let v: Value = rest;
  inputs.forEach((x, t) => {
    const above = subtract(v, rest);
    let h: Value;
    if (attributes.neuron === 'if') h = add(v, x);
    else if (attributes.decayInput) h = add(v, multiply(subtract(x, above), decay));
    else h = add(subtract(v, multiply(above, decay)), x);
    if (attributes.resetDelay && t > 0) h = resetBy(resetSpike(t - 1), h);
    const s = fire(h);
    spikes.push(s);
    membranes.push(h);
    v = attributes.resetDelay ? h : resetBy(resetSpike(t), h);
  });
  return { spikes, membranes };
}
