import type { ErrorCode } from '@spikefit/contracts';
import { type TSchema, Type } from 'typebox';
import { json } from './answers.ts';

export const creationQuery = Type.Object(
  {
    validateOnly: Type.Optional(
      Type.Boolean({ default: false, description: 'Judge the request and stop there.' }),
    ),
  },
  { additionalProperties: false },
);

export const creationHeaders = (noun: 'job' | 'sweep') =>
  Type.Object({
    'idempotency-key': Type.Optional(
      Type.String({
        description:
          `Any text of 1 to 255 printable characters, new for each ${noun}. The same key with the same body within 24 ` +
          `hours gets the answer of the first request, and no second ${noun}.`,
      }),
    ),
  });

export const createdAnswer = <T extends TSchema>(noun: 'job' | 'sweep', description: string, schema: T) =>
  json(description, schema, {
    headers: {
      Location: { type: 'string', description: `URL of the ${noun}.` },
      'Idempotency-Replayed': {
        type: 'string',
        description: `\`true\` when the ${noun} was made by an earlier request.`,
      },
    },
  });

/** What any creation can be refused with. */
export const creationCodes = [
  'request.not-json',
  'request.invalid',
  'request.unknown-field',
  'request.too-large',
  'request.unsupported-media-type',
  'idempotency.key-invalid',
  'idempotency.body-differs',
  'idempotency.in-progress',
  'webhook.url-refused',
  'webhook.secret-invalid',
] as const satisfies readonly ErrorCode[];
