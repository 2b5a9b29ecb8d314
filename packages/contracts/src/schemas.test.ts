import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { type IdKind, idPattern, idPrefixes } from './ids.ts';
import { JobRequest } from './job-request.ts';
import { ApiKeyRequest, PageQuery } from './resources.ts';
import { Target } from './target.ts';

type Path = (string | number)[];
type Json = Record<string, unknown>;

const sourced = (value: unknown) => ({ value, source: 'a data sheet' });
const target = {
  id: 'my-chip',
  name: 'My chip',
  version: 1,
  description: '',
  cores: sourced(4),
  neuronsPerCore: sourced(256),
  neurons: sourced(null),
  synapsesPerCore: sourced(null),
  synapses: sourced(null),
  synapseMemoryBitsPerCore: sourced(null),
  fanIn: sourced(null),
  fanOut: sourced(null),
  inputAxonsPerCore: sourced(null),
  outputAxonsPerCore: sourced(null),
  weights: {
    bits: sourced([4, 8]),
    distinctValues: sourced(4),
    distinctValuesPer: 'layer',
    sharedByAxonType: false,
  },
  neuron: {
    models: sourced(['lif']),
    resets: sourced(['hard']),
    comparisons: sourced(['ge']),
    stateFractionBits: sourced(8),
  },
  thresholdGranularity: sourced('core'),
  maxThresholdProfiles: sourced(8),
  pooling: { max: 'none', source: 'a data sheet' },
  energy: { synapticOperationPicojoules: sourced(1.5), neuronUpdatePicojoules: sourced(null) },
};
const request = {
  name: 'everything',
  model: {
    architecture: '32C3-BN-LIF-MP2-FC10',
    timeSteps: 4,
    encoder: 'direct',
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
  dataset: { id: 'fashion-mnist', trainSamples: 1000, testSamples: 100 },
  target,
  method: {
    quantization: {
      technique: 'cat',
      levels: 4,
      bits: 8,
      group: 'layer',
      codebookLearningRateScale: 0.1,
      pull: 0,
      temperature: 1,
    },
    pruning: {
      technique: 'fsc',
      unit: 'channel',
      budget: { kind: 'fraction', value: 0.5 },
      steps: 4,
      samples: 512,
      recoveryEpochs: 1,
    },
  },
  training: {
    pretrainEpochs: 1,
    catEpochs: 1,
    finetuneEpochs: 1,
    batchSize: 32,
    learningRate: 0.002,
    optimizer: 'adam',
    momentum: 0.9,
    weightDecay: 0,
    schedule: 'cosine',
    validationFraction: 0.1,
    augmentation: 'flip',
    precision: 'fp32',
  },
  seed: 1,
  priority: 0,
  limits: { maxRuntimeSeconds: 60 },
  webhook: { url: 'https://example.com/hook', secret: 'whsec_abc', events: ['job.succeeded'] },
  metadata: { paper: 'table 2' },
};

/** The request with one place changed; `undefined` removes it. */
function changed(path: Path, value: unknown): Json {
  const copy = structuredClone(request) as Json;
  let at: Json = copy;
  for (const key of path.slice(0, -1)) at = at[key] as Json;
  const last = path.at(-1)!;
  if (value === undefined) delete at[last];
  else at[last] = value;
  return copy;
}
const objectsIn = (value: unknown, path: Path = []): Path[] => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return [path, ...Object.entries(value).flatMap(([key, member]) => objectsIn(member, [...path, key]))];
};
const accepts = (value: unknown, schema: TSchema = JobRequest) => Value.Check(schema, value);

describe('JobRequest', () => {
  it('accepts a request that says everything, and one that says only what it must', () => {
    expect([...Value.Errors(JobRequest, request)]).toEqual([]);
    const { model, dataset } = request;
    const least = {
      model: { architecture: model.architecture },
      dataset: { id: dataset.id },
      target: { id: 'loihi' },
    };
    expect(accepts(least)).toBe(true);
    for (const field of ['model', 'dataset', 'target'])
      expect(accepts({ ...least, [field]: undefined })).toBe(false);
  });

  const objects = objectsIn(request).filter(([first]) => first !== 'metadata');
  it.each(objects.map((path) => [path.join('/') || 'the top', path] as const))(
    'refuses an unknown field in %s',
    (_, path) => {
      expect(accepts(changed([...path, 'levelz'], 4))).toBe(false);
    },
  );

  it('refuses an unknown field beside a target id', () => {
    expect(accepts(changed(['target'], { id: 'loihi', version: 1 }))).toBe(false);
  });

  const wrong: [string, Path, unknown[]][] = [
    ['the architecture', ['model', 'architecture'], ['', 7, null, undefined, 'FC10-'.repeat(300)]],
    ['time steps', ['model', 'timeSteps'], [0, 129, 1.5, '4']],
    ['the encoder', ['model', 'encoder'], ['latency', 1]],
    ['the activation', ['model', 'activation'], ['relu', true]],
    ['tau', ['model', 'neuron', 'tau'], [0.5, 1001, '2']],
    ['the threshold', ['model', 'neuron', 'threshold'], [0, -1]],
    ['the surrogate', ['model', 'neuron', 'surrogate', 'name'], ['relu', undefined]],
    ['its parameter', ['model', 'neuron', 'surrogate', 'parameter'], [0, -1]],
    ['training samples', ['dataset', 'trainSamples'], [0, 9, 1.5, 1e9, '100']],
    ['levels', ['method', 'quantization', 'levels'], [1, 300, 257, 2.5, '4', null]],
    ['bits', ['method', 'quantization', 'bits'], [1, 9, 4.5]],
    ['the group', ['method', 'quantization', 'group'], ['neuron', 1]],
    ['the budget', ['method', 'pruning', 'budget', 'value'], [-0.1, '0.5', null]],
    ['its kind', ['method', 'pruning', 'budget', 'kind'], ['joules', undefined]],
    ['pruning steps', ['method', 'pruning', 'steps'], [0, 51]],
    ['epochs', ['training', 'pretrainEpochs'], [0, 1e9, 1001, 1.5, -1, '3']],
    ['the batch', ['training', 'batchSize'], [0, 5000]],
    ['the learning rate', ['training', 'learningRate'], [0, -1, 11]],
    ['momentum', ['training', 'momentum'], [1, -0.1]],
    ['the validation fraction', ['training', 'validationFraction'], [0, 0.6]],
    ['the seed', ['seed'], [-1, 0.5, 2 ** 31, '1']],
    ['the priority', ['priority'], [-1, 101]],
    ['the run time', ['limits', 'maxRuntimeSeconds'], [0, 1e9]],
    ['the webhook', ['webhook', 'url'], ['', undefined, 5, 'x'.repeat(2001)]],
    ['its events', ['webhook', 'events'], [[], ['job.exploded'], ['job.failed', 'job.failed']]],
    ['metadata', ['metadata', 'paper'], [7, null, 'x'.repeat(513)]],
    ['target bits', ['target', 'weights', 'bits', 'value'], [[], [0], [33], 8]],
    ['a number without source', ['target', 'cores', 'source'], ['', undefined]],
    ['the temperature', ['method', 'quantization', 'temperature'], [-0.1, 10.5, '1', null]],
  ];
  it.each(wrong)('refuses %s that is out of range or of another type', (_, path, values) => {
    for (const value of values) expect([value, accepts(changed(path, value))]).toEqual([value, false]);
  });

  it('holds metadata to 50 pairs', () => {
    const labels = (n: number) => Object.fromEntries(Array.from({ length: n }, (_, i) => [`label${i}`, 'x']));
    expect(accepts(changed(['metadata'], labels(50)))).toBe(true);
    expect(accepts(changed(['metadata'], labels(51)))).toBe(false);
    expect(accepts(changed(['metadata'], { 'two\nlines': 'x' }))).toBe(true);
    expect(accepts(changed(['metadata'], { 'two\nlines': 7 }))).toBe(false);
    expect(accepts(changed(['metadata'], { '': 'x' }))).toBe(false);
    expect(accepts(changed(['metadata'], { ['k'.repeat(65)]: 'x' }))).toBe(false);
  });
});

describe('other requests', () => {
  it('are closed too', () => {
    expect(accepts({ name: 'ci' }, ApiKeyRequest)).toBe(true);
    expect(accepts({ name: 'ci', admin: true }, ApiKeyRequest)).toBe(false);
    expect(accepts({ name: 'ci', scopes: ['everything'] }, ApiKeyRequest)).toBe(false);
    expect(accepts({ limit: 10 }, PageQuery)).toBe(true);
    expect(accepts({ limit: 10, offset: 3 }, PageQuery)).toBe(false);
    expect(accepts(target, Target)).toBe(true);
    expect(accepts({ ...target, cost: 1 }, Target)).toBe(false);
  });
});

describe('ids', () => {
  it('have one prefix each, and 26 characters of Crockford base32', () => {
    const prefixes = Object.values(idPrefixes);
    expect(new Set(prefixes).size).toBe(prefixes.length);
    for (const [kind, prefix] of Object.entries(idPrefixes)) {
      const pattern = new RegExp(idPattern(kind as IdKind));
      expect(pattern.test(`${prefix}_01jd3x8k7z9q2w4e6r8t0y1v2n`)).toBe(true);
      for (const bad of [
        '01jd3x8k7z9q2w4e6r8t0y1v2',
        '01jd3x8k7z9q2w4e6r8t0y1v2nn',
        '01JD3X8K7Z9Q2W4E6R8T0Y1V2N',
        '01jd3x8k7z9q2w4e6r8t0y1v2l',
      ]) {
        expect(pattern.test(`${prefix}_${bad}`)).toBe(false);
      }
      expect(pattern.test('xyz_01jd3x8k7z9q2w4e6r8t0y1v2n')).toBe(false);
    }
  });
});
