import type { Limit, Target } from '@spikefit/contracts';

const made = 'Not a chip: a target to compress for.';
const unlimited: Limit = { value: null, kind: 'none', source: `${made} No limit.` };

export const generic4Level: Target = {
  id: 'generic-4-level',
  name: 'Generic, four weight values per layer',
  version: 2,
  description: 'Not a chip: four weight values per layer in 8-bit codes, one core, no other limit.',
  cores: { value: 1, kind: 'limit', source: made },
  neuronsPerCore: unlimited,
  neurons: unlimited,
  synapsesPerCore: unlimited,
  synapses: unlimited,
  synapseMemoryBitsPerCore: unlimited,
  fanIn: unlimited,
  fanOut: unlimited,
  inputAxonsPerCore: unlimited,
  outputAxonsPerCore: unlimited,
  weights: {
    bits: { value: [8], source: made },
    distinctValues: { value: 4, kind: 'limit', source: made },
    distinctValuesPer: 'layer',
    sharedByAxonType: false,
  },
  neuron: {
    models: { value: ['if', 'lif', 'plif'], source: made },
    resets: { value: ['hard', 'soft'], source: made },
    comparisons: { value: ['ge', 'gt'], source: made },
    stateFractionBits: { value: 8, source: made },
  },
  thresholdGranularity: { value: 'neuron', source: made },
  maxThresholdProfiles: unlimited,
  pooling: { max: 'native', source: made },
  energy: {
    synapticOperationPicojoules: { value: null, source: `${made} It has no energy.` },
    neuronUpdatePicojoules: { value: null, source: `${made} It has no energy.` },
  },
};
