import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { decryptSecret, encryptSecret } from './secret-box.ts';

const key = randomBytes(32);
const secret = 'whsec_ZürichÄ+/=';

test('a secret comes back, and its box never shows it', () => {
  const box = encryptSecret(secret, key);
  expect(decryptSecret(box, key)).toBe(secret);
  expect(box).toMatch(/^v1\.[0-9a-f]{8}\.[A-Za-z0-9_-]+$/);
  expect(box).not.toContain('whsec');
  expect(Buffer.from(box.split('.')[2] ?? '', 'base64url').toString('latin1')).not.toContain('whsec');
});

test('each box has its own nonce', () => {
  expect(encryptSecret(secret, key)).not.toBe(encryptSecret(secret, key));
});

test('the empty text is a text', () => {
  expect(decryptSecret(encryptSecret('', key), key)).toBe('');
});

test('another key is told apart from a damaged box', () => {
  const box = encryptSecret(secret, key);
  expect(() => decryptSecret(box, randomBytes(32))).toThrowError(/config\.invalid/);
  const bytes = Buffer.from(box.split('.')[2] ?? '', 'base64url');
  for (const position of [0, 12, bytes.length - 1]) {
    const damaged = Buffer.from(bytes);
    damaged[position] = (damaged[position] ?? 0) ^ 1;
    const text = `${box.split('.').slice(0, 2).join('.')}.${damaged.toString('base64url')}`;
    expect(() => decryptSecret(text, key)).toThrowError(/a stored secret was changed/);
  }
});

test.each(['', 'v1', 'v2.00000000.AAAA', 'v1.a.b.c'])('%j is not a box', (text) => {
  expect(() => decryptSecret(text, key)).toThrowError(/not in a format/);
});

test('a cut box and a short key are refused', () => {
  const [version, id] = encryptSecret(secret, key).split('.');
  expect(() => decryptSecret(`${version}.${id}.AAAA`, key)).toThrowError(/cut short/);
  expect(() => encryptSecret(secret, randomBytes(16))).toThrowError(/16 bytes/);
});
