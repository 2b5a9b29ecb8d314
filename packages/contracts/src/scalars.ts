import { Type } from 'typebox';

export const DateTime = Type.String({ format: 'date-time', description: 'RFC 3339, UTC.' });
export const Sha256 = Type.String({ pattern: '^[0-9a-f]{64}$', description: 'Lower-case hex SHA-256.' });
export const Nullable = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
/** User's own labels: at most 50 string pairs. */
export const Metadata = Type.Record(Type.String({ minLength: 1, maxLength: 64 }), Type.String({ maxLength: 512 }), {
  maxProperties: 50,
  description: 'Free labels, returned as sent.',
});
