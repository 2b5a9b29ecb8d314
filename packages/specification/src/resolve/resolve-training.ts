import type { JobRequest, ResolvedSpec } from '@spikefit/contracts';
import type { DatasetDescription } from '../catalogues/datasets.ts';
import { defaults } from '../defaults.ts';

/**
 * `momentum` has no effect with `adam`, `catEpochs` none without quantisation; both are kept as they are, so that
 * jobs that differ in one choice have specs that differ in one place.
 */
export function resolveTraining(
  request: NonNullable<JobRequest['training']>,
  dataset: DatasetDescription | undefined,
): ResolvedSpec['training'] {
  const { training } = defaults;
  return {
    pretrainEpochs: request.pretrainEpochs ?? training.pretrainEpochs,
    catEpochs: request.catEpochs ?? training.catEpochs,
    finetuneEpochs: request.finetuneEpochs ?? training.finetuneEpochs,
    batchSize: request.batchSize ?? training.batchSize,
    learningRate: request.learningRate ?? training.learningRate,
    compressionLearningRateScale: training.compressionLearningRateScale,
    optimizer: request.optimizer ?? training.optimizer,
    momentum: request.momentum ?? training.momentum,
    weightDecay: request.weightDecay ?? training.weightDecay,
    batchNormMomentum: training.batchNormMomentum,
    schedule: request.schedule ?? training.schedule,
    validationFraction: request.validationFraction ?? training.validationFraction,
    augmentation: request.augmentation ?? dataset?.defaultAugmentation ?? 'none',
    precision: request.precision ?? training.precision,
  };
}
