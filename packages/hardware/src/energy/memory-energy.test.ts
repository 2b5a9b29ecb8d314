import { defaultNeuron, inferNetwork } from '@spikefit/specification';
import { describe, expect, it } from 'vitest';
import { findTarget } from '../targets/catalogue.ts';
import {
  accessPicojoules,
  floatStorage,
  type MemoryEnergyInput,
  memoryEnergy,
  memoryEnergyFigures,
  neuronUpdates,
  type WeightStorage,
} from './memory-energy.ts';
import { targetEnergy } from './target-energy.ts';

const network = inferNetwork({
  architecture: 'FC6-IF-FC3',
  inputShape: [1, 1, 4],
  classes: 3,
  timeSteps: 2,
  encoder: 'direct',
  neuron: defaultNeuron,
});

/** Large enough that weights lie in memories that cost something. */
const large = (storage: WeightStorage): MemoryEnergyInput => ({
  network: inferNetwork({
    architecture: 'FC300-IF-FC3',
    inputShape: [1, 1, 400],
    classes: 3,
    timeSteps: 2,
    encoder: 'direct',
    neuron: defaultNeuron,
  }),
  weights: { '0.fc': new Float32Array(120_000).fill(1), '2.fc': new Float32Array(900).fill(1) },
  inputEvents: { '2.fc': new Array<number>(300).fill(1) },
  images: 1,
  spikeSums: { '1.if': 300 },
  storage,
});

const input = (changes: Partial<MemoryEnergyInput> = {}): MemoryEnergyInput => ({
  network,
  weights: { '0.fc': new Float32Array(24).fill(1), '2.fc': new Float32Array(18).fill(1) },
  inputEvents: { '2.fc': [3, 0, 0, 1, 0, 0] },
  images: 2,
  spikeSums: { '1.if': 4 },
  storage: floatStorage,
  ...changes,
});

describe('the energy of an access', () => {
  it('is that of the SRAM sizes of the source, linear between and constant above', () => {
    expect([0, 4096, 8192, 20_480, 32_768, 1_048_576, 1e9].map(accessPicojoules)).toEqual([
      0, 5, 10, 15, 20, 100, 100,
    ]);
  });
});

describe('memory-aware energy', () => {
  it('updates no neuron that was pruned', () => {
    const masks = { '1.if': Uint8Array.of(1, 0, 0, 1, 0, 0) };
    expect(neuronUpdates(network, masks)).toBe(2 * 2);
    // Two steps of four neurons less: two additions, and memory accesses of their potential and threshold.
    const perStep = 2 * 0.1 + 3 * accessPicojoules(6 * 4);
    const weights = { '0.fc': new Float32Array(24), '2.fc': new Float32Array(18) };
    const [before, after] = [input({ weights }), input({ weights, neurons: masks })];
    expect(memoryEnergy(before, 'best-case') - memoryEnergy(after, 'best-case')).toBeCloseTo(
      2 * 4 * perStep * 1e-12,
      18,
    );
  });

  it('is what its parts are by hand', () => {
    const word = (bytes: number) => (10 * bytes) / 8192;
    const queue = word(4000);
    // First layer: 4 numbers of the image, 24 multiply-accumulates, 6 neurons at 2 steps, 2 spikes per image.
    const first =
      4 * word(16) +
      24 * 0.1 +
      24 * word(24 * 4) +
      24 * (3.2 + 2 * word(6 * 4)) +
      12 * (0.2 + 2 * word(6 * 4) + word(6 * 4)) +
      2 * queue;
    // Second layer: 2 events per image through 3 synapses each; 3 sums at 2 steps.
    const second =
      2 * queue +
      6 * 0.1 +
      6 * word(18 * 4) +
      6 * (0.1 + 2 * word(3 * 4)) +
      6 * (0.2 + 2 * word(3 * 4) + word(3 * 4));
    expect(memoryEnergy(input(), 'best-case')).toBeCloseTo((first + second) * 1e-12, 20);
    // With 32 bits a weight is a word: nothing is fetched in vain.
    expect(memoryEnergy(input(), 'word-granular')).toBeCloseTo((first + second) * 1e-12, 20);
  });

  it('credits few bits, whole words of them where words are fetched, and counts decoding', () => {
    const two = large({ bitsPerWeight: 2, levels: 4 });
    const words = memoryEnergy(two, 'word-granular');
    expect(memoryEnergy(two, 'best-case')).toBeLessThan(words);
    expect(words).toBeLessThan(memoryEnergy(large(floatStorage), 'word-granular'));
    const best = memoryEnergy(input({ storage: { bitsPerWeight: 2, levels: 4 } }), 'best-case');
    const withoutCodebook = input({ storage: { bitsPerWeight: 2, levels: null } });
    // 24 + 6 weights are cut out and looked up.
    const lookUp = 30 * (0.1 + (10 * 16) / 8192);
    expect(best - memoryEnergy(withoutCodebook, 'best-case')).toBeCloseTo(lookUp * 1e-12, 18);
  });

  it('spends nothing on synapses of value 0, except where whole rows are fetched', () => {
    const zeros = input({
      weights: { '0.fc': new Float32Array(24).fill(1), '2.fc': new Float32Array(18) },
    });
    const none = input({ inputEvents: { '2.fc': new Array<number>(6).fill(0) } });
    const queueReads = 2 * ((10 * 4000) / 8192) * 1e-12;
    expect(memoryEnergy(zeros, 'best-case')).toBeCloseTo(memoryEnergy(none, 'best-case') + queueReads, 18);
    expect(memoryEnergy(zeros, 'word-granular')).toBeGreaterThan(memoryEnergy(zeros, 'best-case'));
  });

  it('gives both ways for both networks, named', () => {
    const figures = memoryEnergyFigures(large(floatStorage), large({ bitsPerWeight: 2, levels: 4 }));
    expect(figures.map(({ model }) => model)).toEqual([
      'memory-aware, best-case',
      'memory-aware, word-granular',
    ]);
    for (const { baseline, compressed } of figures) expect(compressed!).toBeLessThan(baseline!);
  });
});

describe('the energy of a target', () => {
  const operations = { accumulates: 100, multiplyAccumulates: 20 };

  it('is that of its operations and updates, where sources give them', () => {
    const loihi = findTarget('loihi')!;
    const { synapticOperationPicojoules, neuronUpdatePicojoules } = loihi.energy;
    expect(neuronUpdates(network)).toBe(12);
    const figure = targetEnergy(loihi, { network, operations }, { network, operations })!;
    const expected = 120 * synapticOperationPicojoules.value! + 12 * (neuronUpdatePicojoules.value ?? 0);
    expect(figure.baseline).toBeCloseTo(expected * 1e-12, 20);
    expect(figure.compressed).toBe(figure.baseline);
  });

  it('is unknown for an ANN', () => {
    const loihi = findTarget('loihi')!;
    const twin = inferNetwork({
      architecture: '4C3-BN-LIF-FC2',
      inputShape: [4, 4, 1],
      classes: 2,
      timeSteps: 2,
      encoder: 'direct',
      neuron: defaultNeuron,
      activation: 'quantized-relu',
    });
    expect(targetEnergy(loihi, { network: twin, operations }, { network: twin, operations })).toBeNull();
  });

  it('stays unknown where no source gives it', () => {
    const generic = findTarget('generic-4-level')!;
    expect(targetEnergy(generic, { network, operations }, { network, operations })).toBeNull();
  });
});
