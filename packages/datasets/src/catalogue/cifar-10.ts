import type { DataFile, DatasetFiles } from '../dataset-files.ts';

const batch = (name: string, sha256: string): DataFile => ({
  name: `${name}.bin.gz`,
  sha256,
  bytes: 30_730_000,
});

/**
 * The files of the authors' archive cifar-10-binary.tar.gz (SHA-256 c4a38c50…), which ruby's torchvision pins with these
 * checksums. In the cache each is compressed by itself; the last one is the test split.
 */
export const cifar10Files: DatasetFiles = {
  format: 'cifar',
  folders: ['cifar-10', 'cifar-10-batches-bin', 'cifar-10/cifar-10-batches-bin'],
  instructions:
    'Fetch https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz, unpack it (tar xzf), and let SPIKEFIT_DATA_DIRECTORY name the folder that then holds cifar-10-batches-bin',
  files: [
    batch('data_batch_1', 'cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5'),
    batch('data_batch_2', 'a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed'),
    batch('data_batch_3', 'bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67'),
    batch('data_batch_4', '014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48'),
    batch('data_batch_5', '755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add'),
    batch('test_batch', '8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b'),
  ],
  systemDirectories: [],
  debianPackage: null,
  urls: [],
};
