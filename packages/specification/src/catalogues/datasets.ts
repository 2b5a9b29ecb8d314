import type { Dataset } from '@spikefit/contracts';

/** A data set of the catalogue, with what training needs to know beyond what the API shows. */
export interface DatasetDescription extends Dataset {
  /** Mirror images are still of their class. */
  readonly defaultAugmentation: 'flip' | 'none';
}

export const datasetCatalogue: Readonly<Record<string, DatasetDescription>> = {
  'fashion-mnist': {
    id: 'fashion-mnist',
    name: 'Fashion-MNIST',
    description:
      '70 000 grey-scale pictures of 28×28 pixels of pieces of clothing, in ten classes of equal size.',
    shape: [28, 28, 1],
    classes: [
      'T-shirt/top',
      'Trouser',
      'Pullover',
      'Dress',
      'Coat',
      'Sandal',
      'Shirt',
      'Sneaker',
      'Bag',
      'Ankle boot',
    ],
    trainSamples: 60_000,
    testSamples: 10_000,
    license: 'MIT',
    source: 'https://github.com/zalandoresearch/fashion-mnist',
    defaultAugmentation: 'flip',
  },
};

/** The description of a data set, or undefined. */
export const findDataset = (id: string): DatasetDescription | undefined =>
  Object.hasOwn(datasetCatalogue, id) ? datasetCatalogue[id] : undefined;

/** The data sets as the API shows them. */
export const listDatasets = (): Dataset[] =>
  Object.values(datasetCatalogue).map(({ defaultAugmentation: _, ...dataset }) => dataset);
