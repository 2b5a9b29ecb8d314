import type { PruningUnit, ResolvedSpec } from '@spikefit/contracts';

/** A compression technique that a request may name. */
export interface Technique {
  readonly id: string;
  readonly name: string;
  readonly description: string;
}

export interface PruningTechnique extends Technique {
  /** What it can rank. */
  readonly units: readonly PruningUnit[];
  /** Whether its score is made of spikes, and means nothing for an ANN twin. */
  readonly needsSpikes?: boolean;
  /** Whether it knows what channels cost together. */
  readonly scoresTogether?: boolean;
}

type Quantization = ResolvedSpec['quantization'];

/** Options of `quantization` that not every technique heeds. */
export type QuantizationOption =
  | 'initialization'
  | 'assignments'
  | 'pull'
  | 'gradientScale'
  | 'recenter'
  | 'pinZero'
  | 'freezeFraction'
  | 'temperature';

export interface QuantizationTechnique extends Technique {
  /** Whether weights train quantised, from `cluster` on; else they are quantised at export, if at all. */
  readonly trains: boolean;
  /** Options that it prescribes, whatever is asked for; the resolved spec says so. */
  readonly prescribes: Partial<Pick<Quantization, QuantizationOption>>;
  /** The only number of levels that it knows; null: any. */
  readonly onlyLevels: number | null;
  /** Whether its levels need codes to spare: M < 2^bits. */
  readonly needsSpareCodes: boolean;
  /** Weights × M that it can hold at once, in the largest codebook; null: no limit of its own. */
  readonly mostWeightLevels: number | null;
}

const anyLevels = { onlyLevels: null, needsSpareCodes: false, mostWeightLevels: null } as const;
const noOptions = {
  initialization: 'k-means',
  assignments: 'nearest',
  pull: 0,
  recenter: false,
  pinZero: false,
  temperature: 0,
  freezeFraction: 0,
} as const;

export const quantizationTechniques: readonly QuantizationTechnique[] = [
  {
    id: 'cat',
    name: 'Clusterization-Aware Training',
    description:
      'Learns a codebook of M values per group together with the network, stored in b-bit integers.',
    trains: true,
    prescribes: {},
    ...anyLevels,
  },
  {
    id: 'lsq',
    name: 'Learned step size quantisation',
    description: 'M uniform levels per group, whose step is learned (Esser et al. 2020).',
    trains: true,
    prescribes: { ...noOptions, initialization: 'uniform', gradientScale: 'sum' },
    ...anyLevels,
  },
  {
    id: 'ttq',
    name: 'Trained ternary quantisation',
    description: 'Three levels, −Wn, 0 and Wp, whose two scales are learned (Zhu et al. 2017).',
    trains: true,
    prescribes: { ...noOptions, pinZero: true, gradientScale: 'sum' },
    ...anyLevels,
    onlyLevels: 3,
  },
  {
    id: 'weight-sharing',
    name: 'Weight sharing with summed gradients',
    description:
      'Clusters by k-means, then sums the gradients of the weights of each centroid, as the TensorFlow Model Optimization Toolkit does.',
    trains: true,
    prescribes: { ...noOptions, gradientScale: 'sum' },
    ...anyLevels,
  },
  {
    id: 'dkm',
    name: 'Differentiable k-means',
    description:
      'Weights train as soft means of centroids that follow them (Cho et al. 2022); the nearest centroids are stored.',
    trains: true,
    prescribes: { ...noOptions, temperature: 0.1 },
    onlyLevels: null,
    needsSpareCodes: true,
    mostWeightLevels: 2 ** 24,
  },
  {
    id: 'k-means',
    name: 'k-means after training',
    description:
      'Exact 1-D k-means of the trained weights at export, without training after it; `catEpochs` has no effect.',
    trains: false,
    prescribes: noOptions,
    ...anyLevels,
  },
  {
    id: 'none',
    name: 'No quantisation',
    description:
      'Weights stay 32-bit floats; the other fields of `quantization` and `catEpochs` have no effect.',
    trains: false,
    prescribes: {},
    ...anyLevels,
  },
];

export const findQuantizationTechnique = (id: string): QuantizationTechnique | undefined =>
  quantizationTechniques.find((technique) => technique.id === id);

export const pruningTechniques: readonly PruningTechnique[] = [
  {
    id: 'fsc',
    units: ['channel', 'neuron', 'synapse'],
    scoresTogether: true,
    name: 'Fisher Spike Contribution',
    description:
      'Removes the channels or neurons whose spikes, or the synapses whose weights, contribute least to the loss, by an empirical Fisher estimate.',
  },
  {
    id: 'taylor',
    units: ['channel', 'neuron', 'synapse'],
    name: 'Taylor expansion',
    description:
      'Removes the channels, neurons or synapses whose absence changes the loss least to first order (Molchanov et al. 2017).',
  },
  {
    id: 'magnitude',
    units: ['channel', 'synapse'],
    name: 'Weight magnitude',
    description:
      'Removes the channels with the least mean |w| of their incoming weights, batch norm folded in (Li et al. 2017), or the synapses with the least |w|.',
  },
  {
    id: 'spike-count',
    units: ['channel', 'neuron'],
    needsSpikes: true,
    name: 'Spike count',
    description: 'Removes the channels or neurons that fire least.',
  },
  {
    id: 'svs',
    units: ['channel'],
    needsSpikes: true,
    name: 'Singular values of spike activity',
    description:
      'Removes the channels whose maps of firing rates have the least sum of singular values (after QP-SNN, Wei et al. 2025).',
  },
  {
    id: 'random',
    units: ['channel', 'neuron', 'synapse'],
    name: 'Chance',
    description:
      'Removes channels, neurons or synapses by seeded chance: the floor that every other technique has to beat.',
  },
  {
    id: 'none',
    units: ['channel', 'neuron', 'synapse'],
    name: 'No pruning',
    description: 'Everything stays; the other fields of `pruning` have no effect.',
  },
];
