import type { Dataset, JobRequest, ResolvedSpec } from '@spikefit/contracts';
import { datasetCatalogue } from '../catalogues/datasets.ts';
import { defaults } from '../defaults.ts';
import type { Problems } from './problems.ts';

/** Samples that the validation split takes off the training samples: at least one. */
export const validationCount = (trainSamples: number, fraction: number): number =>
  Math.max(1, Math.round(trainSamples * fraction));

/** Checks the numbers of samples and cuts the validation split off the training samples. */
export function resolveDataset(
  request: JobRequest,
  dataset: Dataset | undefined,
  problems: Problems,
): ResolvedSpec['dataset'] | undefined {
  if (dataset === undefined) {
    const known = Object.keys(datasetCatalogue).join(', ');
    problems.add(
      'spec.dataset-unknown',
      '/dataset/id',
      `"${request.dataset.id}" is no data set; there are: ${known}`,
    );
    return undefined;
  }
  const trainSamples = request.dataset.trainSamples ?? dataset.trainSamples;
  const testSamples = request.dataset.testSamples ?? dataset.testSamples;
  const tooMany = (field: string, asked: number, available: number) => {
    const detail = `${field} is ${asked}, and ${dataset.id} has ${available}`;
    problems.add('spec.dataset-too-small', `/dataset/${field}`, detail);
  };
  if (trainSamples > dataset.trainSamples) tooMany('trainSamples', trainSamples, dataset.trainSamples);
  if (testSamples > dataset.testSamples) tooMany('testSamples', testSamples, dataset.testSamples);

  const fraction = request.training?.validationFraction ?? defaults.training.validationFraction;
  const validationSamples = validationCount(trainSamples, fraction);
  const classes = dataset.classes.length;
  const left = trainSamples - validationSamples;
  if (left < classes) {
    problems.add(
      'spec.training-invalid',
      '/dataset/trainSamples',
      `of ${trainSamples} training samples the validation split takes ${validationSamples}; the ${left} that are left do not hold one of each of the ${classes} classes`,
    );
  }
  return { id: dataset.id, trainSamples, validationSamples, testSamples, classes };
}
