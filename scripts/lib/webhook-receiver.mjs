// A webhook receiver as a customer would write one: the Standard Webhooks scheme in a few lines of node:crypto, not the
// library that the service signs with.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';

/** Older or newer than this, a message is refused: it may be a replay. */
const toleranceSeconds = 300;

/**
 * @param {{ id: string, timestamp: string, signatures: string, body: string, secret: string, nowSeconds: number }} message
 *   `secret` is `whsec_` and base64; `signatures` the header with one or more `v1,<base64>` between spaces
 */
export function verifySignature({ id, timestamp, signatures, body, secret, nowSeconds }) {
  if (!(Math.abs(nowSeconds - Number(timestamp)) <= toleranceSeconds)) return false;
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest();
  return signatures.split(' ').some((signature) => {
    const [version, digest = ''] = signature.split(',', 2);
    const bytes = Buffer.from(digest, 'base64');
    return version === 'v1' && bytes.length === expected.length && timingSafeEqual(bytes, expected);
  });
}

/**
 * @typedef {{ verified: boolean, headers: Record<string, string>,
 *   body: { id: string, type: string, data: { job: { id: string } } } }} Received
 * @typedef {{ url: string, received: Promise<Received>, stop: () => Promise<void> }} Receiver  `received` is the first
 *   message
 */

/** Listens on loopback for one message. @param {string} secret @returns {Promise<Receiver>} */
export async function startReceiver(secret) {
  /** @type {(message: Received) => void} */
  let settle = () => {};
  const received = new Promise((/** @type {typeof settle} */ resolve) => {
    settle = resolve;
  });
  const server = createServer(async (request, response) => {
    let body = '';
    request.setEncoding('utf8');
    for await (const chunk of request) body += chunk;
    const header = (/** @type {string} */ name) => String(request.headers[name] ?? '');
    const verified = verifySignature({
      id: header('webhook-id'),
      timestamp: header('webhook-timestamp'),
      signatures: header('webhook-signature'),
      body,
      secret,
      nowSeconds: Date.now() / 1000,
    });
    response.writeHead(verified ? 204 : 401).end();
    const headers = Object.fromEntries(
      ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => [name, header(name)]),
    );
    settle({ verified, headers, body: JSON.parse(body) });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the receiver has no port');
  return {
    url: `http://127.0.0.1:${address.port}/webhooks`,
    received,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
