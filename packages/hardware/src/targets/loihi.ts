import type { Target } from '@spikefit/contracts';

const block = 'nengo-loihi, nengo_loihi/block.py';
const davies =
  'Davies et al. 2018, Loihi: A Neuromorphic Manycore Processor with On-Chip Learning, IEEE Micro 38(1)';

export const loihi: Target = {
  id: 'loihi',
  name: 'Intel Loihi',
  version: 2,
  description:
    'First generation, one chip. A core holds neurons, input and output axons, and one synapse memory; the bits of an axon are, over blocks of 64 weights, n·(weight + delay + tag bits, and index bits where weights are sparse) + 10, rounded up to words of 64. Convolution kernels may be shared within a core through population axons.',
  cores: { value: 128, source: davies },
  neuronsPerCore: { value: 1024, source: `${block}: MAX_COMPARTMENTS` },
  neurons: { value: 131_072, source: `128 cores of 1024: ${davies}` },
  synapsesPerCore: {
    value: null,
    kind: 'none',
    source: 'No count: what limits synapses is the memory, and its use depends on the weight format.',
  },
  synapses: { value: null, kind: 'none', source: 'No count: see synapseMemoryBitsPerCore.' },
  synapseMemoryBitsPerCore: {
    value: 1_048_576,
    source: `16384 words of 64 bits; ${block}: MAX_SYNAPSE_BITS`,
  },
  fanIn: {
    value: null,
    kind: 'none',
    source: 'No limit of its own: bounded by the input axons and the synapse memory of a core.',
  },
  fanOut: {
    value: null,
    kind: 'none',
    source: 'No limit of its own: bounded by the output axons of a core.',
  },
  inputAxonsPerCore: {
    value: 4096,
    source: `${block}: MAX_IN_AXONS. Population axons let several neurons share one, with weights of their own.`,
  },
  sharedInputAxons: true,
  outputAxonsPerCore: { value: 4096, source: `${block}: MAX_OUT_AXONS; a 32-bit population axon takes two` },
  weights: {
    bits: { value: [1, 2, 3, 4, 5, 6, 8], source: `${block}: WEIGHT_BITS_MAP` },
    distinctValues: {
      value: null,
      kind: 'none',
      source: 'No codebook limit: every code of the width may be used.',
    },
    distinctValuesPer: 'neuron',
    sharedByAxonType: false,
  },
  neuron: {
    models: {
      value: ['if', 'lif', 'plif'],
      source: `${block}: configure_lif, configure_relu; voltage decay is set per compartment, so a learned decay is one too`,
    },
    resets: { value: ['hard'], source: `${davies}: the voltage is reset when it passes the threshold` },
    comparisons: { value: ['gt'], source: 'Fires when v > vth; nengo-loihi, emulator/interface.py' },
    stateFractionBits: {
      value: null,
      source: 'The state has 24 bits; where the point lies is up to the scaling.',
    },
  },
  thresholdGranularity: {
    value: 'neuron',
    source: 'Each compartment names one of the threshold profiles of its core.',
  },
  maxThresholdProfiles: {
    value: 8,
    source: 'Per core: nengo-loihi, hardware/nxsdk_objects.py: MAX_VTH_CFGS',
  },
  pooling: {
    max: 'or-neurons',
    source: 'No max pool: one IF neuron of threshold 1 and weights 1 per output is the OR.',
  },
  energy: {
    synapticOperationPicojoules: {
      value: 23.6,
      source: `${davies}: minimum; 3.5 to 4 more per spike and hop across tiles`,
    },
    neuronUpdatePicojoules: { value: 81, source: `${davies}: of an active neuron` },
  },
};
