import { CodedError } from '@spikefit/contracts';
import { Webhook } from 'standardwebhooks';

export interface SignedMessage {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * A message by the Standard Webhooks scheme: `v1,` and the base64 HMAC-SHA256 of `id.timestamp.body`.
 * `id` is the event's, the same in every attempt, so that a receiver can tell a repetition.
 * @param secrets `whsec_…`; while a secret is being replaced there are two, and the receiver may check either.
 */
export function signMessage(message: {
  id: string;
  at: Date;
  body: string;
  secrets: readonly string[];
}): SignedMessage {
  if (message.secrets.length === 0) throw new CodedError('internal.error', 'a webhook has no secret');
  const signatures = message.secrets.map((secret) => sign(secret, message.id, message.at, message.body));
  return {
    body: message.body,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'SpikeFit-Webhooks/1',
      'webhook-id': message.id,
      'webhook-timestamp': String(Math.floor(message.at.getTime() / 1000)),
      'webhook-signature': signatures.join(' '),
    },
  };
}

function sign(secret: string, id: string, at: Date, body: string): string {
  try {
    return new Webhook(secret).sign(id, at, body);
  } catch (cause) {
    throw new CodedError('webhook.secret-invalid', 'the secret of the endpoint is not base64', { cause });
  }
}
