import { createHash, randomBytes } from 'node:crypto';

/** Letters of `sk_` plus this many random ones are stored in clear, to recognise a key by. */
const shownCharacters = 6;

export interface GeneratedApiKey {
  secret: string;
  hash: string;
  prefix: string;
}

/** `sk_` and 32 random bytes in base64url. 256 random bits need no salt and no slow hash. */
export function generateApiKey(): GeneratedApiKey {
  const secret = `sk_${randomBytes(32).toString('base64url')}`;
  return { secret, hash: hashApiKey(secret), prefix: secret.slice(0, 3 + shownCharacters) };
}

/** What is stored and looked up: sha256, hex. */
export function hashApiKey(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
