import { randomBytes } from 'node:crypto';
import { Webhook as IndependentVerifier } from 'svix';
import { describe, expect, it } from 'vitest';
import { signMessage } from './signed-message.ts';

const newSecret = () => `whsec_${randomBytes(32).toString('base64')}`;
// svix judges the age by the machine's clock.
const at = new Date();
const message = { id: 'evt_1', at, body: '{"type":"job.succeeded","ü":"€"}' };

describe('signMessage', () => {
  it('is verified by another implementation than the one that signs', () => {
    const secret = newSecret();
    const { body, headers } = signMessage({ ...message, secrets: [secret] });
    expect(new IndependentVerifier(secret).verify(body, { ...headers })).toEqual(JSON.parse(body));
  });

  it.each([
    [
      'another secret',
      (s: { secret: string; body: string; headers: Record<string, string> }) => ({
        ...s,
        secret: newSecret(),
      }),
    ],
    [
      'another body',
      (s: { secret: string; body: string; headers: Record<string, string> }) => ({
        ...s,
        body: `${s.body} `,
      }),
    ],
    [
      'another id',
      (s: { secret: string; body: string; headers: Record<string, string> }) => ({
        ...s,
        headers: { ...s.headers, 'webhook-id': 'evt_2' },
      }),
    ],
    [
      'another time',
      (s: { secret: string; body: string; headers: Record<string, string> }) => ({
        ...s,
        headers: { ...s.headers, 'webhook-timestamp': String(Math.floor(at.getTime() / 1000) + 1) },
      }),
    ],
  ])('is refused with %s', (_what, change) => {
    const secret = newSecret();
    const { body, headers } = signMessage({ ...message, secrets: [secret] });
    const changed = change({ secret, body, headers: { ...headers } });
    expect(() => new IndependentVerifier(changed.secret).verify(changed.body, changed.headers)).toThrow();
  });

  it('is verified with either secret while one replaces the other', () => {
    const secrets = [newSecret(), newSecret()];
    const { body, headers } = signMessage({ ...message, secrets });
    for (const secret of secrets) {
      expect(() => new IndependentVerifier(secret).verify(body, { ...headers })).not.toThrow();
    }
  });
});
