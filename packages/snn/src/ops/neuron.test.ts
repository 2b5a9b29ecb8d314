import { fusedKernels, type NeuronBackwardAttributes } from '@spikefit/contracts';
import { randomStream } from '@spikefit/specification';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { backward, constant, multiply, sum } from '../../test/reference/autograd.ts';
import { runNeuron } from '../../test/reference/neuron.ts';
import { describeOnBackends } from '../../test/support/backends.ts';
import { neuronCases } from '../../test/support/neuron-cases.ts';
import { hasKernel } from './fused-kernel.ts';
import { neuronSpikes } from './neuron.ts';

const timeSteps = 5;
const batch = 2;
/** Odd sizes, so that vector kernels meet their remainders: 2 × 3 × 7 channels. */
const [height, width, channels] = [2, 3, 7];
const perStep = batch * height * width * channels;
const decay = 0.4;

interface Operands {
  readonly x: Float32Array;
  readonly dy: Float32Array;
  readonly threshold: Float32Array;
  readonly reset: Float32Array;
}

function operands({ repeat, decayInput }: NeuronBackwardAttributes, perChannel: boolean): Operands {
  const stream = randomStream(11, 'shuffle', repeat ? 1 : 0);
  const draw = (n: number, low: number, high: number) =>
    Float32Array.from({ length: n }, () => low + stream.uniform() * (high - low));
  return {
    // A decayed input is 1/decay as large for as many spikes.
    x: draw(repeat ? perStep : timeSteps * perStep, -0.4, decayInput ? 3 : 1.3),
    dy: draw(timeSteps * perStep, -1, 1),
    threshold: perChannel ? draw(channels, 0.6, 1.1) : Float32Array.of(0.9),
    reset: perChannel ? draw(channels, -0.2, 0.2) : Float32Array.of(0.05),
  };
}

/** Spikes, and the gradients of Σ dy·s by x and decay, neuron by neuron. */
function reference({ x, dy, threshold, reset }: Operands, attributes: NeuronBackwardAttributes) {
  const spikes = new Float64Array(timeSteps * perStep);
  const dx = new Float64Array(x.length);
  let dDecay = 0;
  // How near any potential came to its threshold: below float precision the spikes would be a toss.
  let margin = Number.POSITIVE_INFINITY;
  for (let i = 0; i < perStep; i += 1) {
    const at = (t: number) => (attributes.repeat ? i : t * perStep + i);
    const shared = constant(x[i]!);
    const inputs = Array.from({ length: timeSteps }, (_, t) =>
      attributes.repeat ? shared : constant(x[at(t)]!),
    );
    const theta = threshold[i % threshold.length]!;
    const leak = constant(Math.fround(decay));
    const trace = runNeuron(
      inputs,
      { decay: leak, threshold: theta, reset: reset[i % reset.length]! },
      attributes,
    );
    const loss = sum(trace.spikes.map((s, t) => multiply(s, constant(dy[t * perStep + i]!))));
    backward(loss);
    for (let t = 0; t < timeSteps; t += 1) {
      spikes[t * perStep + i] = trace.spikes[t]!.value;
      dx[at(t)] = inputs[t]!.gradient;
      margin = Math.min(margin, Math.abs(trace.membranes[t]!.value - theta));
    }
    dDecay += leak.gradient;
  }
  return { spikes, dx, dDecay, margin };
}

function run({ x, dy, threshold, reset }: Operands, attributes: NeuronBackwardAttributes) {
  return tf.tidy(() => {
    const steps = attributes.repeat ? 1 : timeSteps;
    const input = tf.tensor4d(x, [steps * batch, height, width, channels]);
    const upstream = tf.tensor4d(dy, [timeSteps * batch, height, width, channels]);
    const constants = { threshold: tf.tensor1d(threshold), reset: tf.tensor1d(reset) };
    const spikesOf = (current: tf.Tensor, leak: tf.Tensor) =>
      neuronSpikes(current, { ...constants, decay: leak as tf.Tensor1D }, attributes);
    const { value, grads } = tf.valueAndGrads(spikesOf)([input, tf.tensor1d([decay])], upstream);
    return {
      shape: value.shape,
      spikes: value.dataSync().slice(),
      dx: grads[0]!.dataSync().slice(),
      dxShape: grads[0]!.shape,
      dDecay: grads[1]!.dataSync().slice(),
    };
  });
}

describeOnBackends('neuronSpikes', (backend) => {
  test('the native backend brings its fused kernels, plain tfjs has none', () => {
    expect(hasKernel(fusedKernels.neuronForward)).toBe(backend === 'native');
    expect(hasKernel(fusedKernels.neuronBackward)).toBe(backend === 'native');
  });

  describe.each([
    ['shared', false],
    ['per channel', true],
  ] as const)('threshold and reset %s', (_, perChannel) => {
    test.each(neuronCases(timeSteps))('$name', ({ attributes }) => {
      const given = operands(attributes, perChannel);
      const expected = reference(given, attributes);
      expect(expected.margin).toBeGreaterThan(2e-6);
      const got = run(given, attributes);
      expect(got.shape).toEqual([timeSteps * batch, height, width, channels]);
      expect(got.dxShape).toEqual([(attributes.repeat ? 1 : timeSteps) * batch, height, width, channels]);
      expect(got.spikes).toBeBitIdenticalTo(expected.spikes);
      expect(got.dx).toBeCloseToArray(expected.dx, { absolute: 2e-5, relative: 2e-5 });
      expect(got.dDecay).toBeCloseToArray([expected.dDecay], { absolute: 2e-4, relative: 2e-5 });
      // Neither silent nor always on: the case exercises both branches.
      const rate = expected.spikes.reduce((total, s) => total + s, 0) / expected.spikes.length;
      expect(rate).toBeGreaterThan(0.1);
      expect(rate).toBeLessThan(0.9);
    });
  });

  test('a potential exactly at the threshold fires for ge and not for gt', () => {
    const fired = (comparison: 'ge' | 'gt') =>
      tf.tidy(() => {
        const constants = { decay: tf.tensor1d([0.5]), threshold: tf.tensor1d([1]), reset: tf.tensor1d([0]) };
        return Array.from(
          neuronSpikes(tf.tensor2d([[0.5]]), constants, {
            timeSteps: 4,
            repeat: true,
            neuron: 'if',
            decayInput: false,
            resetMode: 'hard',
            comparison,
            resetDelay: false,
            surrogate: 'atan',
            surrogateParameter: 2,
            detachReset: true,
          }).dataSync(),
        );
      });
    expect(fired('ge')).toEqual([0, 1, 0, 1]);
    expect(fired('gt')).toEqual([0, 0, 1, 0]);
  });

  test('literal potentials of a leaky neuron, soft reset one step late (snnTorch, β = 0.5)', () => {
    // mem = β·mem + x − reset·θ: 0.8; 0.4+0.8 = 1.2 fires; 0.6+0.8−1 = 0.4; 0.2+0.8 = 1.0 not above; 0.5+0.8 = 1.3 fires
    const spikes = tf.tidy(() =>
      Array.from(
        neuronSpikes(
          tf.tensor2d([[0.8], [0.8], [0.8], [0.75], [0.8]]),
          { decay: tf.tensor1d([0.5]), threshold: tf.tensor1d([1]), reset: tf.tensor1d([0]) },
          {
            timeSteps: 5,
            repeat: false,
            neuron: 'lif',
            decayInput: false,
            resetMode: 'soft',
            comparison: 'gt',
            resetDelay: true,
            surrogate: 'atan',
            surrogateParameter: 2,
            detachReset: true,
          },
        ).dataSync(),
      ),
    );
    expect(spikes).toEqual([0, 1, 0, 0, 1]);
  });
});
