import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serviceVersion } from '../src/version.ts';
import { TestApi } from './test-api.ts';

interface Operation {
  operationId?: string;
  summary?: string;
  tags?: string[];
  security?: unknown[];
  parameters?: { in: string; name: string }[];
  requestBody?: {
    content: Record<string, { schema: object; examples?: Record<string, { value: unknown }> }>;
  };
  responses: Record<string, { description: string; content?: Record<string, { schema: object }> }>;
}
interface Document {
  readonly info: { readonly version: string };
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object>; securitySchemes: Record<string, unknown> };
  tags: { name: string }[];
}

let api: TestApi;
let document: Document;
beforeAll(async () => {
  api = await TestApi.open();
  document = (await api.app.inject('/openapi.json')).json();
});
afterAll(() => api[Symbol.asyncDispose]());

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      operation,
    })),
  );

test('the document is valid OpenAPI 3.1', async () => {
  expect(document.openapi).toBe('3.1.0');
  const validator = new Validator();
  const { valid, errors } = await validator.validate(
    structuredClone(document) as unknown as Record<string, unknown>,
  );
  expect(errors ?? []).toEqual([]);
  expect(valid).toBe(true);
  expect(validator.version).toBe('3.1');
  expect(document.info.version).toBe(serviceVersion);
});

test('every schema of it is a schema of draft 2020-12, and every reference leads somewhere', () => {
  for (const name of Object.keys(document.components.schemas)) {
    const schema = {
      $ref: `#/components/schemas/${name}`,
      components: { schemas: document.components.schemas },
    };
    const compile = () => new Ajv2020({ strict: false, validateFormats: false }).compile(schema);
    expect(compile, name).not.toThrow();
  }
  expect(JSON.stringify(document)).not.toMatch(/"\$id"|additionalItems|"\^\.\*\$"/);
});

test('every route is in it, but the documentation itself', () => {
  const documented = operations().map(({ name }) => name.replace(/\{([^}]+)\}/g, ':$1'));
  const tree = api.app.printRoutes({ commonPrefix: false });
  const served = routesOf(tree).filter(
    (route) => !/ \/(docs|openapi\.json|$)/.test(route) && !route.startsWith('HEAD '),
  );
  expect(documented.sort()).toEqual(served.sort());
});

/** Reads `├── jobs (GET, HEAD)` lines of Fastify's route tree. */
function routesOf(tree: string): string[] {
  const found: string[] = [];
  const path: string[] = [];
  for (const line of tree.split('\n')) {
    const match = /^([│ ]*)[├└]── (\S*)(?: \(([A-Z, ]+)\))?/.exec(line);
    if (match === null) continue;
    const [, indent = '', segment = '', methods] = match;
    path.length = indent.length / 4;
    path.push(segment);
    const url = path.join('');
    for (const method of methods?.split(', ') ?? []) found.push(`${method} ${url}`);
  }
  return [...new Set(found)];
}

describe('for a newcomer', () => {
  test('every operation has a name, a summary, a known tag, and explains its answers', () => {
    const tags = document.tags.map(({ name }) => name);
    const names = operations().map(({ operation }) => operation.operationId);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, operation } of operations()) {
      expect(operation.operationId, name).toMatch(/^[a-z][A-Za-z]+$/);
      expect(operation.summary, name).toBeTruthy();
      expect(
        operation.tags?.every((tag) => tags.includes(tag)),
        name,
      ).toBe(true);
      for (const [status, answer] of Object.entries(operation.responses)) {
        expect(answer.description, `${name} ${status}`).not.toBe('Default Response');
        if (Number(status) < 400) continue;
        expect(Object.keys(answer.content ?? {}), `${name} ${status}`).toEqual(['application/problem+json']);
      }
    }
  });

  test('every operation but the public ones asks for a key', () => {
    const open = operations().filter(({ operation }) => operation.security === undefined);
    expect(open.map(({ name }) => name).sort()).toEqual([
      'GET /healthz',
      'GET /readyz',
      'GET /v1/errors',
      'GET /v1/errors/{code}',
    ]);
    expect(document.components.securitySchemes).toMatchObject({ apiKey: { type: 'http', scheme: 'bearer' } });
  });

  test('the examples of a job match its schema', () => {
    const media = document.paths['/v1/jobs']?.post?.requestBody?.content['application/json'];
    const examples = Object.entries(media?.examples ?? {});
    expect(examples.map(([name]) => name)).toEqual([
      'quick',
      'minimal',
      'ownTarget',
      'events',
      'twin',
      'full',
    ]);
    const validate = new Ajv2020({ strict: false, validateFormats: false }).compile({
      ...media?.schema,
      components: { schemas: document.components.schemas },
    });
    for (const [name, { value }] of examples) expect(validate(value), name).toBe(true);
  });
});
