import { expect, test } from 'vitest';
import { renderReport } from './demo-report.mjs';

const accuracy = (/** @type {number} */ value) => ({
  value,
  correct: value * 10_000,
  n: 10_000,
  interval: {
    low: value - 0.01,
    high: value + 0.01,
    level: /** @type {const} */ (0.95),
    method: /** @type {const} */ ('wilson'),
  },
});

const figures = (/** @type {number} */ scale, /** @type {number} */ value) => ({
  accuracy: accuracy(value),
  channels: 48 * scale,
  neurons: 18_000 * scale,
  weights: { stored: 20_000 * scale, nonzero: 20_000 * scale },
  synapses: { stored: 900_000 * scale, nonzero: 900_000 * scale },
  size: { bits: 640_000 * scale, parts: {}, containerBytes: null },
  spikeRate: 0.2,
  synapticOperations: { accumulates: 1_000_000 * scale, multiplyAccumulates: 200_000 * scale },
});

/** @type {import('@spikefit/contracts').Report} */
const report = {
  formatVersion: 1,
  baseline: figures(1, 0.87),
  compressed: figures(0.5, 0.865),
  delta: {
    accuracyPoints: -0.5,
    accuracyPointsInterval: { low: -0.9, high: -0.1 },
    neuronsRemoved: 0.5,
    synapsesRemoved: 0.5,
    sizeRemoved: 0.5,
    synapticOperationsRemoved: 0.5,
  },
  layers: [
    {
      id: '0.conv',
      kind: 'conv',
      channels: { before: 16, after: 8 },
      neurons: { before: 12_544, after: 6272 },
      weights: { before: 144, after: { stored: 72, nonzero: 72 } },
      synapses: { before: 100_000, after: { stored: 50_000, nonzero: 25_000 } },
      distinctValues: 4,
      spikeRate: { before: 0.4, after: 0.1 },
    },
    {
      id: '8.fc',
      kind: 'dense',
      channels: { before: 10, after: 10 },
      neurons: { before: 0, after: 0 },
      weights: { before: 100, after: { stored: 100, nonzero: 100 } },
      synapses: { before: 100, after: { stored: 100, nonzero: 100 } },
      distinctValues: 3,
      spikeRate: { before: null, after: null },
    },
  ],
  quantization: { technique: 'cat', levels: 4, bits: 8, group: 'layer', distinctValuesPerGroup: 4 },
  energy: [
    {
      model: 'proxy',
      unit: 'joule per image',
      baseline: 1.43e-6,
      compressed: null,
      constants: {},
      assumptions: [],
      source: 'Horowitz 2014',
    },
  ],
  fit: {
    target: { id: 'loihi', version: 1 },
    verdict: 'cannot-tell',
    limits: [
      { name: 'neurons', required: 9000, available: 131_072, verdict: 'fits', explanation: '', source: '' },
      {
        name: 'fanIn',
        required: 9,
        available: null,
        kind: 'none',
        verdict: 'fits',
        explanation: '',
        source: '',
      },
    ],
  },
  history: [],
  artifact: { sha256: 'ab', bytes: 6504, format: 'spikefit/1' },
  verification: { simulator: 'float', accuracy: accuracy(0.865), note: 'read back.' },
  seed: 1,
  toolchain: { service: '', node: '', tfjs: '', backend: '', isa: '', precision: '', kernelRevision: 1 },
  notes: ['a note'],
};

test('the report says what was measured', () => {
  const text = renderReport(report);
  const lines = text.split('\n').map((line) => line.trim().replace(/\s{2,}/g, ' | '));
  expect(lines).toContain('on 10 000 test images | dense | compressed | change');
  expect(lines).toContain(
    'test accuracy, 95 % interval | 87.00 % [86.00, 88.00] | 86.50 % [85.50, 87.50] | −0.50 points',
  );
  expect(lines).toContain('synapses | 900 000 | 450 000 | −50.0 %');
  expect(lines).toContain('synaptic operations per image | 1.20 M | 600 k | −50.0 %');
  expect(lines).toContain('4 distinct weight values per layer (cat), 8 bits each');
  expect(lines).toContain('0.conv | 16 → 8 | 100 000 | 25 000 | █████ | 4');
  expect(lines).toContain('0.conv | 0.400 ████████████████████ | 0.100 █████');
  expect(lines).toContain('proxy | 1.43 µJ | –');
  expect(lines).toContain('loihi: cannot tell');
  expect(lines).toContain('neurons | 9 000 | 131 072 | fits');
  expect(lines).toContain('fanIn | 9 | no limit | fits');
  expect(lines).toContain('note: a note');
});

test('without spike rates per layer there is no table of them', () => {
  const layers = report.layers.map((layer) => ({ ...layer, spikeRate: { before: null, after: null } }));
  expect(renderReport({ ...report, layers })).not.toContain('spikes per neuron');
});
