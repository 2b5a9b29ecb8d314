import { defaultWebhookEvents, type EventType, type WebhookRequest } from '@spikefit/contracts';
import type { IdempotencyKey, IdempotentAnswer, NewWebhook } from '@spikefit/database';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ApiContext } from '../context.ts';
import { tenantOf } from '../plugins/authentication.ts';
import { idempotencyKey, sha256OfJson, withoutSecrets } from './judge-request.ts';
import { checkWebhook } from './webhook-check.ts';

export interface CreationRequest<Body> {
  readonly body: Body;
  readonly query: { readonly validateOnly?: boolean };
  readonly headers: { readonly 'idempotency-key'?: string };
}

/** What is written in one transaction. */
export interface Order<Judged, Resource> {
  readonly tenantId: string;
  readonly judged: Judged;
  readonly webhook: NewWebhook | undefined;
  /** Absent where the request has no key; `answerOf` makes what a repetition of the request gets. */
  readonly idempotency:
    | (IdempotencyKey & { readonly answerOf: (resource: Resource) => IdempotentAnswer })
    | undefined;
}

export type Created<Resource> =
  | { readonly kind: 'created'; readonly resource: Resource }
  | { readonly kind: 'replayed'; readonly answer: IdempotentAnswer };

export interface Creation<Body, Judged, Resource, Preview> {
  readonly noun: 'job' | 'sweep';
  /** Below /v1. */
  readonly pathOf: (id: string) => string;
  /** What a webhook hears of that names no events. Default: how a job ended. */
  readonly webhookEvents?: readonly EventType[];
  readonly storedAnswer: (key: { tenantId: string } & IdempotencyKey) => Promise<IdempotentAnswer | null>;
  readonly judge: (body: Body) => Judged | Promise<Judged>;
  readonly preview: (judged: Judged) => Preview;
  readonly create: (order: Order<Judged, Resource>) => Promise<Created<Resource>>;
}

/**
 * Stored answer, if there is one → judgement → webhook check → preview, if only that was asked for → one transaction.
 * Sets status and headers of the reply, and resolves to its body.
 */
export async function createOnce<
  Body extends { webhook?: WebhookRequest },
  Judged,
  Resource extends { id: string },
  Preview,
>(
  request: FastifyRequest,
  reply: FastifyReply,
  { body, query, headers }: CreationRequest<Body>,
  context: ApiContext,
  creation: Creation<Body, Judged, Resource, Preview>,
): Promise<Resource | Preview> {
  const { noun } = creation;
  const tenantId = tenantOf(request);
  const key = idempotencyKey(headers['idempotency-key']);
  const answer = (resource: Resource, kind: 'created' | 'replayed') => {
    if (kind === 'replayed') reply.header('idempotency-replayed', 'true');
    request.log.info({ [`${noun}Id`]: resource.id }, `${noun} ${kind}`);
    reply.code(201).header('location', `${context.config.publicUrl}${creation.pathOf(resource.id)}`);
    return resource;
  };

  const scope =
    key === undefined
      ? undefined
      : { route: `POST /v1/${noun}s`, key, bodyHash: sha256OfJson(withoutSecrets(body)) };
  if (scope && !query.validateOnly) {
    // Before the request is judged: what was taken once is not refused later, because a host resolves otherwise now.
    const stored = await creation.storedAnswer({ tenantId, ...scope });
    if (stored !== null) return answer(stored.body as Resource, 'replayed');
  }
  const judged = await creation.judge(body);
  const events = creation.webhookEvents ?? defaultWebhookEvents;
  const webhook = body.webhook && (await checkWebhook(body.webhook, events, context));
  if (query.validateOnly) return creation.preview(judged);

  const idempotency = scope && {
    ...scope,
    answerOf: (resource: Resource) => ({ statusCode: 201, body: resource }),
  };
  const outcome = await creation.create({ tenantId, judged, webhook, idempotency });
  return outcome.kind === 'created'
    ? answer(outcome.resource, 'created')
    : answer(outcome.answer.body as Resource, 'replayed');
}
