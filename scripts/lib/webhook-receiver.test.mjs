import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { startReceiver, verifySignature } from './webhook-receiver.mjs';

// The example of the Standard Webhooks libraries.
const example = {
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  timestamp: '1614265330',
  signatures: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  body: '{"test": 2432232314}',
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  nowSeconds: 1_614_265_330,
};

describe('verifySignature', () => {
  test('accepts the published example, also among other signatures', () => {
    expect(verifySignature(example)).toBe(true);
    expect(verifySignature({ ...example, signatures: `v1,AAAA v1a,xyz ${example.signatures}` })).toBe(true);
  });

  test.each([
    ['another body', { body: '{"test": 2432232315}' }],
    ['another id', { id: 'msg_other' }],
    ['another secret', { secret: 'whsec_AAAAr8GKYqrTwjUPD8ILPZIo2LaLaSw' }],
    ['another version', { signatures: example.signatures.replace('v1,', 'v2,') }],
    ['no signature', { signatures: '' }],
    ['an old message', { nowSeconds: example.nowSeconds + 301 }],
    ['a message from the future', { nowSeconds: example.nowSeconds - 301 }],
    ['no time', { timestamp: 'soon' }],
  ])('refuses %s', (_, change) => {
    expect(verifySignature({ ...example, ...change })).toBe(false);
  });
});

describe('startReceiver', () => {
  test('tells a right message from a wrong one', async () => {
    const body = JSON.stringify({ id: 'evt_1', type: 'job.succeeded', data: { job: { id: 'job_1' } } });
    const timestamp = String(Math.floor(Date.now() / 1000));
    const signature = createHmac('sha256', Buffer.from('key'))
      .update(`evt_1.${timestamp}.${body}`)
      .digest('base64');
    for (const [sent, verified, status] of /** @type {const} */ ([
      [signature, true, 204],
      [signature.replace(/^./, (first) => (first === 'A' ? 'B' : 'A')), false, 401],
    ])) {
      const receiver = await startReceiver(`whsec_${Buffer.from('key').toString('base64')}`);
      try {
        const headers = {
          'webhook-id': 'evt_1',
          'webhook-timestamp': timestamp,
          'webhook-signature': `v1,${sent}`,
        };
        const response = await fetch(receiver.url, { method: 'POST', headers, body });
        expect(response.status).toBe(status);
        expect(await receiver.received).toMatchObject({ verified, headers, body: { type: 'job.succeeded' } });
      } finally {
        await receiver.stop();
      }
    }
  });
});
