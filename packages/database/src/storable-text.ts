import type { FieldError } from '@spikefit/contracts';

/** Postgres holds every Unicode text but U+0000 and halves of surrogate pairs. */
const unstorable = /\0|\p{Surrogate}/u;
const everyUnstorable = /\0|\p{Surrogate}/gu;

/** Where a JSON value has text, in keys or values, that Postgres cannot hold. Pointers are RFC 6901. */
export function unstorableFields(value: unknown, pointer = ''): FieldError[] {
  const detail = 'contains U+0000 or half of a surrogate pair, which cannot be stored';
  if (typeof value === 'string') return unstorable.test(value) ? [{ detail, pointer }] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const innerPointer = `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (unstorable.test(key)) return [{ detail: `a key ${detail}`, pointer }];
    return unstorableFields(inner, innerPointer);
  });
}

/** The same text or JSON value with U+FFFD in such places: for what machines report, which must never be refused. */
export function storable<T>(value: T): T {
  return clean(value) as T;
}

function clean(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(everyUnstorable, '\uFFFD');
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(clean);
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [clean(key) as string, clean(inner)]),
  );
}
