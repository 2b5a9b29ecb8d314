import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { CodedError } from '@spikefit/contracts';

/**
 * Secrets at rest: AES-256-GCM under SPIKEFIT_SECRET_KEY. A box is
 * `version (1 byte) | key id (4) | nonce (12) | ciphertext | tag (16)`. The key id is the start of the key's SHA-256
 * and tells a wrong key from a damaged box; version and key id are authenticated.
 */
const version = 1;
const keyIdBytes = 4;
const headerBytes = 1 + keyIdBytes;
const nonceBytes = 12;
const tagBytes = 16;

const secretKeyBytes = 32;

function keyId(key: Uint8Array): Buffer {
  if (key.length !== secretKeyBytes) {
    throw new CodedError(
      'config.invalid',
      `SPIKEFIT_SECRET_KEY has ${key.length} bytes, not ${secretKeyBytes}`,
    );
  }
  return createHash('sha256').update(key).digest().subarray(0, keyIdBytes);
}

/** Encrypts `plaintext` with a fresh nonce: the same secret gives another box each time. */
export function encryptSecret(plaintext: string, key: Uint8Array): Uint8Array {
  const header = Buffer.concat([Buffer.of(version), keyId(key)]);
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(header);
  return Buffer.concat([
    header,
    nonce,
    cipher.update(plaintext, 'utf8'),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
}

/** Opens a box. Throws `config.invalid` under another key, `internal.error` when the box is damaged. */
export function decryptSecret(box: Uint8Array, key: Uint8Array): string {
  const bytes = Buffer.from(box);
  if (bytes[0] !== version || bytes.length < headerBytes + nonceBytes + tagBytes) {
    throw new CodedError('internal.error', 'a stored secret is not in a format that this version knows');
  }
  const header = bytes.subarray(0, headerBytes);
  const id = keyId(key);
  if (!header.subarray(1).equals(id)) {
    const [needed, given] = [header.subarray(1).toString('hex'), id.toString('hex')];
    throw new CodedError(
      'config.invalid',
      `a stored secret needs the SPIKEFIT_SECRET_KEY ${needed}, not ${given}`,
    );
  }
  const nonce = bytes.subarray(headerBytes, headerBytes + nonceBytes);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
  decipher.setAAD(header);
  decipher.setAuthTag(bytes.subarray(-tagBytes));
  try {
    const plaintext = decipher.update(bytes.subarray(headerBytes + nonceBytes, -tagBytes), undefined, 'utf8');
    return plaintext + decipher.final('utf8');
  } catch (cause) {
    throw new CodedError('internal.error', 'a stored secret was changed', { cause });
  }
}
