import { mapSchema } from './schemas/schema-ids.ts';

type Json = Readonly<Record<string, unknown>>;

/** Collects the schemas that have a `$id` as components, and rewrites JSON Schema of draft 7 as OpenAPI 3.1 wants it. */
export class SchemaComponents {
  readonly schemas: Record<string, unknown> = {};

  /** The schema with a reference in the place of everything that has a `$id`. */
  lift(schema: unknown): unknown {
    return mapSchema(schema, (node) => {
      const { $id, ...rest } = modern(node);
      if (typeof $id !== 'string') return rest;
      this.schemas[$id] = rest;
      return { $ref: `#/components/schemas/${$id}` };
    });
  }
}

/** Tuples and open records as in draft 2020-12, which OpenAPI 3.1 uses. */
function modern(node: Json): Json {
  const { items, additionalItems: _, patternProperties, ...rest } = node;
  const changed: Record<string, unknown> = { ...rest };
  if (Array.isArray(items)) Object.assign(changed, { prefixItems: items, items: false });
  else if (items !== undefined) changed.items = items;
  if (isRecord(patternProperties) && Object.keys(patternProperties).join() === '^.*$') {
    changed.additionalProperties = patternProperties['^.*$'];
  } else if (patternProperties !== undefined) changed.patternProperties = patternProperties;
  return changed;
}

const isRecord = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Moves `x-body-examples` of an operation to where OpenAPI keeps examples of a body. */
export function placeBodyExamples(document: { paths?: unknown }): void {
  for (const path of Object.values((document.paths ?? {}) as Record<string, Record<string, unknown>>)) {
    for (const operation of Object.values(path)) {
      if (!isRecord(operation)) continue;
      const { 'x-body-examples': examples, requestBody } = operation as {
        'x-body-examples'?: unknown;
        requestBody?: { content: Record<string, Record<string, unknown>> };
      };
      if (examples === undefined || requestBody === undefined) continue;
      for (const media of Object.values(requestBody.content)) media.examples = examples;
      delete (operation as Record<string, unknown>)['x-body-examples'];
    }
  }
}
