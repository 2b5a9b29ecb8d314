import { encryptSecret } from '@spikefit/config';
import { CodedError, type EventType, type WebhookRequest } from '@spikefit/contracts';
import type { NewWebhook } from '@spikefit/database';
import { isPublicAddress, judgeWebhookUrl } from '@spikefit/specification';
import type { ApiContext } from '../context.ts';

/** Longest wait for a name server. */
const resolveMs = 3000;

/**
 * Judges the webhook of a request and makes it ready to store: its URL now, before anything is written (each delivery
 * judges again, for the address that it connects to), and its secret encrypted.
 */
export async function checkWebhook(
  webhook: WebhookRequest,
  defaultEvents: readonly EventType[],
  context: ApiContext,
): Promise<NewWebhook> {
  await checkUrl(webhook.url, context);
  return {
    url: webhook.url,
    encryptedSecret:
      webhook.secret === undefined
        ? null
        : encryptSecret(checkSecret(webhook.secret), context.config.secretKey),
    events: webhook.events ?? defaultEvents,
  };
}

async function checkUrl(text: string, { config, clock, resolveHost }: ApiContext): Promise<void> {
  const { allowHttp, allowPrivateAddresses: allowPrivate } = config.webhooks;
  const verdict = judgeWebhookUrl(text, { allowHttp, allowPrivate });
  if (!verdict.allowed) throw refused(verdict.reason);
  if (allowPrivate || verdict.isAddress) return;
  const stop = new AbortController();
  try {
    const addresses = await Promise.race([
      resolveHost(verdict.host),
      // A name server that fails for the moment is no reason to refuse: the deliveries look again.
      clock.sleep(resolveMs, stop.signal).then(() => [] as const),
    ]);
    const inside = addresses.find((address) => !isPublicAddress(address));
    // The address stays unsaid: it would tell strangers about the operator's network.
    if (inside !== undefined) throw refused(`${verdict.host} resolves to an address that is not public`);
  } catch (error) {
    if (error instanceof CodedError) throw error;
    if (isUnknownHost(error))
      throw refused(
        `${verdict.host} could not be looked up now: mend its spelling, or try again when the name is known`,
      );
  } finally {
    stop.abort();
  }
}

const isUnknownHost = (error: unknown) =>
  error instanceof Error && 'code' in error && (error.code === 'ENOTFOUND' || error.code === 'ENODATA');

function refused(detail: string): CodedError {
  return new CodedError('webhook.url-refused', detail, { errors: [{ pointer: '/webhook/url', detail }] });
}

/** `whsec_` and 24 to 64 bytes in base64, as Standard Webhooks says. */
function checkSecret(secret: string): string {
  const encoded = secret.startsWith('whsec_') ? secret.slice('whsec_'.length) : '';
  const bytes = Buffer.from(encoded, 'base64');
  const isBase64 = bytes.toString('base64').replace(/=+$/, '') === encoded.replace(/=+$/, '');
  if (isBase64 && bytes.length >= 24 && bytes.length <= 64) return secret;
  const detail = 'must be "whsec_" followed by 24 to 64 bytes in base64';
  throw new CodedError('webhook.secret-invalid', detail, {
    errors: [{ pointer: '/webhook/secret', detail }],
  });
}
