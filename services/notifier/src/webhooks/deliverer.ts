import { decryptSecret } from '@spikefit/config';
import { CodedError, toCodedError } from '@spikefit/contracts';
import type { DueDelivery } from '@spikefit/database';
import { Loop } from '../loop.ts';
import type { Resources } from '../resources.ts';
import { messageBody } from './message-body.ts';
import { retryDelayMs } from './retry-schedule.ts';
import { type SendOutcome, send } from './send.ts';
import { signMessage } from './signed-message.ts';

/** Calls under way at once: a receiver that is slow must not hold up the others. */
const most = 64;
const everyMs = 1000;
const timeoutMs = 15_000;
/** A notifier that died with deliveries in hand leaves them to another after this long. */
const leaseSeconds = 60;

export interface Deliverer extends AsyncDisposable {
  wake(): void;
}

/** Makes the calls that are due and writes down what came of each. Disposing it breaks off those under way. */
export function startDeliverer(resources: Resources): Deliverer {
  const { clock, database, logger, metrics } = resources;
  const stop = new AbortController();
  const underWay = new Set<Promise<void>>();
  const begin = (delivery: DueDelivery) => {
    const call = deliver(resources, delivery, stop.signal)
      .catch((error: unknown) => {
        // Nothing was written down: the call is made again when its lease has run out.
        if (!stop.signal.aborted)
          logger.warn({ err: error, deliveryId: delivery.deliveryId }, 'delivery failed');
      })
      .finally(() => {
        underWay.delete(call);
        loop.wake();
      });
    underWay.add(call);
  };
  const loop = new Loop({
    name: 'webhook deliverer',
    clock,
    logger,
    everyMs,
    onFailure: () => metrics.loopFailures.inc({ loop: 'webhook deliverer' }),
    round: async () => {
      const limit = most - underWay.size;
      if (limit === 0) return 'idle';
      const due = await database.deliveries.takeDue({ limit, leaseSeconds });
      for (const delivery of due) begin(delivery);
      return due.length === limit ? 'more' : 'idle';
    },
  });
  return {
    wake: () => loop.wake(),
    [Symbol.asyncDispose]: async () => {
      stop.abort(new CodedError('service.unavailable', 'the notifier stops'));
      await loop[Symbol.asyncDispose]();
      await Promise.all(underWay);
    },
  };
}

async function deliver(resources: Resources, delivery: DueDelivery, signal: AbortSignal): Promise<void> {
  const { database, logger, metrics } = resources;
  const outcome = await attempt(resources, delivery, signal);
  metrics.deliveries.inc({ outcome: outcome.verdict });
  metrics.deliverySeconds.observe(outcome.durationMs / 1000);
  const { deliveryId, attempt: attemptNumber, jobId } = delivery;
  const { statusCode, error, durationMs } = outcome;
  await database.deliveries.recordAttempt({
    deliveryId,
    attempt: attemptNumber,
    statusCode,
    error,
    durationMs,
    outcome: consequence(delivery, outcome),
  });
  logger.info(
    { jobId, deliveryId, eventId: delivery.event.id, attempt: attemptNumber, statusCode, error, durationMs },
    outcome.verdict === 'delivered' ? 'webhook delivered' : 'webhook not delivered',
  );
}

async function attempt(
  resources: Resources,
  delivery: DueDelivery,
  signal: AbortSignal,
): Promise<SendOutcome> {
  const { clock, config, resolve } = resources;
  try {
    const secrets = delivery.encryptedSecrets.map((secret) => decryptSecret(secret, config.secretKey));
    const body = messageBody(delivery.event, config.publicUrl);
    const message = signMessage({ id: delivery.event.id, at: clock.now(), body, secrets });
    return await send(delivery.url, message, { clock, policy: config.webhooks, resolve, timeoutMs, signal });
  } catch (error) {
    if (signal.aborted) throw error;
    // A secret that cannot be opened or used: for the operator to mend, and retried like a receiver that is away.
    return { verdict: 'failed', statusCode: null, error: toCodedError(error).detail, durationMs: 0 };
  }
}

function consequence(delivery: DueDelivery, { verdict }: SendOutcome) {
  if (verdict === 'delivered') return { kind: 'delivered' } as const;
  if (verdict === 'gone') return { kind: 'failed', disableEndpoint: true } as const;
  const afterMs = retryDelayMs(delivery.deliveryId, delivery.attempt);
  if (afterMs === null) return { kind: 'failed', disableEndpoint: false } as const;
  return { kind: 'retry', afterMs } as const;
}
