import type { Augmentation, Dataset, JobRequest, ResolvedSpec } from '@spikefit/contracts';
import { defaults } from '../defaults.ts';
import type { Problems } from './problems.ts';

/**
 * `momentum` has no effect with `adam`, `catEpochs` none without quantisation; both are kept as they are, so that
 * jobs that differ in one choice have specs that differ in one place.
 */
export function resolveTraining(
  request: NonNullable<JobRequest['training']>,
  dataset: Dataset | undefined,
  problems: Problems,
): ResolvedSpec['training'] {
  const { training } = defaults;
  checkAugmentation(request.augmentation, dataset, problems);
  return {
    pretrainEpochs: request.pretrainEpochs ?? training.pretrainEpochs,
    catEpochs: request.catEpochs ?? training.catEpochs,
    finetuneEpochs: request.finetuneEpochs ?? training.finetuneEpochs,
    batchSize: request.batchSize ?? training.batchSize,
    learningRate: request.learningRate ?? training.learningRate,
    compressionLearningRateScale:
      request.compressionLearningRateScale ?? training.compressionLearningRateScale,
    optimizer: request.optimizer ?? training.optimizer,
    momentum: request.momentum ?? training.momentum,
    weightDecay: request.weightDecay ?? training.weightDecay,
    batchNormMomentum: training.batchNormMomentum,
    schedule: request.schedule ?? training.schedule,
    validationFraction: request.validationFraction ?? training.validationFraction,
    augmentation: request.augmentation ?? dataset?.augmentations[0] ?? 'none',
    precision: request.precision ?? training.precision,
  };
}

function checkAugmentation(
  asked: Augmentation | undefined,
  dataset: Dataset | undefined,
  problems: Problems,
): void {
  if (asked === undefined || dataset === undefined || dataset.augmentations.includes(asked)) return;
  problems.add(
    'spec.dataset-mismatch',
    '/training/augmentation',
    `the augmentation is ${asked}; ${dataset.id} takes ${dataset.augmentations.join(', ')}`,
  );
}
