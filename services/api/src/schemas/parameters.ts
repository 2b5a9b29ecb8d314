import { CodedError, type IdKind, idSchema } from '@spikefit/contracts';
import { isId } from '@spikefit/database';
import { type TProperties, Type } from 'typebox';

/** Path parameters; documented with their patterns, but judged by `requireId`. */
export const pathParameters = <P extends TProperties>(properties: P) => Type.Object(properties);

export const JobParameters = pathParameters({ jobId: idSchema('job') });
export const SweepParameters = pathParameters({ sweepId: idSchema('sweep') });

/** Malformed, unknown and foreign ids answer alike, so that an answer tells nothing about other tenants. */
export function requireId(kind: IdKind, id: string): string {
  if (!isId(kind, id)) throw notFound(kind);
  return id;
}

const names: Record<IdKind, string> = {
  tenant: 'tenant',
  apiKey: 'API key',
  job: 'job',
  sweep: 'sweep',
  event: 'event',
  checkpoint: 'checkpoint',
  artifact: 'artifact',
  webhookEndpoint: 'webhook endpoint',
  webhookDelivery: 'webhook delivery',
  request: 'request',
};

const notFound = (kind: IdKind) =>
  new CodedError('resource.not-found', `there is no ${names[kind]} with this id`);

/** The found thing, or 404. */
export function found<T>(kind: IdKind, thing: T | null): T {
  if (thing === null) throw notFound(kind);
  return thing;
}

/** A page's limit and cursor, as the repositories take them. The default is filled in by the query's schema. */
export function pageRequest(query: { limit?: number; after?: string }): {
  limit: number;
  after: string | undefined;
} {
  return { limit: query.limit ?? 50, after: query.after };
}
