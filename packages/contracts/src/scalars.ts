import { Type } from 'typebox';

export const DateTime = Type.String({ format: 'date-time', description: 'RFC 3339, UTC.' });
export const Sha256 = Type.String({ pattern: '^[0-9a-f]{64}$', description: 'Lower-case hex SHA-256.' });
export const Nullable = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
/**
 * User's own labels: at most 50 string pairs. The length of a name is in its pattern, because a record keeps nothing
 * else of the schema of its keys; the pattern also covers names with line breaks.
 */
export const Metadata = Type.Record(
  Type.String({ pattern: '^[\\s\\S]{1,64}$' }),
  Type.String({ maxLength: 512 }),
  {
    maxProperties: 50,
    additionalProperties: false,
    description: 'Free labels, returned as sent.',
  },
);
