import type { JobPreview, ResolvedSpec } from '@spikefit/contracts';
import {
  countNetwork,
  countWeights,
  findQuantizationTechnique,
  networkBlocks,
} from '@spikefit/specification';

/** A training step costs about three forward passes: one forward, two for the gradients. */
const forwardsPerStep = 3;

/**
 * Seconds of the parts of a job, for the backend `native` on two cores with AVX2. Products and neurons are fitted to
 * training steps of four networks (`npm run bench -- step`: small 83 ms, mid 124, csnn 495, vgg 757) on two threads of an AMD
 * EPYC, a shared machine, November 2026; the rest to whole jobs (see the test), measured before.
 */
const cost = {
  /** The trainer starts, loads its libraries and kernels, reads the data set. */
  start: 2.4,
  /** Reading, flipping and moving an image. */
  image: 0.05e-3,
  multiplyAccumulate: 1 / 175e9,
  /** Batch norm, neuron and pool of one neuron at one time step, forward and backward. */
  neuronStep: 1.9e-9,
  /** Calls of kernels and the optimiser, whatever the batch. */
  step: 3e-3,
  /** End of an epoch: validation's first pass, a checkpoint. */
  epoch: 0.1,
  /** k-means of one weight, for the first codebooks; of very many weights a histogram of so many bins. */
  clusteredWeight: 8e-6,
  clusteredWeights: 65_536,
};

/** Work on one image, in training steps' work on one: scoring squares a gradient per sample and counts anew. */
const scoredImage = 2;
/** A pass that counts every spike; the validation's counts only what is right. */
const testedImage = 1;
const validatedImage = 1 / forwardsPerStep;

/** What the training of a job costs, as a rough guess. */
export function estimateWork(
  spec: ResolvedSpec,
): Pick<JobPreview['estimate'], 'trainingSteps' | 'multiplyAccumulatesPerImage' | 'seconds'> {
  const { dataset, training, quantization, pruning } = spec;
  const { multiplyAccumulatesPerImage } = countNetwork(spec.network);
  const clusters = findQuantizationTechnique(quantization.technique)?.trains ?? false;
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
  const { neurons } = countNetwork(spec.network);
  const image =
    cost.image +
    forwardsPerStep * multiplyAccumulatesPerImage * cost.multiplyAccumulate +
    neurons * spec.network.timeSteps * cost.neuronStep;
  const images =
    trainingSteps * Math.min(training.batchSize, dataset.trainSamples - dataset.validationSamples) +
    rounds * pruning.samples * scoredImage +
    (epochs + rounds) * dataset.validationSamples * validatedImage +
    2 * dataset.testSamples * testedImage;
  const clustered =
    quantization.technique !== 'none'
      ? networkBlocks(spec.network).reduce(
          (sum, { weight }) => sum + Math.min(countWeights(weight), cost.clusteredWeights),
          0,
        )
      : 0;
  const seconds =
    cost.start +
    images * image +
    trainingSteps * cost.step +
    (epochs + rounds) * cost.epoch +
    clustered * cost.clusteredWeight;
  return { trainingSteps, multiplyAccumulatesPerImage, seconds: Math.ceil(seconds) };
}
