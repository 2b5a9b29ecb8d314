import { type Static, Type } from 'typebox';
import { augmentations } from './augmentation.ts';
import { EventType } from './events.ts';
import { idSchema } from './ids.ts';
import { Shape3 } from './network.ts';
import { DateTime, Nullable, Sha256 } from './scalars.ts';

export const Artifact = Type.Object(
  {
    id: idSchema('artifact'),
    jobId: idSchema('job'),
    name: Type.String({ description: 'File name, for example `network.spikefit.safetensors`.' }),
    format: Type.String({
      description:
        '`spikefit/1` for the packed network, `spikefit/2` where it has masks of synapses, `spikefit/3` where it has masks of neurons.',
    }),
    mediaType: Type.String(),
    bytes: Type.Integer(),
    sha256: Sha256,
    createdAt: DateTime,
    url: Type.String({ description: 'Download.' }),
  },
  { $id: 'Artifact' },
);
export type Artifact = Static<typeof Artifact>;

export const Dataset = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    description: Type.String(),
    kind: Type.Enum(['images', 'events'], {
      description: 'Images of pixels in 0…1, or recordings of events with one channel per polarity.',
    }),
    shape: Shape3,
    classes: Type.Array(Type.String()),
    trainSamples: Type.Integer(),
    testSamples: Type.Integer(),
    augmentations: Type.Array(Type.Enum([...augmentations]), {
      description: 'What `training.augmentation` may be; the first one is the default.',
    }),
    license: Type.String(),
    source: Type.String(),
  },
  { $id: 'Dataset' },
);
export type Dataset = Static<typeof Dataset>;

export const scopes = [
  'jobs:read',
  'jobs:write',
  'datasets:read',
  'targets:read',
  'webhooks:read',
  'keys:admin',
] as const;
export type Scope = (typeof scopes)[number];
export const Scope = Type.Enum([...scopes]);

export const ApiKey = Type.Object(
  {
    id: idSchema('apiKey'),
    name: Type.String(),
    prefix: Type.String({ description: 'First characters of the key, to recognise it by.' }),
    scopes: Type.Array(Scope),
    createdAt: DateTime,
    expiresAt: Nullable(DateTime),
    lastUsedAt: Nullable(DateTime),
    revokedAt: Nullable(DateTime),
  },
  { $id: 'ApiKey' },
);
export type ApiKey = Static<typeof ApiKey>;

export const ApiKeyRequest = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 100 }),
    scopes: Type.Optional(
      Type.Array(Scope, { minItems: 1, uniqueItems: true, description: 'Default: all but keys:admin.' }),
    ),
    expiresAt: Type.Optional(DateTime),
  },
  { $id: 'ApiKeyRequest', additionalProperties: false },
);
export type ApiKeyRequest = Static<typeof ApiKeyRequest>;

export const WebhookDelivery = Type.Object(
  {
    id: idSchema('webhookDelivery'),
    jobId: idSchema('job'),
    eventId: idSchema('event'),
    eventType: EventType,
    url: Type.String(),
    status: Type.Enum(['pending', 'delivered', 'failed']),
    nextAttemptAt: Nullable(DateTime),
    createdAt: DateTime,
    deliveredAt: Nullable(DateTime),
    attempts: Type.Array(
      Type.Object({
        at: DateTime,
        statusCode: Nullable(Type.Integer()),
        error: Nullable(Type.String()),
        durationMs: Type.Integer(),
      }),
    ),
  },
  { $id: 'WebhookDelivery' },
);
export type WebhookDelivery = Static<typeof WebhookDelivery>;

/** A page of a list; `nextCursor` is opaque. */
export const Page = <T extends Type.TSchema>(item: T) =>
  Type.Object({ data: Type.Array(item), hasMore: Type.Boolean(), nextCursor: Nullable(Type.String()) });
export interface Page<T> {
  data: T[];
  hasMore: boolean;
  nextCursor: string | null;
}

export const PageQuery = Type.Object(
  {
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
    after: Type.Optional(Type.String({ maxLength: 500, description: '`nextCursor` of the page before.' })),
  },
  { additionalProperties: false },
);
