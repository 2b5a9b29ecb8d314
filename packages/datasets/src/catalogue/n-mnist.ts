import type { DatasetRecordings } from '../dataset-files.ts';

/** 70 000 small files that nobody publishes checksums of: they are read where they lie, and checked by their format. */
export const nMnistRecordings: DatasetRecordings = {
  format: 'events',
  folders: ['n-mnist', 'nmnist', 'N-MNIST', 'NMNIST'],
  instructions:
    'Fetch Train.zip and Test.zip from https://www.garrickorchard.com/datasets/n-mnist, unpack both into one folder n-mnist (Train/0/00002.bin …), and let SPIKEFIT_DATA_DIRECTORY name the folder that holds it. A part of the data set will do: a list train*.txt of lines "number class" beside the files number.bs2 or number.bin, and test*.txt if there are test samples',
};
