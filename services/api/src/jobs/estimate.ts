import type { JobPreview, ResolvedSpec } from '@spikefit/contracts';
import { countNetwork } from '@spikefit/specification';

/** A training step costs about three forward passes: one forward, two for the gradients. */
const forwardsPerStep = 3;

/**
 * Multiply-accumulates per second, all in. From one measurement, in November 2026, with the backend `native` on two
 * cores with AVX2 (AMD EPYC, shared machine): a training step of 32C3-BN-LIF-MP2-64C3-BN-LIF-MP2-FC10 with T = 4 takes
 * about 147 ms for 128 images, so 3 · 128 forward passes of 13 447 808 multiply-accumulates. Other networks and other
 * machines may well differ by a factor of three.
 */
const multiplyAccumulatesPerSecond = (forwardsPerStep * 128 * 13_447_808) / 0.147;

/** What the training of a job costs, as a rough guess. */
export function estimateWork(
  spec: ResolvedSpec,
): Pick<JobPreview['estimate'], 'trainingSteps' | 'multiplyAccumulatesPerImage' | 'seconds'> {
  const { dataset, training, quantization, pruning } = spec;
  const { multiplyAccumulatesPerImage } = countNetwork(spec.network);
  const clusters = quantization.technique !== 'none';
  const prunes = pruning.technique !== 'none';
  const epochs =
    training.pretrainEpochs +
    (clusters ? training.catEpochs : 0) +
    (clusters || prunes ? training.finetuneEpochs : 0);
  const rounds = prunes ? pruning.steps : 0;
  const stepsPerEpoch = Math.max(
    1,
    Math.ceil((dataset.trainSamples - dataset.validationSamples) / training.batchSize),
  );
  const trainingSteps = epochs * stepsPerEpoch + rounds * Math.round(pruning.recoveryEpochs * stepsPerEpoch);
  // A round scores its samples (a step's work) and passes them once more for the statistics of the batch norms.
  const scored = rounds * pruning.samples * (forwardsPerStep + 1);
  const evaluated = (epochs + rounds) * dataset.validationSamples + 2 * dataset.testSamples;
  const passes = trainingSteps * training.batchSize * forwardsPerStep + scored + evaluated;
  return {
    trainingSteps,
    multiplyAccumulatesPerImage,
    seconds: Math.ceil((passes * multiplyAccumulatesPerImage) / multiplyAccumulatesPerSecond),
  };
}
