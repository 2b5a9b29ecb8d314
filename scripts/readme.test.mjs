// What the README shows is tried on the API: every command, in order, with its bodies.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestApi } from '../services/api/test/test-api.ts';
import { curlCommands } from './lib/curl-commands.mjs';
import { inRoot } from './lib/paths.mjs';

const commands = curlCommands(readFileSync(inRoot('README.md'), 'utf8'));
const jobBodies = commands.filter(({ path, body }) => path.startsWith('/v1/jobs') && body !== undefined);
/** @type {TestApi} */
let api;
/** @type {Record<string, Record<string, object>>} */
let paths;
/** The newest job that a command made. */
let job = '';

beforeAll(async () => {
  api = await TestApi.open();
  paths = (await api.app.inject('/openapi.json')).json().paths;
});
afterAll(() => api[Symbol.asyncDispose]());

/** `/v1/jobs/$JOB?limit=1` → `/v1/jobs/{}`. @param {string} path */
const shapeOf = (path) => path.replace(/\?.*/, '').replace(/\$[A-Z]+|\{\w+\}/g, '{}');

test('there is something to try', () => {
  expect(commands.length).toBeGreaterThan(10);
  expect(jobBodies.length).toBeGreaterThan(1);
});

test.each(commands)('$method $path is in the OpenAPI document', ({ method, path }) => {
  const documented = Object.entries(paths).flatMap(([template, methods]) =>
    Object.keys(methods).map((name) => `${name.toUpperCase()} ${shapeOf(template)}`),
  );
  expect(documented).toContain(`${method} ${shapeOf(path)}`);
});

test.each(jobBodies)('$method $path sends a job that can be', async ({ body }) => {
  const answer = await api.call('POST /v1/jobs?validateOnly=true', {
    headers: { 'content-type': 'application/json' },
    payload: String(body),
  });
  expect(answer.statusCode, answer.body).toBe(200);
});

// In order: later ones need the job of an earlier one. A stream of events ends only with the job.
test.each(commands.filter(({ headers }) => headers.accept !== 'text/event-stream'))(
  '$method $path is answered',
  async ({ method, path, headers, body }) => {
    const { authorization, ...others } = headers;
    const answer = await api.call(`${method} ${path.replace('$JOB', job)}`, {
      ...(authorization === undefined ? { key: null } : {}),
      headers: others,
      ...(body === undefined ? {} : { payload: body }),
    });
    if (method === 'POST' && path === '/v1/jobs') job = answer.json().id;
    if (path.endsWith('/report')) expect(answer.json()).toMatchObject({ code: 'report.not-ready' });
    else expect(answer.statusCode, answer.body).toBeLessThan(300);
  },
);
