import { JobRequest, SweepCell } from '@spikefit/contracts';

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly anyOf?: readonly Schema[];
}

/** @returns what is wrong with the path as a field of a job request that a grid may set; null when it is one */
export function problemOfField(path: readonly string[]): string | null {
  const [first = ''] = path;
  if (!Object.hasOwn(SweepCell.properties, first) && Object.hasOwn(JobRequest.properties, first)) {
    return `"${first}" is not what a job computes: set it for the sweep as a whole`;
  }
  let schemas: readonly Schema[] = [SweepCell as Schema];
  for (const [depth, name] of path.entries()) {
    const inner = schemas.flatMap((schema) => memberOf(schema, name));
    if (inner.length === 0) {
      const known = [...new Set(schemas.flatMap(namesOf))];
      const hint = known.length === 0 ? 'it has no fields' : `there are: ${known.join(', ')}`;
      const parent = path.slice(0, depth).join('.') || 'a job request';
      return `there is no field "${name}" in ${parent}; ${hint}`;
    }
    schemas = inner;
  }
  return null;
}

function memberOf(schema: Schema, name: string): Schema[] {
  const branches = schema.anyOf?.flatMap((branch) => memberOf(branch, name)) ?? [];
  const own = Object.hasOwn(schema.properties ?? {}, name) ? schema.properties?.[name] : undefined;
  return own === undefined ? branches : [own, ...branches];
}

const namesOf = (schema: Schema): string[] => [
  ...Object.keys(schema.properties ?? {}),
  ...(schema.anyOf?.flatMap(namesOf) ?? []),
];
