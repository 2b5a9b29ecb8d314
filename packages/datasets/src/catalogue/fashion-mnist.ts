import type { DatasetFiles } from '../dataset-files.ts';

/**
 * The checksums are of the decompressed files. They were computed from Debian's package dataset-fashion-mnist 0.0~git20200523
 * and checked against the originals: with the gzip header put back (name and time stamp of 31 August 2017), each of
 * Debian's files has the MD5 that the authors publish (8d4fb7e6…, 25c81989…, bef4ecab…, bb300cfd…).
 */
export const fashionMnistFiles: DatasetFiles = {
  format: 'idx',
  folders: ['fashion-mnist', 'FashionMNIST/raw'],
  instructions: null,
  files: [
    {
      name: 'train-images-idx3-ubyte.gz',
      sha256: 'c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888',
      bytes: 47_040_016,
    },
    {
      name: 'train-labels-idx1-ubyte.gz',
      sha256: 'bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9',
      bytes: 60_008,
    },
    {
      name: 't10k-images-idx3-ubyte.gz',
      sha256: '5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b',
      bytes: 7_840_016,
    },
    {
      name: 't10k-labels-idx1-ubyte.gz',
      sha256: '0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34',
      bytes: 10_008,
    },
  ],
  systemDirectories: ['/usr/share/datasets/fashion-mnist'],
  debianPackage: 'dataset-fashion-mnist',
  urls: [
    'https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/',
    'https://storage.googleapis.com/tensorflow/tf-keras-datasets/',
  ],
};
