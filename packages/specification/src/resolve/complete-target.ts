import { type Limit, limitNames, type OwnTarget, type Target } from '@spikefit/contracts';

const source = 'Not given with the target.';
const unknownLimit: Limit = { value: null, kind: 'unknown', source };
const unknown = { value: null, source };

const unknownLimits = Object.fromEntries(limitNames.map((name) => [name, unknownLimit])) as Record<
  (typeof limitNames)[number],
  Limit
>;

/** What a target of a request says when it says nothing; every limit is unknown. */
const silent: Omit<Target, 'name'> = {
  id: 'own-target',
  version: 1,
  description: '',
  ...unknownLimits,
  thresholdGranularity: unknown,
  pooling: { max: 'unknown', source },
  weights: {
    bits: unknown,
    distinctValues: unknownLimit,
    distinctValuesPer: 'layer',
    sharedByAxonType: false,
  },
  neuron: { models: unknown, resets: unknown, comparisons: unknown, stateFractionBits: unknown },
  energy: { synapticOperationPicojoules: unknown, neuronUpdatePicojoules: unknown },
};

/** The whole target that a request means: what it leaves out is unknown. */
export const completeTarget = (own: OwnTarget): Target => ({
  ...silent,
  ...own,
  weights: { ...silent.weights, ...own.weights },
  neuron: { ...silent.neuron, ...own.neuron },
  energy: { ...silent.energy, ...own.energy },
});
