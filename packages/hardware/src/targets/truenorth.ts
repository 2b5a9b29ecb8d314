import type { Target } from '@spikefit/contracts';

const akopyan =
  'Akopyan et al. 2015, TrueNorth: Design and Tool Flow of a 65 mW 1 Million Neuron Programmable Neurosynaptic Chip, IEEE TCAD 34(10)';
const cassidy = 'Cassidy et al. 2013, Cognitive Computing Building Block, IJCNN';

export const truenorth: Target = {
  id: 'truenorth',
  name: 'IBM TrueNorth',
  version: 2,
  description:
    'One chip. A core is a crossbar of 256 input axons and 256 neurons. An axon has one of four types; a neuron has one weight per type. So a neuron has four weight values, and the type of an input holds for all neurons of its core: an input that needs several values there takes several axons. A neuron sends its spikes to one axon of one core; more targets need copies of the neuron.',
  cores: { value: 4096, source: akopyan },
  neuronsPerCore: { value: 256, source: akopyan },
  neurons: { value: 1_048_576, source: `4096 cores of 256: ${akopyan}` },
  synapsesPerCore: { value: 65_536, source: `Crossbar of 256 × 256: ${akopyan}` },
  synapses: { value: 268_435_456, source: `4096 cores of 65 536: ${akopyan}` },
  synapseMemoryBitsPerCore: {
    value: null,
    kind: 'none',
    source:
      'Not a memory of weights: the crossbar stores one bit per crossing, the weights lie with the neurons.',
  },
  fanIn: { value: 256, source: `Axons of a core: ${akopyan}` },
  fanOut: {
    value: 256,
    source: `A neuron reaches one axon, which reaches the 256 neurons of its core: ${akopyan}`,
  },
  copiesExtendFanOut: true,
  inputAxonsPerCore: { value: 256, source: akopyan },
  outputAxonsPerCore: { value: 256, source: `One per neuron: ${akopyan}` },
  weights: {
    bits: { value: [9], source: `Signed 9-bit integers: ${cassidy}` },
    distinctValues: { value: 4, source: `One weight per axon type, of four: ${cassidy}` },
    distinctValuesPer: 'neuron',
    sharedByAxonType: true,
  },
  neuron: {
    models: {
      value: ['if'],
      source: `${cassidy}: leaky integrate-and-fire, but the leak is a constant per step; one in proportion to the potential, as \`lif\` and \`plif\` have it, is not offered`,
    },
    resets: {
      value: ['hard', 'soft'],
      source: `${cassidy}: reset to a value, or by subtracting the threshold`,
    },
    comparisons: { value: ['ge'], source: cassidy },
    stateFractionBits: { value: 0, source: `The potential is an integer: ${cassidy}` },
  },
  thresholdGranularity: { value: 'neuron', source: cassidy },
  maxThresholdProfiles: {
    value: null,
    kind: 'none',
    source: `No profiles are shared, each neuron has a threshold of its own: ${cassidy}`,
  },
  pooling: {
    max: 'or-neurons',
    source: 'No max pool: one IF neuron of threshold 1 and weights 1 per output is the OR.',
  },
  energy: {
    synapticOperationPicojoules: {
      value: 2.5,
      source:
        'Tang et al. 2023, SENECA, Front. Neurosci. 17, table 3. Merolla et al. 2014 (Science 345) give 26 with all of the chip counted in.',
    },
    neuronUpdatePicojoules: { value: null, source: 'No source gives it apart from the synaptic operation.' },
  },
};
