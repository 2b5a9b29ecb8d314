/** The oracle itself: its derivatives against finite differences, with the surrogate's primitive for the spike. */
import '../support/quiet-cpu.ts';
import { type NeuronBackwardAttributes, surrogateNames } from '@spikefit/contracts';
import { describe, expect, test } from 'vitest';
import { neuronKinds, surrogateParameters } from '../support/neuron-cases.ts';
import { backward, constant, multiply, sum } from './autograd.ts';
import { runNeuron } from './neuron.ts';

const currents = [0.43, 0.91, -0.17, 0.66, 1.13, 0.58];
const weights = [0.7, -0.4, 1.1, 0.35, -0.9, 0.8];

/** Σ w_t·s_t of a neuron whose spikes are the primitive, with its gradients by the currents and the decay. */
function smoothLoss(
  inputs: number[],
  decay: number,
  attributes: NeuronBackwardAttributes,
  frozenResets?: readonly number[],
) {
  const xs = inputs.map(constant);
  const leak = constant(decay);
  const { spikes } = runNeuron(
    xs,
    { decay: leak, threshold: 0.8, reset: -0.15 },
    attributes,
    'smooth',
    frozenResets,
  );
  const loss = sum(spikes.map((s, t) => multiply(s, constant(weights[t]!))));
  backward(loss);
  return {
    loss: loss.value,
    byInput: xs.map(({ gradient }) => gradient),
    byDecay: leak.gradient,
    spikes: spikes.map(({ value }) => value),
  };
}

describe.each(surrogateNames)('with the primitive of %s', (surrogate) => {
  test.each(neuronKinds)(
    '$neuron, decayInput $decayInput, $resetMode, delay $resetDelay, $comparison, detached $detachReset',
    (kind) => {
      const attributes: NeuronBackwardAttributes = {
        ...kind,
        timeSteps: currents.length,
        repeat: false,
        surrogate,
        surrogateParameter: surrogateParameters[surrogate],
      };
      const base = smoothLoss(currents, 0.45, attributes);
      // A detached reset is no function of the input: while differencing, it stays at the spikes of the base run.
      const frozen = kind.detachReset ? base.spikes : undefined;
      const step = 1e-6;
      const difference = (up: number[], down: number[], decayUp = 0.45, decayDown = 0.45) =>
        (smoothLoss(up, decayUp, attributes, frozen).loss -
          smoothLoss(down, decayDown, attributes, frozen).loss) /
        (2 * step);
      currents.forEach((_, t) => {
        const moved = (by: number) => currents.map((x, i) => (i === t ? x + by : x));
        expect(difference(moved(step), moved(-step))).toBeCloseTo(base.byInput[t]!, 6);
      });
      expect(difference(currents, currents, 0.45 + step, 0.45 - step)).toBeCloseTo(base.byDecay, 6);
      // The test would say nothing if no gradient ran through time.
      expect(
        base.byInput.every((gradient) => gradient !== 0) ||
          surrogate === 'rectangle' ||
          surrogate === 'triangle',
      ).toBe(true);
    },
  );
});
