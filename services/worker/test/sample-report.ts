import type { NetworkFigures, Report } from '@spikefit/contracts';

const accuracy = {
  value: 0.8,
  correct: 40,
  n: 50,
  interval: { low: 0.67, high: 0.89, level: 0.95, method: 'wilson' },
} as const;

const figures: NetworkFigures = {
  accuracy,
  channels: 8,
  neurons: 6272,
  weights: { stored: 15_752, nonzero: 15_752 },
  synapses: { stored: 69_000, nonzero: 69_000 },
  size: { bits: 504_064, parts: { weights: 504_064 }, containerBytes: null },
  spikeRate: 0.1,
  synapticOperations: { accumulates: 1000, multiplyAccumulates: 56_448 },
};

/** A report as a scripted trainer sends it: whole, but of nothing that was computed. */
export const sampleReport: Report = {
  formatVersion: 1,
  baseline: figures,
  compressed: figures,
  delta: {
    accuracyPoints: 0,
    accuracyPointsInterval: { low: -1, high: 1 },
    neuronsRemoved: 0,
    synapsesRemoved: 0,
    sizeRemoved: 0,
    synapticOperationsRemoved: 0,
  },
  layers: [],
  quantization: { technique: 'cat', levels: 4, bits: 8, group: 'layer', distinctValuesPerGroup: 4 },
  energy: [],
  fit: { target: { id: 'generic-4-level', version: 1 }, verdict: 'fits', limits: [] },
  history: [],
  artifact: { sha256: 'a'.repeat(64), bytes: 10, format: 'spikefit/1' },
  verification: { simulator: 'none', accuracy, note: '' },
  seed: 1,
  toolchain: {
    service: '0',
    node: '20',
    tfjs: '4',
    backend: 'cpu',
    isa: 'scripted',
    precision: 'fp32',
    kernelRevision: 1,
  },
  notes: [],
};
