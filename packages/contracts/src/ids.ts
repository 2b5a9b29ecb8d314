import { Type } from 'typebox';

/**
 * Public identifiers: a prefix, an underscore and a UUIDv7 in lower-case Crockford base32 (26 characters),
 * so that ids of one kind sort by creation time.
 */
export const idPrefixes = {
  tenant: 'ten',
  apiKey: 'key',
  job: 'job',
  sweep: 'swp',
  event: 'evt',
  checkpoint: 'ckp',
  artifact: 'art',
  webhookEndpoint: 'whe',
  webhookDelivery: 'dlv',
  request: 'req',
} as const;

export type IdKind = keyof typeof idPrefixes;

export function idPattern(kind: IdKind): string {
  return `^${idPrefixes[kind]}_[0-9a-hjkmnp-tv-z]{26}$`;
}

/** A schema for the id of one kind. Malformed ids answer like foreign ones (404), so routes check them by hand. */
export const idSchema = (kind: IdKind) =>
  Type.String({ pattern: idPattern(kind), description: `Identifier with prefix \`${idPrefixes[kind]}_\`.` });
