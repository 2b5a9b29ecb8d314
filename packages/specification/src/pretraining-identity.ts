import type { ComputePin, ResolvedSpec } from '@spikefit/contracts';

/**
 * All that the state of a job at the end of `pretrain` depends on. Jobs for which this is equal have the same bits then,
 * whatever they do with them. What comes later is taken out by name, so a setting that is added counts until somebody
 * has thought about it.
 */
export function pretrainingIdentity(spec: ResolvedSpec, pin: ComputePin): unknown {
  const { network, dataset, training, seed } = spec;
  const { testSamples: _test, ...trainingData } = dataset;
  const {
    catEpochs: _cat,
    finetuneEpochs: _finetune,
    compressionLearningRateScale: _scale,
    ...pretraining
  } = training;
  return { network, dataset: trainingData, training: pretraining, seed, pin };
}
