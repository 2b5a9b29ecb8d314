import type { Network } from '@spikefit/contracts';
import { crossEntropySum, type ForwardOptions, forward, valueAndGradients } from '@spikefit/snn';
import { networkBlocks } from '@spikefit/specification';
import * as tf from '@tensorflow/tfjs-core';

/** Images [B, H, W, C] in 0..1 and labels [B] int32. `scoreUnits` disposes them. */
export interface ScoreBatch {
  readonly input: tf.Tensor4D;
  readonly labels: tf.Tensor1D;
  /** For rate encoding. */
  readonly stream?: ForwardOptions['stream'];
}

export interface ScoreUnitsInput {
  readonly network: Network;
  readonly parameters: Readonly<Record<string, tf.Tensor>>;
  readonly batches: Iterable<ScoreBatch> | AsyncIterable<ScoreBatch>;
  readonly weights?: ForwardOptions['weights'];
}

/**
 * Fisher Spike Contribution of every unit of every prunable layer, in the units' present order, by weight layer id:
 * ½ · mean over samples of (Σ over time and space of s·∂L/∂s)², with the surrogate gradient and batch norm in
 * inference mode (else samples couple). The inner sum is the gradient of a gate per sample and channel; the loss is
 * summed, so samples do not weigh each other. A silent unit scores 0. It is an empirical Fisher: the labels are true.
 */
export async function scoreUnits({
  network,
  parameters,
  batches,
  weights,
}: ScoreUnitsInput): Promise<Record<string, Float64Array>> {
  const scored = networkBlocks(network).flatMap(({ weight, neuron, isOutput }) =>
    isOutput || neuron === null ? [] : [{ id: weight.id, neuron: neuron.id, units: neuron.outputShape[2] }],
  );
  const sums = Object.fromEntries(scored.map(({ id, units }) => [id, new Float64Array(units)]));
  let samples = 0;
  for await (const { input, labels, stream } of batches) {
    const batchSize = input.shape[0];
    const perGate = tf.tidy(() => {
      const gates = Object.fromEntries(
        scored.map(({ neuron, units }) => [neuron, tf.ones([batchSize, units])]),
      );
      const { gradients } = valueAndGradients(gates, () => ({
        loss: crossEntropySum(
          forward(network, parameters, input, {
            training: false,
            gates: gates as Record<string, tf.Tensor2D>,
            weights,
            stream,
          }).logits,
          labels,
          network.classes,
        ),
      }));
      return gradients;
    });
    for (const { id, neuron, units } of scored) {
      const gradient = await perGate[neuron]?.data();
      const sum = sums[id]!;
      for (let i = 0; gradient !== undefined && i < gradient.length; i++)
        sum[i % units]! += gradient[i]! ** 2;
    }
    tf.dispose(perGate);
    samples += batchSize;
    input.dispose();
    labels.dispose();
  }
  for (const sum of Object.values(sums)) {
    for (let unit = 0; unit < sum.length; unit++) sum[unit]! /= 2 * Math.max(1, samples);
  }
  return sums;
}
