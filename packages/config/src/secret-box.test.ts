import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { decryptSecret, encryptSecret } from './secret-box.ts';

const key = randomBytes(32);
const secret = 'whsec_ZürichÄ+/=';

test('a secret comes back, and its box does not show it', () => {
  const box = encryptSecret(secret, key);
  expect(decryptSecret(box, key)).toBe(secret);
  expect(decryptSecret(Uint8Array.from(box), key)).toBe(secret);
  expect(Buffer.from(box).toString('latin1')).not.toContain('whsec');
});

test('each box has its own nonce', () => {
  expect(encryptSecret(secret, key)).not.toEqual(encryptSecret(secret, key));
});

test('the empty text is a text', () => {
  expect(decryptSecret(encryptSecret('', key), key)).toBe('');
});

test('another key is told apart from a damaged box', () => {
  const box = encryptSecret(secret, key);
  expect(() => decryptSecret(box, randomBytes(32))).toThrowError(
    /config\.invalid.*needs the SPIKEFIT_SECRET_KEY/,
  );
  for (const position of [5, 17, box.length - 1]) {
    const damaged = Buffer.from(box);
    damaged[position] = (damaged[position] ?? 0) ^ 1;
    expect(() => decryptSecret(damaged, key)).toThrowError(/a stored secret was changed/);
  }
});

test.each([[[]], [[1]], [[2, ...new Array(40).fill(0)]]])('%j is not a box', (bytes: number[]) => {
  expect(() => decryptSecret(Uint8Array.from(bytes), key)).toThrowError(/not in a format/);
});

test('a cut box and a short key are refused', () => {
  expect(() => decryptSecret(encryptSecret('', key).subarray(0, 20), key)).toThrowError(/not in a format/);
  expect(() => encryptSecret(secret, randomBytes(16))).toThrowError(/16 bytes/);
});
