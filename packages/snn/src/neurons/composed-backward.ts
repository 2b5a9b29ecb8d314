import type { NeuronBackwardAttributes } from '@spikefit/contracts';
import * as tf from '@tensorflow/tfjs-core';
import { surrogates } from '../surrogates/surrogates.ts';
import { applyReset, charge, expandParameters, fires, type NeuronParameters } from './composed-forward.ts';

/**
 * A delayed hard reset overwrites the charge it cuts off, so its own gradient (∂h/∂s = vReset − charge) needs the
 * input beside the membrane. Every other rule can be taken back from the membrane alone.
 */
export const needsInput = ({ resetMode, resetDelay, detachReset }: NeuronBackwardAttributes): boolean =>
  resetMode === 'hard' && resetDelay && !detachReset;

/**
 * Back-propagation through time with the surrogate in place of ds/dh; what the kernel `neuronBackward` does in one
 * pass. dy and h are [T·B, …, C]; x only where needsInput. Gives dx (shape of x: summed over time with `repeat`)
 * and dDecay [1] (0 for IF). Threshold and reset potential get no gradient: they are not trained.
 */
export function composedNeuronBackward(
  { dy, h, x }: { dy: tf.Tensor; h: tf.Tensor; x?: tf.Tensor | undefined },
  parameters: NeuronParameters,
  attributes: NeuronBackwardAttributes,
): [dx: tf.Tensor, dDecay: tf.Tensor] {
  return tf.tidy(() => {
    const { timeSteps, repeat, neuron, decayInput, comparison, resetMode, resetDelay, detachReset } =
      attributes;
    const surrogate = surrogates[attributes.surrogate];
    const dys = tf.split(dy, timeSteps);
    const hs = tf.split(h, timeSteps);
    const xs = x === undefined ? [] : repeat ? [x] : tf.split(x, timeSteps);
    const full = expandParameters(parameters, hs[0]!.shape);
    const { decay, threshold, reset } = full;
    const hard = resetMode === 'hard';
    const spikesAt = (t: number) => fires(hs[t]!, threshold, comparison);

    const dxs: tf.Tensor[] = [];
    let dDecay: tf.Tensor = tf.scalar(0);
    // Gradients that step t + 1 sends back to the potential v and, through a delayed reset, to the spikes of step t.
    let dv: tf.Tensor = tf.zerosLike(hs[0]!);
    let dsDelayed: tf.Tensor | null = null;
    for (let t = timeSteps - 1; t >= 0; t -= 1) {
      const ht = hs[t]!;
      const s = spikesAt(t);
      let ds = dys[t]!;
      let dh = dv;
      if (!resetDelay) {
        if (!detachReset) ds = tf.add(ds, tf.mul(dv, hard ? tf.sub(reset, ht) : tf.neg(threshold)));
        if (hard) dh = tf.mul(dv, tf.sub(1, s));
      } else if (dsDelayed !== null) {
        ds = tf.add(ds, dsDelayed);
      }
      dh = tf.add(
        dh,
        tf.mul(ds, surrogate.derivativeTensor(tf.sub(ht, threshold), attributes.surrogateParameter)),
      );

      // v is the potential that the charge of this step started from, dCharge the gradient of the charge.
      let v: tf.Tensor = reset;
      let dCharge = dh;
      let charged = ht;
      dsDelayed = null;
      if (t > 0) {
        const before = hs[t - 1]!;
        const sBefore = spikesAt(t - 1);
        v = resetDelay ? before : applyReset(before, sBefore, full, resetMode);
        if (resetDelay && hard) {
          dCharge = tf.mul(dh, tf.sub(1, sBefore));
          if (!detachReset)
            dsDelayed = tf.mul(dh, tf.sub(reset, charge(v, xs[repeat ? 0 : t]!, full, attributes)));
        } else if (resetDelay) {
          charged = tf.add(ht, tf.mul(sBefore, threshold));
          if (!detachReset) dsDelayed = tf.neg(tf.mul(dh, threshold));
        }
      }

      if (neuron === 'if') {
        dv = dCharge;
        dxs.unshift(dCharge);
        continue;
      }
      dv = tf.mul(dCharge, tf.sub(1, decay));
      if (decayInput) {
        dxs.unshift(tf.mul(dCharge, decay));
        // x − (v − vReset) = (charge − v)/decay
        dDecay = tf.add(dDecay, tf.sum(tf.mul(dCharge, tf.div(tf.sub(charged, v), decay))));
      } else {
        dxs.unshift(dCharge);
        dDecay = tf.sub(dDecay, tf.sum(tf.mul(dCharge, tf.sub(v, reset))));
      }
    }
    return [repeat ? tf.addN(dxs) : tf.concat(dxs), tf.reshape(dDecay, [1])];
  });
}
