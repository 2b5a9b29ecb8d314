/** A recorded trace of another simulator: Norse's LIF, from the repository of the NIR paper. */
import { readFileSync } from 'node:fs';
import { fusedKernels, type NeuronAttributes } from '@spikefit/contracts';
import { realData } from '@spikefit/testkit';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { composedNeuronForward } from '../src/neurons/composed-forward.ts';
import { hasKernel, runKernel } from '../src/ops/fused-kernel.ts';
import { neuronSpikes } from '../src/ops/neuron.ts';
import { describeOnBackends } from './support/backends.ts';

/** Rows of input, potential after the reset, spike; one row per 0.1 ms. */
const readTrace = (file: string): [input: number, potential: number, spike: number][] =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(',').map(Number) as [number, number, number]);

describeOnBackends('the Norse trace lif_norse.csv', () => {
  test('is reproduced: the same spikes, potentials within 2.4e-8', (context) => {
    const trace = readTrace(realData('nir/lif_norse.csv', context));
    expect(trace).toHaveLength(1000);
    // v += dt/τ·(x − v), dt 1e-4 s, τ 2.5e-3 s, fires above 0.1, reset to 0 in the same step. The file's affine
    // map has weight 1 and bias 0.
    const attributes: NeuronAttributes = {
      timeSteps: trace.length,
      repeat: false,
      neuron: 'lif',
      decayInput: true,
      resetMode: 'hard',
      comparison: 'gt',
      resetDelay: false,
    };
    tf.tidy(() => {
      const x = tf.tensor2d(trace.map(([input]) => [input]));
      const parameters = {
        decay: tf.tensor1d([1e-4 / 2.5e-3]),
        threshold: tf.tensor1d([0.1]),
        reset: tf.tensor1d([0]),
      };
      const [spikes, membrane] = hasKernel(fusedKernels.neuronForward)
        ? runKernel(fusedKernels.neuronForward, { x, ...parameters }, attributes)
        : composedNeuronForward(x, parameters, attributes);
      const s = spikes!.dataSync();
      expect(s).toBeBitIdenticalTo(trace.map(([, , spike]) => spike));
      expect(trace.filter(([, , spike]) => spike === 1)).toHaveLength(4);
      // The trace records the potential after the reset, the operation before it.
      const afterReset = Array.from(membrane!.dataSync(), (h, t) => (s[t] === 1 ? 0 : h));
      expect(afterReset).toBeCloseToArray(
        trace.map(([, potential]) => potential),
        { absolute: 2.4e-8, relative: 0 },
      );
      const viaOp = neuronSpikes(x, parameters, {
        ...attributes,
        surrogate: 'atan',
        surrogateParameter: 2,
        detachReset: true,
      });
      expect(viaOp).toBeBitIdenticalTo(s);
    });
  });
});
