import {
  type BudgetKind,
  CodedError,
  type JobRequest,
  JobRequest as JobRequestSchema,
  ResolvedSpec,
  type Target,
  Target as TargetSchema,
} from '@spikefit/contracts';
import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { countNetwork, resolveJobRequest } from '../src/index.ts';

const unknown = { value: null, source: 'none' } as const;
const target = (id: string, bits: number[] | null, distinctValues: number | null = null): Target => ({
  id,
  name: id,
  version: 1,
  description: '',
  cores: unknown,
  neuronsPerCore: unknown,
  neurons: unknown,
  synapsesPerCore: unknown,
  synapses: unknown,
  synapseMemoryBitsPerCore: unknown,
  fanIn: unknown,
  fanOut: unknown,
  inputAxonsPerCore: unknown,
  outputAxonsPerCore: unknown,
  weights: {
    bits: { value: bits, source: 'test' },
    distinctValues: { value: distinctValues, source: 'test' },
    distinctValuesPer: 'layer',
    sharedByAxonType: false,
  },
  neuron: { models: unknown, resets: unknown, comparisons: unknown, stateFractionBits: unknown },
  thresholdGranularity: unknown,
  maxThresholdProfiles: unknown,
  pooling: { max: 'unknown', source: 'none' },
  energy: { synapticOperationPicojoules: unknown, neuronUpdatePicojoules: unknown },
});
const targets: Record<string, Target> = {
  any: target('any', null),
  loihi: target('loihi', [1, 2, 3, 4, 5, 6, 8]),
  four: target('four', [1, 2, 4]),
};
const catalogue = {
  targets: (id: string) => (Object.hasOwn(targets, id) ? targets[id] : undefined),
  targetIds: Object.keys(targets),
};

const architecture = '32C3-BN-LIF-MP2-64C3-BN-LIF-MP2-FC10';
const minimal: JobRequest = {
  model: { architecture },
  dataset: { id: 'fashion-mnist' },
  target: { id: 'any' },
};
const request = (changes: Partial<JobRequest>): JobRequest => {
  const made = { ...minimal, ...changes };
  // The judge is only ever asked about requests that their schema has let through.
  expect(Value.Errors(JobRequestSchema, made)).toEqual([]);
  return made;
};
const resolve = (changes: Partial<JobRequest> = {}) => resolveJobRequest(request(changes), catalogue);
function failure(changes: Partial<JobRequest>): CodedError {
  try {
    resolve(changes);
  } catch (error) {
    if (error instanceof CodedError) return error;
    throw error;
  }
  throw new Error('the request was accepted');
}
const quantization = (value: NonNullable<NonNullable<JobRequest['method']>['quantization']>) => ({
  method: { quantization: value },
});
const pruning = (value: NonNullable<NonNullable<JobRequest['method']>['pruning']>) => ({
  method: { pruning: value },
});
const budget = (kind: BudgetKind, value?: number) =>
  pruning({ budget: { kind, ...(value === undefined ? {} : { value }) } });

describe('resolveJobRequest', () => {
  it('puts ReLUs with a value more than there are time steps in the place of neurons', () => {
    const { network } = resolve({
      model: {
        architecture: '8C3-BN-PLIF-MP2-FC10',
        timeSteps: 7,
        activation: 'quantized-relu',
        // A PLIF could not learn this decay; a ReLU has none.
        neuron: { tau: 1, threshold: 2, resetValue: 0.5 },
      },
    });
    expect(network).toMatchObject({ timeSteps: 1, neuron: { threshold: 2, resetValue: 0 } });
    expect(network.layers.map(({ id }) => id)).toEqual(['0.conv', '1.bn', '2.relu', '3.mp', '4.fc']);
    expect(network.layers[2]).toMatchObject({ kind: 'neuron', neuron: 'relu', levels: 8 });
  });

  it('fills in every default', () => {
    const spec = resolve();
    expect(spec).toMatchObject({
      specVersion: 1,
      network: {
        architecture,
        inputShape: [28, 28, 1],
        timeSteps: 4,
        encoder: 'direct',
        classes: 10,
        neuron: {
          tau: 2,
          threshold: 1,
          reset: 'hard',
          resetValue: 0,
          resetDelay: false,
          decayInput: false,
          comparison: 'ge',
          detachReset: true,
          surrogate: { name: 'atan', parameter: 2 },
        },
      },
      dataset: {
        id: 'fashion-mnist',
        trainSamples: 60_000,
        validationSamples: 6000,
        testSamples: 10_000,
        classes: 10,
      },
      target: targets.any,
    });
    expect(spec.quantization).toEqual({
      technique: 'cat',
      levels: 4,
      bits: 8,
      group: 'layer',
      initialization: 'k-means',
      assignments: 'activations',
      codebookLearningRateScale: 0.1,
      pull: 0,
      gradientScale: 'sqrt',
      recenter: false,
      pinZero: false,
      temperature: 0,
      freezeFraction: 0.25,
    });
    expect(spec.pruning).toEqual({
      technique: 'fsc',
      unit: 'channel',
      budget: { kind: 'fraction', value: 0.5 },
      steps: 4,
      samples: 512,
      recoveryEpochs: 0.25,
      labels: 'true',
      normalization: 'none',
      interactions: true,
      cost: 'budget',
      compensation: 'none',
      floorUnits: 4,
      floorFraction: 0.1,
    });
    expect(spec.training).toEqual({
      pretrainEpochs: 4,
      catEpochs: 3,
      finetuneEpochs: 2,
      batchSize: 128,
      learningRate: 0.002,
      compressionLearningRateScale: 0.5,
      optimizer: 'adam',
      momentum: 0.9,
      weightDecay: 0,
      batchNormMomentum: 0.1,
      schedule: 'cosine',
      validationFraction: 0.1,
      augmentation: 'flip',
      precision: 'fp32',
    });
    expect(spec.seed).toBe(1);
    expect(spec.limits).toEqual({ maxRuntimeSeconds: 3600 });
    expect(Value.Errors(ResolvedSpec, spec)).toEqual([]);
  });

  it('keeps everything that is said', () => {
    const spec = resolve({
      name: 'all of it',
      model: {
        architecture,
        timeSteps: 8,
        encoder: 'rate',
        neuron: {
          tau: 3,
          threshold: 0.5,
          reset: 'soft',
          resetValue: -1,
          resetDelay: true,
          decayInput: true,
          comparison: 'gt',
          detachReset: false,
        },
      },
      dataset: { id: 'fashion-mnist', trainSamples: 2000, testSamples: 500 },
      target: { id: 'loihi' },
      method: {
        quantization: {
          technique: 'cat',
          levels: 12,
          bits: 4,
          group: 'channel',
          initialization: 'uniform',
          codebookLearningRateScale: 0.3,
          pull: 0.01,
          temperature: 0.5,
        },
        pruning: {
          technique: 'fsc',
          unit: 'channel',
          budget: { kind: 'neurons', value: 20_000 },
          steps: 2,
          samples: 100,
          recoveryEpochs: 1,
        },
      },
      training: {
        pretrainEpochs: 1,
        catEpochs: 2,
        finetuneEpochs: 3,
        batchSize: 32,
        learningRate: 0.1,
        optimizer: 'sgd',
        compressionLearningRateScale: 0.8,
        momentum: 0.8,
        weightDecay: 0.001,
        schedule: 'constant',
        validationFraction: 0.25,
        augmentation: 'none',
        precision: 'mixed',
      },
      seed: 7,
      limits: { maxRuntimeSeconds: 60 },
    });
    expect(spec.network).toMatchObject({ timeSteps: 8, encoder: 'rate' });
    expect(spec.network.neuron).toEqual({
      tau: 3,
      threshold: 0.5,
      reset: 'soft',
      resetValue: -1,
      resetDelay: true,
      decayInput: true,
      comparison: 'gt',
      detachReset: false,
      surrogate: { name: 'atan', parameter: 2 },
    });
    expect(spec.dataset).toEqual({
      id: 'fashion-mnist',
      trainSamples: 2000,
      validationSamples: 500,
      testSamples: 500,
      classes: 10,
    });
    expect(spec.target).toBe(targets.loihi);
    expect(spec.quantization).toMatchObject({
      levels: 12,
      bits: 4,
      group: 'channel',
      initialization: 'uniform',
      codebookLearningRateScale: 0.3,
      pull: 0.01,
      temperature: 0.5,
    });
    expect(spec.pruning).toMatchObject({
      budget: { kind: 'neurons', value: 20_000 },
      steps: 2,
      samples: 100,
      recoveryEpochs: 1,
    });
    expect(spec.training).toEqual({
      pretrainEpochs: 1,
      catEpochs: 2,
      finetuneEpochs: 3,
      batchSize: 32,
      learningRate: 0.1,
      compressionLearningRateScale: 0.8,
      optimizer: 'sgd',
      momentum: 0.8,
      weightDecay: 0.001,
      batchNormMomentum: 0.1,
      schedule: 'constant',
      validationFraction: 0.25,
      augmentation: 'none',
      precision: 'mixed',
    });
    expect(spec).toMatchObject({ seed: 7, limits: { maxRuntimeSeconds: 60 } });
  });

  it.each([
    ['atan', 2],
    ['sigmoid', 4],
    ['fastSigmoid', 25],
    ['triangle', 1],
    ['rectangle', 1],
  ] as const)('gives the surrogate %s its own parameter, %d', (name, parameter) => {
    const model = (surrogate: { name: typeof name; parameter?: number }) => ({
      architecture,
      neuron: { surrogate },
    });
    expect(resolve({ model: model({ name }) }).network.neuron.surrogate).toEqual({ name, parameter });
    expect(resolve({ model: model({ name, parameter: 3 }) }).network.neuron.surrogate).toEqual({
      name,
      parameter: 3,
    });
  });

  it('does not depend on members that are undefined', () => {
    const withUndefined = {
      ...minimal,
      model: { ...minimal.model, neuron: { tau: undefined } },
      seed: undefined,
    };
    expect(resolveJobRequest(withUndefined as unknown as JobRequest, catalogue)).toEqual(resolve());
  });

  it('takes a target of which little is given; the rest is unknown', () => {
    const spec = resolve({
      target: { name: 'My chip', neurons: { value: 5000, source: 'data sheet, p. 3' } },
    });
    expect(Value.Errors(TargetSchema, spec.target)).toEqual([]);
    expect(spec.target).toMatchObject({
      id: 'own-target',
      name: 'My chip',
      version: 1,
      neurons: { value: 5000, source: 'data sheet, p. 3' },
      fanIn: { value: null, kind: 'unknown' },
      weights: { bits: { value: null }, distinctValues: { kind: 'unknown' } },
    });
    const bits = { value: [4], source: 'x' };
    expect(resolve({ target: { name: 'My chip', weights: { bits } } })).toMatchObject({
      quantization: { bits: 4 },
      target: { weights: { bits, sharedByAxonType: false } },
    });
  });

  it('takes a target of the catalogue whole, but no other one of its id', () => {
    expect(resolve({ target: targets.four! }).target).toEqual(targets.four);
    const error = failure({ target: { id: 'four', name: 'Four', neurons: { value: 9, source: 'x' } } });
    expect(error.code).toBe('spec.target-invalid');
    expect(error.errors[0]).toMatchObject({
      pointer: '/target/id',
      detail: expect.stringContaining('give your own another id'),
    });
  });

  it('takes a whole target', () => {
    const own = target('my-chip', [4]);
    const spec = resolve({ target: own });
    expect(spec.target).toEqual(own);
    expect(spec.quantization.bits).toBe(4);
  });
});

describe('what it refuses, with the field that is wrong', () => {
  const cases: [string, Partial<JobRequest>, string, string, string][] = [
    [
      'an unknown token',
      { model: { architecture: '32C3-RELU-FC10' } },
      'spec.architecture-invalid',
      '/model/architecture',
      'token "RELU" at position 1',
    ],
    [
      'a norm without neuron',
      { model: { architecture: '32C3-BN-FC10' } },
      'spec.architecture-unsupported',
      '/model/architecture',
      'position 2',
    ],
    [
      'a network that shrinks to nothing',
      { model: { architecture: '8C3-LIF-MP9-MP4-FC10' } },
      'spec.shape-vanishes',
      '/model/architecture',
      '3×3×8',
    ],
    [
      'a wrong number of classes',
      { model: { architecture: '8C3-LIF-FC100' } },
      'spec.classes-mismatch',
      '/model/architecture',
      '100 units',
    ],
    [
      'a network without end',
      { model: { architecture: '999C3-LIF-999C9-LIF-FC10' } },
      'spec.network-too-large',
      '/model/architecture',
      'the limit is',
    ],
    [
      'a learned decay that starts at 1',
      { model: { architecture: '8C3-PLIF-FC10', neuron: { tau: 1 } } },
      'spec.training-invalid',
      '/model/neuron/tau',
      'above 1',
    ],
    [
      'an unknown data set',
      { dataset: { id: 'kmnist' } },
      'spec.dataset-unknown',
      '/dataset/id',
      '"kmnist" is no data set; there are: fashion-mnist, mnist, cifar-10, n-mnist',
    ],
    [
      'an image encoder for events',
      { dataset: { id: 'n-mnist' }, model: { architecture, encoder: 'rate' } },
      'spec.dataset-mismatch',
      '/model/encoder',
      'the encoder is rate, and n-mnist consists of events: it takes event',
    ],
    [
      'the event encoder for images',
      { dataset: { id: 'mnist' }, model: { architecture, encoder: 'event' } },
      'spec.dataset-mismatch',
      '/model/encoder',
      'it takes direct or rate',
    ],
    [
      'jitter of images',
      { dataset: { id: 'cifar-10' }, training: { augmentation: 'jitter' } },
      'spec.dataset-mismatch',
      '/training/augmentation',
      'cifar-10 takes flip, flip-crop, crop, none',
    ],
    [
      'flipped events',
      { dataset: { id: 'n-mnist' }, training: { augmentation: 'flip' } },
      'spec.dataset-mismatch',
      '/training/augmentation',
      'n-mnist takes none, jitter',
    ],
    [
      'an inherited name as data set',
      { dataset: { id: 'constructor' } },
      'spec.dataset-unknown',
      '/dataset/id',
      'constructor',
    ],
    [
      'too many training samples',
      { dataset: { id: 'fashion-mnist', trainSamples: 60_001 } },
      'spec.dataset-too-small',
      '/dataset/trainSamples',
      'trainSamples is 60001, and fashion-mnist has 60000',
    ],
    [
      'too many test samples',
      { dataset: { id: 'fashion-mnist', testSamples: 10_001 } },
      'spec.dataset-too-small',
      '/dataset/testSamples',
      '10001',
    ],
    ...(
      [
        ['recordings', { dataset: { id: 'n-mnist' } }, '/model/activation', 'takes an image data set'],
        [
          'spikes of pixels',
          { model: { architecture, activation: 'quantized-relu', encoder: 'rate' } },
          '/model/activation',
          'the encoder direct',
        ],
        [
          'spike counts',
          pruning({ technique: 'spike-count' }),
          '/method/pruning/technique',
          'these do not: fsc, taylor, magnitude, random',
        ],
        ['singular values', pruning({ technique: 'svs' }), '/method/pruning/technique', 'ranks by spikes'],
        [
          'a fit',
          pruning({ budget: { kind: 'fit' } }),
          '/method/pruning/budget/kind',
          'name a number of neurons, synapses or bits',
        ],
      ] as const
    ).map(
      ([name, changes, field, detail]) =>
        [
          `an ANN twin with ${name}`,
          { model: { architecture, activation: 'quantized-relu' }, ...changes },
          'spec.activation-invalid',
          field,
          detail,
        ] as [string, Partial<JobRequest>, string, string, string],
    ),
    [
      'too few training samples',
      { dataset: { id: 'fashion-mnist', trainSamples: 10 } },
      'spec.training-invalid',
      '/dataset/trainSamples',
      'the 9 that are left',
    ],
    [
      'an unknown target',
      { target: { id: 'abacus' } },
      'spec.target-unknown',
      '/target/id',
      '"abacus" is no target; there are: any, loihi, four',
    ],
    [
      'an unknown quantisation',
      quantization({ technique: 'magic' }),
      'spec.technique-unknown',
      '/method/quantization/technique',
      'there are: cat, lsq, ttq, weight-sharing, dkm, k-means, none',
    ],
    [
      'an unknown pruning',
      pruning({ technique: 'axe' }),
      'spec.technique-unknown',
      '/method/pruning/technique',
      'there are: fsc, taylor, magnitude, spike-count, svs, random, none',
    ],
    ...(
      [
        ['spike counts of synapses', { technique: 'spike-count' }, '/technique', 'these do: fsc, taylor'],
        ['neurons of synapses', { budget: { kind: 'neurons', value: 9 } }, '/budget/kind', 'does not change'],
        ['a fit by synapses', { budget: { kind: 'fit' } }, '/budget/kind', 'over channels or neurons'],
        ['synapses that save neurons', { cost: 'neurons' }, '/cost', 'saves a neuron'],
        ['compensation of synapses', { compensation: 'least-squares' }, '/compensation', 'whole channels'],
        ['synapses scored together', { interactions: true }, '/interactions', 'only channels'],
      ] as const
    ).map(
      ([name, settings, where, detail]) =>
        [
          name,
          pruning({ unit: 'synapse', ...settings }),
          'spec.pruning-unit-invalid',
          `/method/pruning${where}`,
          detail,
        ] as [string, Partial<JobRequest>, string, string, string],
    ),
    ...(
      [
        [
          'magnitudes of neurons',
          { technique: 'magnitude' },
          '/technique',
          'do: fsc, taylor, spike-count, random',
        ],
        ['maps of single neurons', { technique: 'svs' }, '/technique', 'ranks no neurons'],
        [
          'compensation of neurons',
          { compensation: 'least-squares' },
          '/compensation',
          'use `unit: "channel"`',
        ],
      ] as const
    ).map(
      ([name, settings, where, detail]) =>
        [
          name,
          pruning({ unit: 'neuron', ...settings }),
          'spec.pruning-unit-invalid',
          `/method/pruning${where}`,
          detail,
        ] as [string, Partial<JobRequest>, string, string, string],
    ),
    [
      'LSQ’s grid of every code',
      quantization({ levels: 4, bits: 2, initialization: 'uniform' }),
      'spec.levels-invalid',
      '/method/quantization/initialization',
      'use every code',
    ],
    [
      'LSQ’s grid of two levels, one of them 0',
      quantization({ levels: 2, pinZero: true, initialization: 'uniform' }),
      'spec.levels-invalid',
      '/method/quantization/initialization',
      'one is to be 0',
    ],
    [
      'more channels scored together than are compared',
      {
        ...pruning({ interactions: true }),
        model: { architecture: '8C3-BN-LIF-MP2-FC4096-LIF-FC10' },
      },
      'spec.pruning-unit-invalid',
      '/method/pruning/interactions',
      'at most 4096 units',
    ],
    [
      'mean magnitudes scored together',
      pruning({ technique: 'taylor', interactions: true }),
      'spec.pruning-unit-invalid',
      '/method/pruning/interactions',
      'together: fsc',
    ],
    [
      'shares of layers scored together',
      pruning({ normalization: 'layer', interactions: true }),
      'spec.pruning-unit-invalid',
      '/method/pruning/interactions',
      'no parts of one sum',
    ],
    [
      'too few neurons',
      pruning({ unit: 'neuron', budget: { kind: 'neurons', value: 1000 } }),
      'spec.budget-invalid',
      '/method/pruning/budget/value',
      // A tenth of 28² · 32 and of 14² · 64.
      `at least ${2509 + 1255} are left`,
    ],
    [
      'too large a share of neurons',
      pruning({ unit: 'neuron', budget: { kind: 'fraction', value: 0.95 } }),
      'spec.budget-invalid',
      '/method/pruning/budget/value',
      'of 37632 neurons',
    ],
    [
      'too few connections of neurons',
      pruning({ unit: 'neuron', budget: { kind: 'synapses', value: 10 } }),
      'spec.budget-invalid',
      '/method/pruning/budget/value',
      // The read-out still reads the windows of 1255 neurons.
      `at least ${Math.ceil(1255 / 4) * 10} are left`,
    ],
    [
      'too few bits for neurons',
      pruning({ unit: 'neuron', budget: { kind: 'size', value: 100 } }),
      'spec.budget-invalid',
      '/method/pruning/budget/value',
      'with every layer at its floor',
    ],
    [
      'too few synapses',
      pruning({ unit: 'synapse', budget: { kind: 'size', value: 100 } }),
      'spec.budget-invalid',
      '/method/pruning/budget/value',
      'with every layer at its floor',
    ],
    [
      'too large a share of synapses',
      pruning({ unit: 'synapse', budget: { kind: 'fraction', value: 0.999 } }),
      'spec.budget-invalid',
      '/method/pruning/budget/value',
      'the fraction may be at most 0.99',
    ],
    [
      'more levels than bits',
      quantization({ levels: 5, bits: 2 }),
      'spec.levels-invalid',
      '/method/quantization/levels',
      '5 levels do not fit in 2 bits',
    ],
    [
      'bits that the target lacks',
      { target: { id: 'loihi' }, ...quantization({ bits: 7 }) },
      'spec.bits-invalid',
      '/method/quantization/bits',
      '1, 2, 3, 4, 5, 6, 8 bits, not of 7',
    ],
    [
      'more bits than the target',
      { target: { id: 'four' }, ...quantization({ bits: 8 }) },
      'spec.bits-invalid',
      '/method/quantization/bits',
      'not of 8',
    ],
    [
      'levels past the bits of the target',
      { target: { id: 'four' }, ...quantization({ levels: 17 }) },
      'spec.levels-invalid',
      '/method/quantization/levels',
      '17 levels do not fit in 4 bits (the most that four stores)',
    ],
    [
      'a target that stores no codebook',
      { target: target('one-bit', [1]) },
      'spec.bits-invalid',
      '/method/quantization/bits',
      'weights of 1 bits',
    ],
    [
      'a technique that has three levels',
      quantization({ technique: 'ttq', levels: 4 }),
      'spec.levels-invalid',
      '/method/quantization/levels',
      'ttq has 3 levels, not 4',
    ],
    [
      'centroids without codes to spare',
      quantization({ technique: 'dkm', levels: 4, bits: 2 }),
      'spec.levels-invalid',
      '/method/quantization/levels',
      'fewer than 4 levels at 2 bits',
    ],
    [
      'more soft assignments than memory',
      {
        model: { architecture: 'FC4096-LIF-FC10' },
        ...quantization({ technique: 'dkm', levels: 16 }),
      },
      'spec.levels-invalid',
      '/method/quantization/levels',
      'with 3211264 weights in one codebook at most 5 levels, not 16',
    ],
    [
      'a fraction of 1.5',
      budget('fraction', 1.5),
      'spec.budget-invalid',
      '/method/pruning/budget/value',
      'lies in [0, 1); 1.5 does not',
    ],
    [
      'a fraction of 1',
      budget('fraction', 1),
      'spec.budget-invalid',
      '/method/pruning/budget/value',
      '[0, 1)',
    ],
    [
      'a fraction past the floors',
      budget('fraction', 0.9),
      'spec.budget-invalid',
      '/method/pruning/budget/value',
      'of 96 units that may be pruned, every layer keeps its floor and 85 may go: the fraction may be at most 0.8854, not 0.9',
    ],
    [
      'half a neuron',
      budget('neurons', 1000.5),
      'spec.budget-invalid',
      '/method/pruning/budget/value',
      'whole number',
    ],
    [
      'too few neurons',
      budget('neurons', 4507),
      'spec.budget-invalid',
      '/method/pruning/budget/value',
      'floor 4508 are left, of 37632',
    ],
    [
      'too few synapses',
      budget('synapses', 0),
      'spec.budget-invalid',
      '/method/pruning/budget/value',
      'floor 75126 are left, of 3523328',
    ],
    [
      'too few bits',
      budget('size', 1000),
      'spec.budget-invalid',
      '/method/pruning/budget/value',
      '1000 bits cannot be reached: with every layer at its floor',
    ],
    [
      'a fit with a value',
      budget('fit', 10),
      'spec.budget-invalid',
      '/method/pruning/budget/value',
      'takes no value',
    ],
    [
      'a number that is missing',
      budget('energy'),
      'spec.budget-invalid',
      '/method/pruning/budget/value',
      'of kind energy needs a value',
    ],
    [
      'more scoring samples than are left',
      { dataset: { id: 'fashion-mnist', trainSamples: 100 }, ...pruning({ samples: 91 }) },
      'spec.dataset-too-small',
      '/method/pruning/samples',
      '90 training samples are left',
    ],
  ];
  it.each(cases)('%s', (_, changes, code, pointer, words) => {
    const error = failure(changes);
    expect(error.code).toBe(code);
    expect(error.errors[0]!.pointer).toBe(pointer);
    expect(error.errors[0]!.detail).toContain(words);
    expect(error.detail).toContain(error.errors[0]!.detail);
  });

  it('all at once', () => {
    const error = failure({
      model: { architecture: '32C3-XX-FC10-YY' },
      dataset: { id: 'nowhere' },
      target: { id: 'abacus' },
      method: {
        quantization: { technique: 'magic', levels: 9, bits: 3 },
        pruning: { technique: 'axe', budget: { kind: 'fraction', value: 2 } },
      },
    });
    expect(error.code).toBe('spec.architecture-invalid');
    expect(error.detail).toContain('(and 7 more: see errors)');
    expect(error.errors.map(({ pointer }) => pointer)).toEqual([
      '/model/architecture',
      '/model/architecture',
      '/dataset/id',
      '/target/id',
      '/method/quantization/technique',
      '/method/quantization/levels',
      '/method/pruning/technique',
      '/method/pruning/budget/value',
    ]);
  });

  it('the order of tokens even where the data set is not known', () => {
    const error = failure({ model: { architecture: '32C3-4C3-FC10' }, dataset: { id: 'nowhere' } });
    expect(error.errors.map(({ pointer }) => pointer)).toEqual(['/model/architecture', '/dataset/id']);
  });

  it.each([
    ['levels 1', quantization({ levels: 1 })],
    ['levels 300', quantization({ levels: 300 })],
    ['bits 9', quantization({ bits: 9 })],
    ['epochs 0', { training: { pretrainEpochs: 0 } }],
    ['epochs 1e9', { training: { catEpochs: 1e9 } }],
    ['a negative budget', budget('fraction', -0.5)],
    ['a budget that is no number', budget('fraction', Number.NaN)],
    ['no samples', { dataset: { id: 'fashion-mnist', trainSamples: 0 } }],
    ['a seed of half', { seed: 0.5 }],
    ['an empty architecture', { model: { architecture: '' } }],
  ])('%s, by its schema', (_, changes) => {
    expect(Value.Errors(JobRequestSchema, { ...minimal, ...changes }).length).toBeGreaterThan(0);
  });
});

describe('what it adapts', () => {
  it.each([
    ['fashion-mnist', 'direct', 'flip', [28, 28, 1]],
    ['mnist', 'direct', 'none', [28, 28, 1]],
    ['cifar-10', 'direct', 'flip', [32, 32, 3]],
    ['n-mnist', 'event', 'none', [34, 34, 2]],
  ])('encodes and augments %s by %s and %s', (id, encoder, augmentation, inputShape) => {
    const spec = resolve({ dataset: { id } });
    expect(spec.network).toMatchObject({ encoder, inputShape });
    expect(spec.training.augmentation).toBe(augmentation);
  });

  it('flips digits where that is asked for', () => {
    const spec = resolve({ dataset: { id: 'mnist' }, training: { augmentation: 'flip-crop' } });
    expect(spec.training.augmentation).toBe('flip-crop');
  });

  it('takes the most bits up to 8 that the target stores', () => {
    expect(resolve({ target: { id: 'loihi' } }).quantization.bits).toBe(8);
    expect(resolve({ target: { id: 'four' } }).quantization.bits).toBe(4);
    expect(resolve({ target: target('wide', [16]) }).quantization.bits).toBe(8);
    expect(resolve({ target: target('two', [1, 2]) }).quantization).toMatchObject({ bits: 2, levels: 4 });
  });

  it('stores narrow values in the narrowest word of a wide target', () => {
    expect(resolve({ target: target('wide', [16]), ...quantization({ bits: 5 }) }).quantization.bits).toBe(5);
  });

  it('allows every level that the bits tell apart', () => {
    expect(resolve(quantization({ levels: 4, bits: 2 })).quantization.levels).toBe(4);
    expect(resolve(quantization({ levels: 256 })).quantization.levels).toBe(256);
  });

  it('judges bits and levels only when it quantises', () => {
    const spec = resolve({
      target: { id: 'four' },
      ...quantization({ technique: 'none', levels: 200, bits: 2 }),
    });
    expect(spec.quantization).toMatchObject({ technique: 'none', levels: 200, bits: 2 });
  });

  it('prunes nothing with technique none, whatever the budget says', () => {
    const spec = resolve(pruning({ technique: 'none', budget: { kind: 'synapses', value: 1 } }));
    expect(spec.pruning).toMatchObject({ technique: 'none', budget: { kind: 'fraction', value: 0 } });
  });

  it('accepts exactly the least number that the floors leave', () => {
    const least = {
      neurons: 28 * 28 * 4 + 14 * 14 * 7,
      synapses: 82 ** 2 * 4 + 40 ** 2 * 4 * 7 + 49 * 7 * 10,
    };
    for (const kind of ['neurons', 'synapses'] as const) {
      expect(resolve(budget(kind, least[kind])).pruning.budget).toEqual({ kind, value: least[kind] });
      expect(failure(budget(kind, least[kind] - 1)).code).toBe('spec.budget-invalid');
    }
    expect(resolve(budget('fraction', 85 / 96)).pruning.budget.value).toBe(85 / 96);
    expect(resolve(budget('fraction', 0.8854)).pruning.budget.value).toBe(0.8854);
  });

  it('accepts a budget above what the network has, and of a network without hidden layers', () => {
    expect(resolve(budget('neurons', 1e9)).pruning.budget.value).toBe(1e9);
    expect(resolve({ model: { architecture: 'FC10' } }).pruning.budget.value).toBe(0.5);
  });

  it('leaves budgets that only the job can measure to the job', () => {
    expect(resolve(budget('energy', 1e-9)).pruning.budget).toEqual({ kind: 'energy', value: 1e-9 });
    expect(resolve(budget('synops', 1.5)).pruning.budget).toEqual({ kind: 'synops', value: 1.5 });
    expect(resolve(budget('fit')).pruning.budget).toEqual({ kind: 'fit', value: null });
  });

  it('removes by default no more than the floors allow', () => {
    const spec = resolve({ model: { architecture: '6C3-LIF-4C3-LIF-FC10' } });
    expect(spec.pruning.budget).toEqual({ kind: 'fraction', value: 0.2 });
    expect(
      failure({ model: { architecture: '6C3-LIF-4C3-LIF-FC10' }, ...budget('fraction', 0.5) }).code,
    ).toBe('spec.budget-invalid');
  });

  it('judges budgets by the floors that are asked for', () => {
    const asked = pruning({
      floorUnits: 2,
      floorFraction: 0.05,
      budget: { kind: 'fraction', value: 0.9 },
    });
    expect(resolve(asked).pruning).toMatchObject({ floorUnits: 2, floorFraction: 0.05 });
    // 2 of 32 and 4 of 64 channels stay.
    expect(
      failure(pruning({ ...asked.method.pruning, budget: { kind: 'fraction', value: 0.94 } })).errors,
    ).toMatchObject([{ detail: expect.stringContaining('90 may go') }]);
    const synapses = { unit: 'synapse', budget: { kind: 'fraction', value: 0.999 } } as const;
    expect(failure(pruning(synapses)).code).toBe('spec.budget-invalid');
    expect(resolve(pruning({ ...synapses, floorFraction: 0.0005 })).pruning).toMatchObject({
      floorUnits: 4,
      floorFraction: 0.0005,
    });
  });

  it('scores on no more samples than there are', () => {
    expect(resolve({ dataset: { id: 'fashion-mnist', trainSamples: 100 } }).pruning.samples).toBe(90);
  });

  it('counts the validation split into the training samples, with one at least', () => {
    const validation = (trainSamples: number, validationFraction: number) =>
      resolve({ dataset: { id: 'fashion-mnist', trainSamples }, training: { validationFraction } }).dataset
        .validationSamples;
    expect(validation(12_345, 0.1)).toBe(1235);
    expect(validation(20, 0.5)).toBe(10);
    expect(validation(20, 0.01)).toBe(1);
  });

  it('is a function of the request alone', () => {
    expect(resolve()).toEqual(resolve());
    expect(countNetwork(resolve().network).neurons).toBe(37_632);
  });
});
