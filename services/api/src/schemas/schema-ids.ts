/**
 * Contract schemas carry a `$id` and are nested in each other whole. For checking and writing JSON the ids are taken
 * out (the same schema may then stand in many places); for the OpenAPI document they become references.
 */
export function withoutSchemaIds<T>(schema: T): T {
  return mapSchema(schema, (node) => {
    const { $id: _, ...rest } = node;
    return rest;
  }) as T;
}

type Node = Readonly<Record<string, unknown>>;

/** Copies a schema; `change` sees each object after its members. Lists of examples and enums are left as they are. */
export function mapSchema(schema: unknown, change: (node: Node) => unknown): unknown {
  if (Array.isArray(schema)) return schema.map((entry) => mapSchema(entry, change));
  if (typeof schema !== 'object' || schema === null) return schema;
  const copy: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(schema)) {
    copy[name] = verbatim.has(name) && Array.isArray(member) ? member : mapSchema(member, change);
  }
  return change(copy);
}

const verbatim = new Set(['enum', 'examples', 'required']);
