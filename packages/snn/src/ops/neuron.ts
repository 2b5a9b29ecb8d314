import { fusedKernels, type NeuronAttributes, type NeuronBackwardAttributes } from '@spikefit/contracts';
import * as tf from '@tensorflow/tfjs-core';
import { composedNeuronBackward, needsInput } from '../neurons/composed-backward.ts';
import { composedNeuronForward, type NeuronParameters } from '../neurons/composed-forward.ts';
import { hasKernel, runKernel } from './fused-kernel.ts';

const forwardAttributes = (attributes: NeuronBackwardAttributes): NeuronAttributes => ({
  timeSteps: attributes.timeSteps,
  repeat: attributes.repeat,
  neuron: attributes.neuron,
  decayInput: attributes.decayInput,
  resetMode: attributes.resetMode,
  comparison: attributes.comparison,
  resetDelay: attributes.resetDelay,
});

/**
 * Spikes [T·B, …, C] of a neuron layer, 0 or 1, for the input currents x: [T·B, …, C] with time first, or [B, …, C]
 * with `repeat` (the same current at every step). Charge, fire and reset as in docs/method.md.
 *
 * Differentiable to x and to the decay [1], by back-propagation through time with the surrogate. Runs the fused
 * kernels where the backend has them.
 */
export function neuronSpikes(
  x: tf.Tensor,
  parameters: NeuronParameters,
  attributes: NeuronBackwardAttributes,
): tf.Tensor {
  const { threshold, reset } = parameters;
  const op = tf.customGrad((...args: unknown[]) => {
    const [input, decay, save] = args as [tf.Tensor, tf.Tensor1D, tf.GradSaveFunc];
    const forward = forwardAttributes(attributes);
    const [spikes, membrane] = hasKernel(fusedKernels.neuronForward)
      ? runKernel(fusedKernels.neuronForward, { x: input, decay, threshold, reset }, forward)
      : composedNeuronForward(input, { decay, threshold, reset }, forward);
    const keepInput = needsInput(attributes);
    save(keepInput ? [membrane!, decay, threshold, reset, input] : [membrane!, decay, threshold, reset]);
    return {
      value: spikes!,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [h, savedDecay, savedThreshold, savedReset, savedInput] = saved as [
          tf.Tensor,
          tf.Tensor1D,
          tf.Tensor1D,
          tf.Tensor1D,
          tf.Tensor | undefined,
        ];
        const savedParameters = { decay: savedDecay, threshold: savedThreshold, reset: savedReset };
        if (hasKernel(fusedKernels.neuronBackward)) {
          const inputs = { dy, h, ...savedParameters };
          const withInput = savedInput === undefined ? inputs : { ...inputs, x: savedInput };
          return runKernel(fusedKernels.neuronBackward, withInput, attributes);
        }
        return composedNeuronBackward({ dy, h, x: savedInput }, savedParameters, attributes);
      },
    };
  });
  return op(x, parameters.decay);
}
