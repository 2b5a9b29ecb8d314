import type { Dataset } from '@spikefit/contracts';

const digits = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];

export const datasetCatalogue: Readonly<Record<string, Dataset>> = {
  'fashion-mnist': {
    id: 'fashion-mnist',
    name: 'Fashion-MNIST',
    description:
      '70 000 grey-scale pictures of 28×28 pixels of pieces of clothing, in ten classes of equal size.',
    kind: 'images',
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
    augmentations: ['flip', 'crop', 'flip-crop', 'none'],
    license: 'MIT',
    source: 'https://github.com/zalandoresearch/fashion-mnist',
  },
  mnist: {
    id: 'mnist',
    name: 'MNIST',
    description: '70 000 grey-scale pictures of 28×28 pixels of handwritten digits.',
    kind: 'images',
    shape: [28, 28, 1],
    classes: digits,
    trainSamples: 60_000,
    testSamples: 10_000,
    // A mirrored digit is another sign: allowed, but not what anyone gets unasked.
    augmentations: ['none', 'crop', 'flip', 'flip-crop'],
    license: 'CC BY-SA 3.0',
    source: 'http://yann.lecun.com/exdb/mnist/',
  },
  'cifar-10': {
    id: 'cifar-10',
    name: 'CIFAR-10',
    description:
      '60 000 colour pictures of 32×32 pixels of things and animals, in ten classes of equal size.',
    kind: 'images',
    shape: [32, 32, 3],
    classes: ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'],
    trainSamples: 50_000,
    testSamples: 10_000,
    augmentations: ['flip', 'flip-crop', 'crop', 'none'],
    license: 'none stated by its authors',
    source: 'https://www.cs.toronto.edu/~kriz/cifar.html',
  },
  'n-mnist': {
    id: 'n-mnist',
    name: 'N-MNIST',
    description:
      'MNIST as a moving event camera saw it: 70 000 recordings of about 300 ms and 4000 events of two polarities, 34×34 pixels. A worker may have a part of it; a job that asks for more samples than there are fails with their number.',
    kind: 'events',
    shape: [34, 34, 2],
    classes: digits,
    trainSamples: 60_000,
    testSamples: 10_000,
    augmentations: ['none', 'jitter'],
    license: 'CC BY-SA 4.0',
    source: 'https://www.garrickorchard.com/datasets/n-mnist',
  },
};

/** A data set of the catalogue, or undefined. */
export const findDataset = (id: string): Dataset | undefined =>
  Object.hasOwn(datasetCatalogue, id) ? datasetCatalogue[id] : undefined;

/** The data sets as the API shows them. */
export const listDatasets = (): Dataset[] => Object.values(datasetCatalogue);
