import { CodedError } from '@spikefit/contracts';

const longestKey = 512;
/** No leading dot: neither `.`, nor `..`, nor the folders that a store keeps for itself. */
const segment = /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/;

/** @throws CodedError `internal.error` for a key that could name anything but an object below the store */
export function checkKey(key: string): string {
  if (key.length > longestKey || !key.split('/').every((part) => segment.test(part))) {
    throw new CodedError('internal.error', `${JSON.stringify(key)} is not a key of an object`);
  }
  return key;
}

/** A prefix of keys: any beginning of a key, also the empty one. */
export function checkPrefix(prefix: string): string {
  if (prefix === '') return prefix;
  const parts = prefix.split('/');
  const last = parts.pop() ?? '';
  if (
    prefix.length <= longestKey &&
    parts.every((part) => segment.test(part)) &&
    (last === '' || segment.test(last))
  ) {
    return prefix;
  }
  throw new CodedError('internal.error', `${JSON.stringify(prefix)} is not a beginning of a key`);
}

/** @throws CodedError `internal.error` when it is not a lower-case hex SHA-256 */
export function checkSha256(sha256: string): string {
  if (!/^[0-9a-f]{64}$/.test(sha256)) throw new CodedError('internal.error', 'sha256 must be 64 hex digits');
  return sha256;
}
