import { JobRequest } from '@spikefit/contracts';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import { withoutSchemaIds } from '../schemas/schema-ids.ts';
import { schemaViolations } from './schema-violations.ts';

const ajv = new Ajv({ allErrors: true, verbose: true, strictTuples: false });
formats.default(ajv, ['date-time']);
const validate = ajv.compile(withoutSchemaIds(JobRequest));

function judge(body: unknown) {
  expect(validate(body)).toBe(false);
  return schemaViolations(validate.errors ?? [], 'body');
}

const good = {
  model: { architecture: '8C3-LIF-FC10' },
  dataset: { id: 'fashion-mnist' },
  target: { id: 'loihi' },
};

describe('a violation becomes a pointer and a sentence', () => {
  test.each([
    [
      { ...good, seeds: 1 },
      'request.unknown-field',
      '/seeds',
      'there is no such field; did you mean "seed"?',
    ],
    [{ ...good, zzz: 1 }, 'request.unknown-field', '/zzz', 'there is no such field'],
    [{ ...good, 'a/b~c': 1 }, 'request.unknown-field', '/a~1b~0c', 'there is no such field'],
    [
      { ...good, training: { optimiser: 'adam' } },
      'request.unknown-field',
      '/training/optimiser',
      'there is no such field; did you mean "optimizer"?',
    ],
    [{ ...good, seed: '1' }, 'request.invalid', '/seed', 'must be an integer, but is "1"'],
    [{ ...good, seed: 1.5 }, 'request.invalid', '/seed', 'must be an integer, but is 1.5'],
    [{ ...good, name: null }, 'request.invalid', '/name', 'must be a string, but is null'],
    [{ ...good, model: [] }, 'request.invalid', '/model', 'must be an object, but is an array'],
    [
      { ...good, training: { pretrainEpochs: 0 } },
      'request.invalid',
      '/training/pretrainEpochs',
      'must be at least 1, but is 0',
    ],
    [
      { ...good, training: { optimizer: 'lion' } },
      'request.invalid',
      '/training/optimizer',
      'must be one of "adam", "sgd", but is "lion"',
    ],
    [
      { ...good, training: { learningRate: 0 } },
      'request.invalid',
      '/training/learningRate',
      'must be greater than 0, but is 0',
    ],
    [
      { ...good, webhook: { url: 'https://x.example', events: ['job.created', 'job.created'] } },
      'request.invalid',
      '/webhook/events',
      'must not have the same item twice',
    ],
    [{ ...good, name: '' }, 'request.invalid', '/name', 'must have at least 1 character'],
    [{ ...good, metadata: { a: 1 } }, 'request.invalid', '/metadata/a', 'must be a string, but is 1'],
    [{ dataset: good.dataset, target: good.target }, 'request.invalid', '/model', 'is required'],
    ['text', 'request.invalid', '', 'must be an object, but is "text"'],
  ])('%j', (body, code, pointer, detail) => {
    const error = judge(body);
    expect(error.code).toBe(code);
    expect(error.errors).toEqual([{ pointer, detail }]);
  });

  test('all of them are listed, and an unknown field gives the code', () => {
    const error = judge({ ...good, seed: -1, training: { catEpochs: 0 }, metadate: {} });
    expect(error.code).toBe('request.unknown-field');
    expect(error.errors.map(({ pointer }) => pointer).sort()).toEqual([
      '/metadate',
      '/seed',
      '/training/catEpochs',
    ]);
    expect(error.detail).toMatch(/and 2 more/);
  });

  test('a hostile body cannot ask for an endless list', () => {
    const fields = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`field${index}`, 1]));
    expect(judge({ ...good, ...fields }).errors).toHaveLength(50);
  });

  test('a secret in the wrong place is not repeated', () => {
    const error = judge({ ...good, training: { optimizer: 'whsec_c2VjcmV0' } });
    expect(JSON.stringify(error.errors)).not.toContain('c2VjcmV0');
  });
});

describe('of a union, only the meant branch speaks', () => {
  test('a target by id with a stranger beside it', () => {
    expect(judge({ ...good, target: { id: 'loihi', chip: 1 } }).errors).toEqual([
      { pointer: '/target/chip', detail: 'there is no such field' },
    ]);
  });

  test('no id', () => {
    expect(judge({ ...good, target: {} }).errors).toEqual([{ pointer: '/target/id', detail: 'is required' }]);
  });

  test('a text in the place of the target', () => {
    expect(judge({ ...good, target: 'loihi' }).errors).toEqual([
      { pointer: '/target', detail: 'must be an object, but is "loihi"' },
    ]);
  });

  test('a whole target with one wrong number', () => {
    const sourced = { value: null, source: 'unknown' };
    const target = {
      id: 'mine',
      name: 'Mine',
      version: 0,
      description: '',
      weights: { bits: sourced, distinctValues: { value: 4 } },
      cores: { value: 'many', source: 'guess' },
    };
    const pointers = judge({ ...good, target }).errors.map(({ pointer }) => pointer);
    expect(pointers).toContain('/target/version');
    expect(pointers).toContain('/target/cores/value');
    expect(pointers).toContain('/target/weights/distinctValues/source');
    expect(pointers).not.toContain('/target/name');
  });
});

test('problems of a query name the parameter', () => {
  const query = new Ajv({ allErrors: true, verbose: true, coerceTypes: true });
  const check = query.compile({
    type: 'object',
    properties: { limit: { type: 'integer', maximum: 200 } },
    additionalProperties: false,
  });
  expect(check({ limit: '900', page: '2' })).toBe(false);
  expect(schemaViolations(check.errors ?? [], 'query').errors).toEqual([
    { pointer: 'query/page', detail: 'there is no such field' },
    { pointer: 'query/limit', detail: 'must be at most 200, but is 900' },
  ]);
});
