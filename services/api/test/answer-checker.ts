import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { LightMyRequestResponse } from 'fastify';
import { expect } from 'vitest';
import type { App } from '../src/app.ts';

interface Operation {
  readonly responses: Record<string, { content?: Record<string, { schema: object }> }>;
}

interface Document {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, object> };
}

/** Holds every answer of the tests against the OpenAPI document: its status, its media type, its body. */
export class AnswerChecker {
  readonly #app: App;

  constructor(app: App) {
    this.#app = app;
  }

  check(method: string, url: string, answer: LightMyRequestResponse): void {
    const document = this.#app.swagger() as unknown as Document;
    const path = url.split('?', 1)[0] ?? '';
    const pattern = Object.keys(document.paths).find((candidate) => {
      const source = candidate.replace(/\./g, '\\.').replace(/\{[^}]+\}/g, '[^/]+');
      return new RegExp(`^${source}$`).test(path);
    });
    const operation = pattern === undefined ? undefined : document.paths[pattern]?.[method.toLowerCase()];
    if (operation === undefined) return;
    const documented = operation.responses[answer.statusCode];
    expect(
      documented,
      `${method} ${pattern} answered ${answer.statusCode}, which is not documented`,
    ).toBeDefined();
    const mediaType = String(answer.headers['content-type'] ?? '').split(';', 1)[0] ?? '';
    if (documented?.content === undefined || !mediaType.endsWith('json')) return;
    const media = documented.content[mediaType];
    expect(media, `${method} ${pattern} answered ${mediaType}, which is not documented`).toBeDefined();
    const validate = this.#compile(document, media?.schema ?? {});
    expect(validate(answer.json()), `${method} ${pattern}: ${JSON.stringify(validate.errors)}`).toBe(true);
  }

  readonly #compiled = new Map<object, ReturnType<Ajv2020['compile']>>();

  #compile(document: Document, schema: object) {
    let validate = this.#compiled.get(schema);
    if (validate === undefined) {
      const ajv = new Ajv2020({ strict: false, allErrors: true });
      formats.default(ajv);
      // References are `#/components/schemas/…`: they resolve against a root that holds the components.
      validate = ajv.compile({
        ...closed(schema),
        components: { schemas: closedAll(document.components.schemas) },
      });
      this.#compiled.set(schema, validate);
    }
    return validate;
  }
}

const closedAll = (schemas: Record<string, object>) =>
  Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, closed(schema)]));

/** The same schema, in which objects may not have more than they document. */
function closed<T>(schema: T): T {
  if (Array.isArray(schema)) return schema.map(closed) as T;
  if (typeof schema !== 'object' || schema === null) return schema;
  const copy = Object.fromEntries(
    Object.entries(schema).map(([name, member]) => [
      name,
      name === 'enum' || name === 'examples' ? member : closed(member),
    ]),
  );
  if ('properties' in copy && !('additionalProperties' in copy)) copy.additionalProperties = false;
  return copy as T;
}
