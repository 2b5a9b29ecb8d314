/** Whatever the body, the answer is a job, or a problem of the sender's: never a fault of the server. */
import type { Problem } from '@spikefit/contracts';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { goodRequest, withValue } from './requests.ts';
import { TestApi } from './test-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await TestApi.open();
});
afterAll(() => api[Symbol.asyncDispose]());

const pointers = [
  '/name',
  '/model',
  '/model/architecture',
  '/model/timeSteps',
  '/model/neuron',
  '/model/neuron/tau',
  '/dataset',
  '/dataset/trainSamples',
  '/target',
  '/target/id',
  '/method',
  '/method/quantization',
  '/method/quantization/levels',
  '/method/quantization/bits',
  '/method/pruning',
  '/method/pruning/budget',
  '/training',
  '/training/batchSize',
  '/training/learningRate',
  '/limits',
  '/webhook',
  '/webhook/url',
  '/metadata',
  '/seed',
];

const token = fc.oneof(
  fc.constantFrom(
    'BN',
    'IF',
    'LIF',
    'PLIF',
    'MP2',
    'AP2',
    'DP0.5',
    'FC10',
    'FC1000000',
    'MP0',
    '8C0',
    '0C3',
    '-',
    '',
  ),
  fc.tuple(fc.nat(200), fc.nat(9)).map(([filters, kernel]) => `${filters}C${kernel}`),
  fc.nat(300).map((units) => `FC${units}`),
);
const value = fc.oneof(
  fc.jsonValue(),
  fc.integer(),
  fc.double(),
  fc.string({ unit: 'binary' }),
  fc.array(token, { maxLength: 12 }).map((tokens) => tokens.join('-')),
  fc.webUrl(),
  fc.constantFrom({}, { id: 'loihi' }, { kind: 'neurons', value: 500 }, { kind: 'fraction', value: 0.99 }),
);

test('a request with anything at any place', async () => {
  const changes = fc.array(fc.tuple(fc.constantFrom(...pointers), value), { minLength: 1, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(changes, async (list) => {
      let payload: Record<string, unknown> = structuredClone(goodRequest);
      for (const [pointer, changed] of list) {
        try {
          payload = withValue(pointer, changed, payload);
        } catch {
          // The place is inside of what became a text or a number.
        }
      }
      const answer = await api.call('POST /v1/jobs?validateOnly=true', {
        headers: { 'content-type': 'application/json' },
        payload: JSON.stringify(payload),
      });
      expect([200, 400, 413, 422], answer.body).toContain(answer.statusCode);
      if (answer.statusCode !== 200) expect(answer.json<Problem>().code).not.toBe('internal.error');
    }),
    { numRuns: 300, seed: 20_260_101 },
  );
});

test('any bytes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
      const answer = await api.call('POST /v1/jobs', {
        headers: { 'content-type': 'application/json' },
        payload: Buffer.from(bytes),
      });
      expect(answer.statusCode, answer.body).toBe(400);
    }),
    { numRuns: 200, seed: 20_260_102 },
  );
});
