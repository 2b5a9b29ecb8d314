import type { Clock } from '@spikefit/contracts';
import { Client, errors } from 'undici';
import { judgeDestination, pinnedLookup, type ResolvedAddress, type Resolver } from './address-judge.ts';
import type { SignedMessage } from './signed-message.ts';

export interface SendOptions {
  readonly clock: Clock;
  readonly policy: { readonly allowPrivateAddresses: boolean; readonly allowHttp: boolean };
  readonly resolve: Resolver;
  /** For name look-up, connection, answer and body together. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** PEM of authorities to trust instead of the system's. */
  readonly certificateAuthority?: string;
}

/** What came of one attempt; `durationMs` runs from the first byte of the look-up to the last of the answer. */
export interface SendOutcome {
  readonly verdict: 'delivered' | 'failed' | 'gone';
  readonly statusCode: number | null;
  readonly error: string | null;
  readonly durationMs: number;
}

/** More of an answer is never read: its content means nothing to us. */
export const maxResponseBytes = 16 * 1024;

/** One POST: no redirects, no proxy, no connection kept. Never throws for what the receiver or the network does. */
export async function send(url: string, message: SignedMessage, options: SendOptions): Promise<SendOutcome> {
  const started = options.clock.monotonicMs();
  const outcome = (verdict: SendOutcome['verdict'], statusCode: number | null, error: string | null) => ({
    verdict,
    statusCode,
    error,
    durationMs: Math.round(options.clock.monotonicMs() - started),
  });
  const timeLimit = new AbortController();
  const finished = new AbortController();
  options.clock.sleep(options.timeoutMs, finished.signal).then(
    () => timeLimit.abort(new Error(`no answer within ${options.timeoutMs / 1000} s`)),
    () => undefined,
  );
  const signal = AbortSignal.any([timeLimit.signal, options.signal]);
  try {
    const destination = await abortable(judgeDestination(url, options.policy, options.resolve), signal);
    if (!destination.allowed) return outcome('failed', null, `refused: ${destination.reason}`);
    const statusCode = await post(
      destination.url,
      destination.addresses,
      message,
      signal,
      options.certificateAuthority,
    );
    if (statusCode >= 200 && statusCode < 300) return outcome('delivered', statusCode, null);
    if (statusCode === 410) return outcome('gone', statusCode, 'the receiver answered 410 Gone');
    const what = statusCode >= 300 && statusCode < 400 ? 'a redirect, which is not followed' : 'an error';
    return outcome('failed', statusCode, `the receiver answered ${statusCode}, ${what}`);
  } catch (error) {
    if (options.signal.aborted) throw options.signal.reason;
    return outcome('failed', null, describe(timeLimit.signal.aborted ? timeLimit.signal.reason : error));
  } finally {
    finished.abort();
  }
}

async function post(
  url: URL,
  addresses: readonly ResolvedAddress[],
  message: SignedMessage,
  signal: AbortSignal,
  certificateAuthority: string | undefined,
): Promise<number> {
  const client = new Client(url.origin, {
    connect: {
      lookup: pinnedLookup(addresses),
      timeout: 0,
      ...(certificateAuthority === undefined ? {} : { ca: certificateAuthority }),
    },
    pipelining: 0,
    // The one time limit of `send` stands above all of undici's.
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: maxResponseBytes,
  });
  try {
    const response = await client.request({
      method: 'POST',
      path: `${url.pathname}${url.search}`,
      headers: message.headers,
      body: message.body,
      signal,
    });
    let bytes = 0;
    for await (const chunk of response.body) {
      bytes += (chunk as Buffer).length;
      if (bytes > maxResponseBytes) break;
    }
    return response.statusCode;
  } finally {
    await client.destroy();
  }
}

/** Rejects when the signal is aborted, for calls that do not know signals. */
function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

function describe(error: unknown): string {
  if (error instanceof errors.UndiciError) return `${error.code}: ${error.message}`.slice(0, 500);
  if (error instanceof AggregateError) return describe(error.errors[0]);
  if (isTlsError(error)) return `TLS failed: ${error.reason ?? error.code}`.slice(0, 500);
  return (error instanceof Error ? error.message || error.name : String(error)).slice(0, 500);
}

/** OpenSSL's message names its threads and source files; its reason alone says what happened. */
const isTlsError = (error: unknown): error is Error & { code: string; reason?: string } =>
  error instanceof Error &&
  'code' in error &&
  typeof error.code === 'string' &&
  (error.code.startsWith('ERR_SSL_') || error.message.includes('SSL routines'));
