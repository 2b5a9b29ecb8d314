import { createHash } from 'node:crypto';
import { CodedError, type JobRequest, type ResolvedSpec, type WebhookRequest } from '@spikefit/contracts';
import { assertFitIsDecidable, findTarget, listTargets, validateTarget } from '@spikefit/hardware';
import { canonicalJson, completeTarget, resolveJobRequest } from '@spikefit/specification';

/** The resolved spec of a request that has passed its schema; throws with every problem and its pointer. */
export function judgeRequest(request: JobRequest): ResolvedSpec {
  if ('name' in request.target) validateTarget(completeTarget(request.target));
  const spec = resolveJobRequest(request, {
    targets: findTarget,
    targetIds: listTargets().map(({ id }) => id),
  });
  assertFitIsDecidable(spec);
  return spec;
}

export const sha256OfJson = (value: unknown) =>
  createHash('sha256').update(canonicalJson(value)).digest('hex');

/** The request without what may not be stored, nor hashed where it could be guessed at. */
export function withoutSecrets<T extends { webhook?: WebhookRequest }>(request: T): T {
  if (request.webhook === undefined) return request;
  const { secret: _, ...webhook } = request.webhook;
  return { ...request, webhook };
}

/** The header's text, or undefined when it was not sent. */
export function idempotencyKey(header: string | readonly string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  if (typeof header === 'string' && /^[\x20-\x7e]{1,255}$/.test(header)) return header;
  throw new CodedError(
    'idempotency.key-invalid',
    'the Idempotency-Key is not 1 to 255 printable ASCII characters',
  );
}
