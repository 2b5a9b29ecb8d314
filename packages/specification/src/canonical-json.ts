import { CodedError } from '@spikefit/contracts';

/**
 * JSON with the keys of every object sorted by UTF-16 code units and no white space, so that equal values give equal
 * bytes (numbers and strings as ECMAScript writes them, which is RFC 8785). Properties that are `undefined` are left
 * out. Throws `internal.error` for what JSON cannot say: NaN, infinities, functions, bigints, undefined elsewhere.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw notJson(String(value));
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object') {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
    return `{${members.join(',')}}`;
  }
  throw notJson(typeof value);
}

const notJson = (what: string) => new CodedError('internal.error', `${what} has no canonical JSON`);
