/** Every kind of bad input has its code and pointer, and leaves no trace in the database. */
import { type ErrorCode, errorCatalogue, type Problem } from '@spikefit/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { goodRequest, withValue } from './requests.ts';
import { publicUrl, TestApi } from './test-api.ts';

let api: TestApi;
let before: Record<string, number>;
beforeAll(async () => {
  api = await TestApi.open({
    config: { maxBodyBytes: 20_000 },
    resolveHost: async (host) => {
      if (host === 'inside.example') return ['93.184.216.34', '10.0.0.5'];
      if (host === 'six.example') return ['::ffff:127.0.0.1'];
      if (host === 'nowhere.example') throw Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' });
      return ['93.184.216.34'];
    },
  });
  before = await api.rowCounts();
});
afterAll(() => api[Symbol.asyncDispose]());

function expectProblem(answer: Awaited<ReturnType<TestApi['call']>>, code: ErrorCode): Problem {
  const problem = answer.json<Problem>();
  expect(problem.code, JSON.stringify(problem)).toBe(code);
  const { status, title } = errorCatalogue[code];
  expect(answer.statusCode).toBe(status);
  expect(answer.headers['content-type']).toBe('application/problem+json');
  expect(problem).toMatchObject({
    type: `${publicUrl}/v1/errors/${code}`,
    title,
    status,
    requestId: answer.headers['x-request-id'],
  });
  expect(problem.detail).not.toBe('');
  return problem;
}

const webhook = (url: string) => withValue('/webhook', { url });
const quantization = (value: object) => withValue('/method/quantization', value);

describe('a job request', () => {
  test.each<[string, unknown, ErrorCode, string]>([
    ['an unknown field', withValue('/colour', 'red'), 'request.unknown-field', '/colour'],
    [
      'an unknown field inside',
      withValue('/training/epochs', 3),
      'request.unknown-field',
      '/training/epochs',
    ],
    ['__proto__', JSON.parse('{"__proto__": {"a": 1}}'), 'request.unknown-field', '/__proto__'],
    ['a wrong type', withValue('/seed', '1'), 'request.invalid', '/seed'],
    ['a fractional integer', withValue('/seed', 1.5), 'request.invalid', '/seed'],
    ['no model', withValue('/model', undefined), 'request.invalid', '/model'],
    ['no object', [goodRequest], 'request.invalid', ''],
    [
      'an unknown token',
      withValue('/model/architecture', '8C3-XY-FC10'),
      'spec.architecture-invalid',
      '/model/architecture',
    ],
    [
      'an empty token',
      withValue('/model/architecture', '8C3--FC10'),
      'spec.architecture-invalid',
      '/model/architecture',
    ],
    [
      'a batch norm that feeds no neuron',
      withValue('/model/architecture', '8C3-BN-8C3-LIF-FC10'),
      'spec.architecture-unsupported',
      '/model/architecture',
    ],
    [
      'a network that shrinks to nothing',
      withValue('/model/architecture', '8C3-LIF-MP2-MP2-MP2-MP2-MP2-FC10'),
      'spec.shape-vanishes',
      '/model/architecture',
    ],
    [
      'too few classes',
      withValue('/model/architecture', '8C3-LIF-FC9'),
      'spec.classes-mismatch',
      '/model/architecture',
    ],
    ['an unknown data set', withValue('/dataset/id', 'imagenet'), 'spec.dataset-unknown', '/dataset/id'],
    [
      'more samples than there are',
      withValue('/dataset/trainSamples', 60_001),
      'spec.dataset-too-small',
      '/dataset/trainSamples',
    ],
    [
      'more test samples than there are',
      withValue('/dataset/testSamples', 10_001),
      'spec.dataset-too-small',
      '/dataset/testSamples',
    ],
    ['an unknown target', withValue('/target/id', 'loihi-9'), 'spec.target-unknown', '/target/id'],
    ['a target that is a text', withValue('/target', 'loihi'), 'request.invalid', '/target'],
    ['a target with a stranger', withValue('/target/version', 1), 'request.invalid', '/target/name'],
    [
      'an unknown technique',
      quantization({ technique: 'magic' }),
      'spec.technique-unknown',
      '/method/quantization/technique',
    ],
    [
      'an unknown pruning technique',
      withValue('/method/pruning/technique', 'magic'),
      'spec.technique-unknown',
      '/method/pruning/technique',
    ],
    ['one level', quantization({ levels: 1 }), 'request.invalid', '/method/quantization/levels'],
    ['300 levels', quantization({ levels: 300 }), 'request.invalid', '/method/quantization/levels'],
    [
      'levels > 2^bits',
      quantization({ levels: 5, bits: 2 }),
      'spec.levels-invalid',
      '/method/quantization/levels',
    ],
    [
      'a budget of 1.5',
      withValue('/method/pruning/budget', { kind: 'fraction', value: 1.5 }),
      'spec.budget-invalid',
      '/method/pruning/budget/value',
    ],
    [
      'a negative budget',
      withValue('/method/pruning/budget', { kind: 'fraction', value: -0.1 }),
      'request.invalid',
      '/method/pruning/budget/value',
    ],
    [
      'a budget below the floors',
      withValue('/method/pruning/budget', { kind: 'neurons', value: 1 }),
      'spec.budget-invalid',
      '/method/pruning/budget/value',
    ],
    ['no epochs', withValue('/training/pretrainEpochs', 0), 'request.invalid', '/training/pretrainEpochs'],
    ['10⁹ epochs', withValue('/training/catEpochs', 1e9), 'request.invalid', '/training/catEpochs'],
    ['a priority of 101', withValue('/priority', 101), 'request.invalid', '/priority'],
    ['a label that is a number', withValue('/metadata/paper', 2), 'request.invalid', '/metadata/paper'],
    ['text that Postgres cannot hold', withValue('/name', 'a\0b'), 'request.invalid', '/name'],
    ['half a surrogate pair', withValue('/metadata', { key: '\ud800' }), 'request.invalid', '/metadata/key'],
    ['a webhook to http', webhook('http://example.com/hook'), 'webhook.url-refused', '/webhook/url'],
    ['a webhook to loopback', webhook('https://127.0.0.1/hook'), 'webhook.url-refused', '/webhook/url'],
    ['a webhook to localhost', webhook('https://localhost:8443/'), 'webhook.url-refused', '/webhook/url'],
    [
      'a webhook to a private address',
      webhook('https://192.168.1.7/'),
      'webhook.url-refused',
      '/webhook/url',
    ],
    [
      'a webhook to the metadata service',
      webhook('https://169.254.169.254/'),
      'webhook.url-refused',
      '/webhook/url',
    ],
    ['a webhook in disguise', webhook('https://[::ffff:10.0.0.1]/'), 'webhook.url-refused', '/webhook/url'],
    [
      'a name that means a private address',
      webhook('https://inside.example/'),
      'webhook.url-refused',
      '/webhook/url',
    ],
    [
      'a name that means loopback in IPv6',
      webhook('https://six.example/'),
      'webhook.url-refused',
      '/webhook/url',
    ],
    [
      'a name that does not exist',
      webhook('https://nowhere.example/'),
      'webhook.url-refused',
      '/webhook/url',
    ],
    ['credentials in the URL', webhook('https://u:p@example.com/'), 'webhook.url-refused', '/webhook/url'],
    ['no URL', webhook('example.com'), 'webhook.url-refused', '/webhook/url'],
    [
      'a short secret',
      withValue('/webhook', { url: 'https://example.com/', secret: 'whsec_c2hvcnQ=' }),
      'webhook.secret-invalid',
      '/webhook/secret',
    ],
    [
      'a secret of another kind',
      withValue('/webhook', { url: 'https://example.com/', secret: 'x'.repeat(40) }),
      'webhook.secret-invalid',
      '/webhook/secret',
    ],
    [
      'an unknown event',
      withValue('/webhook', { url: 'https://example.com/', events: ['job.exploded'] }),
      'request.invalid',
      '/webhook/events/0',
    ],
  ])('%s', async (_, payload, code, pointer) => {
    const answer = await api.call('POST /v1/jobs', {
      headers: { 'content-type': 'application/json', 'idempotency-key': 'never kept' },
      payload: JSON.stringify(payload),
    });
    const problem = expectProblem(answer, code);
    expect(problem.errors.map((error) => error.pointer)).toContain(pointer);
    expect(await api.rowCounts()).toEqual(before);
  });

  test('every problem of the spec is named at once', async () => {
    const payload = {
      ...withValue('/model/architecture', '8C3-XY-FC10'),
      target: { id: 'none' },
      method: { quantization: { technique: 'magic' }, pruning: { technique: 'magic' } },
    };
    const { errors } = (await api.call('POST /v1/jobs', { payload })).json<Problem>();
    expect(errors.map(({ pointer }) => pointer).sort()).toEqual([
      '/method/pruning/technique',
      '/method/quantization/technique',
      '/model/architecture',
      '/target/id',
    ]);
  });

  test('an address behind a name is not told', async () => {
    const answer = await api.call('POST /v1/jobs', { payload: webhook('https://inside.example/') });
    expect(answer.body).not.toContain('10.0.0.5');
  });

  test('a whole target that contradicts itself', async () => {
    const target = (await api.call('GET /v1/targets/loihi')).json();
    const broken = {
      ...target,
      id: 'broken',
      weights: { ...target.weights, bits: { value: [1], source: 'x' } },
    };
    broken.weights.distinctValues = { value: 256, source: 'x' };
    expectProblem(
      await api.call('POST /v1/jobs', { payload: withValue('/target', broken) }),
      'spec.target-invalid',
    );
    expect(await api.rowCounts()).toEqual(before);
  });
});

describe('a body', () => {
  const json = { 'content-type': 'application/json' };

  test.each([
    ['cut short', '{"model": '],
    ['of words', 'hello'],
    ['with a trailing comma', '{"seed": 1,}'],
    ['with NaN', '{"seed": NaN}'],
    ['that is empty', ''],
  ])('%s is not JSON', async (_, payload) => {
    expectProblem(await api.call('POST /v1/jobs', { headers: json, payload }), 'request.not-json');
    expect(await api.rowCounts()).toEqual(before);
  });

  test('that is not UTF-8 is not JSON', async () => {
    const payload = Buffer.concat([Buffer.from('{"name": "'), Buffer.of(0xff, 0xfe), Buffer.from('"}')]);
    const problem = expectProblem(
      await api.call('POST /v1/jobs', { headers: json, payload }),
      'request.not-json',
    );
    expect(problem.detail).toMatch(/UTF-8/);
  });

  test('over the limit is refused, and the limit is named', async () => {
    const payload = JSON.stringify(withValue('/metadata', { text: 'x'.repeat(20_000) }));
    const problem = expectProblem(
      await api.call('POST /v1/jobs', { headers: json, payload }),
      'request.too-large',
    );
    expect(problem.detail).toContain('20000 bytes');
    expect(await api.rowCounts()).toEqual(before);
  });

  test('nested very deeply does not end the process', async () => {
    const payload = `{"metadata": ${'['.repeat(9000)}${']'.repeat(9000)}}`;
    expectProblem(await api.call('POST /v1/jobs', { headers: json, payload }), 'request.invalid');
  });

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'nonsense',
  ])('of type %s is not supported', async (type) => {
    const answer = await api.call('POST /v1/jobs', { headers: { 'content-type': type }, payload: 'seed=1' });
    expectProblem(answer, 'request.unsupported-media-type');
  });

  test('is not asked for where there is nothing to say', async () => {
    const { id } = (await api.call('POST /v1/jobs', { payload: goodRequest })).json();
    const answer = await api.call(`POST /v1/jobs/${id}/cancel`, { headers: json, payload: '' });
    expect(answer.statusCode).toBe(200);
    before = await api.rowCounts();
  });
});

describe('a route', () => {
  test('that does not exist', async () => {
    expectProblem(await api.call('GET /v1/job', { key: null }), 'route.not-found');
    expectProblem(await api.call('POST /v2', { key: null }), 'route.not-found');
  });

  test('with another method names the ones that it has', async () => {
    const answer = await api.call('PUT /v1/jobs', { key: null });
    expectProblem(answer, 'route.method-not-allowed');
    expect(answer.headers.allow).toBe('GET, HEAD, POST');
    expectProblem(await api.call('POST /v1/jobs/job_1', { key: null }), 'route.method-not-allowed');
  });

  test('in bad percent-encoding', async () => {
    expectProblem(await api.app.inject('/v1/jobs/%zz'), 'request.invalid');
  });

  test.each([
    ['limit=0', 'request.invalid', 'query/limit'],
    ['limit=201', 'request.invalid', 'query/limit'],
    ['limit=many', 'request.invalid', 'query/limit'],
    ['limit=1&limit=2', 'request.invalid', 'query/limit'],
    ['status=lost', 'request.invalid', 'query/status'],
    ['page=2', 'request.unknown-field', 'query/page'],
  ] as const)('with the query %s', async (query, code, pointer) => {
    const problem = expectProblem(await api.call(`GET /v1/jobs?${query}`), code);
    expect(problem.errors.map((error) => error.pointer)).toEqual([pointer]);
  });

  test.each(['nonsense', 'e30', Buffer.from('["jobs"]').toString('base64url')])(
    'with the cursor %s',
    async (cursor) => {
      expectProblem(await api.call(`GET /v1/jobs?after=${cursor}`), 'request.cursor-invalid');
    },
  );
});

test('nothing of all this is a fault of the server', () => {
  const errors = api.log
    .map((line) => JSON.parse(line) as { level: string; msg: string })
    .filter(({ level }) => level === 'error');
  expect(errors).toEqual([]);
});
