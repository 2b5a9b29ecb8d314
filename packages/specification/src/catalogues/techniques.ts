/** A compression technique that a request may name. */
export interface Technique {
  readonly id: string;
  readonly name: string;
  readonly description: string;
}

export const quantizationTechniques: readonly Technique[] = [
  {
    id: 'cat',
    name: 'Clusterization-Aware Training',
    description:
      'Learns a codebook of M values per group together with the network, stored in b-bit integers.',
  },
  {
    id: 'none',
    name: 'No quantisation',
    description:
      'Weights stay 32-bit floats; the other fields of `quantization` and `catEpochs` have no effect.',
  },
];

export const pruningTechniques: readonly Technique[] = [
  {
    id: 'fsc',
    name: 'Fisher Spike Contribution',
    description:
      'Removes the channels whose spikes contribute least to the loss, by an empirical Fisher estimate.',
  },
  {
    id: 'none',
    name: 'No pruning',
    description: 'Every channel stays; the other fields of `pruning` have no effect.',
  },
];
