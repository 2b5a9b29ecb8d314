import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { CodedError } from '@spikefit/contracts';

/**
 * Secrets at rest: AES-256-GCM under SPIKEFIT_SECRET_KEY. A box is the text
 * `v1.<key id>.<base64url of 12 bytes nonce, ciphertext, 16 bytes tag>`; the key id is the start of the key's
 * SHA-256 and tells a wrong key from a damaged box. Version and key id are authenticated.
 */
const version = 'v1';
const nonceBytes = 12;
const tagBytes = 16;

export const secretKeyBytes = 32;

function keyId(key: Uint8Array): string {
  if (key.length !== secretKeyBytes) {
    throw new CodedError(
      'config.invalid',
      `SPIKEFIT_SECRET_KEY has ${key.length} bytes, not ${secretKeyBytes}`,
    );
  }
  return createHash('sha256').update(key).digest('hex').slice(0, 8);
}

/** Encrypts `plaintext` with a fresh nonce: the same secret gives another box each time. */
export function encryptSecret(plaintext: string, key: Uint8Array): string {
  const header = `${version}.${keyId(key)}`;
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(Buffer.from(header));
  const sealed = Buffer.concat([
    nonce,
    cipher.update(plaintext, 'utf8'),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
  return `${header}.${sealed.toString('base64url')}`;
}

/** Opens a box. Throws `config.invalid` under another key, `internal.error` when the box is damaged. */
export function decryptSecret(box: string, key: Uint8Array): string {
  const parts = box.split('.');
  const [boxVersion, boxKeyId, body] = parts;
  if (parts.length !== 3 || boxVersion !== version || body === undefined) {
    throw new CodedError('internal.error', 'a stored secret is not in a format that this version knows');
  }
  if (boxKeyId !== keyId(key)) {
    throw new CodedError(
      'config.invalid',
      `a stored secret needs the SPIKEFIT_SECRET_KEY ${boxKeyId}, not ${keyId(key)}`,
    );
  }
  const sealed = Buffer.from(body, 'base64url');
  if (sealed.length < nonceBytes + tagBytes)
    throw new CodedError('internal.error', 'a stored secret is cut short');
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, nonceBytes), {
    authTagLength: tagBytes,
  });
  decipher.setAAD(Buffer.from(`${boxVersion}.${boxKeyId}`));
  decipher.setAuthTag(sealed.subarray(-tagBytes));
  try {
    return (
      decipher.update(sealed.subarray(nonceBytes, -tagBytes), undefined, 'utf8') + decipher.final('utf8')
    );
  } catch (cause) {
    throw new CodedError('internal.error', 'a stored secret was changed', { cause });
  }
}
