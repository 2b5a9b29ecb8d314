import { CodedError } from '@spikefit/contracts';

/**
 * Opaque cursors of keyset pages: base64url of `[list, ...key]`. `list` names the list and its filters, so that a
 * cursor of another list is refused. They hold nothing secret, and every read is scoped to the tenant anyway.
 */
export function encodeCursor(list: string, key: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify([list, ...key])).toString('base64url');
}

/** @throws CodedError `request.cursor-invalid` */
export function decodeCursor(
  list: string,
  cursor: string,
  kinds: readonly ('time' | 'text' | 'integer')[],
): unknown[] {
  const parts = parse(cursor);
  const key = parts?.slice(1) ?? [];
  const fits =
    parts?.[0] === list &&
    key.length === kinds.length &&
    kinds.every((kind, index) => isKind(kind, key[index]));
  if (!fits)
    throw new CodedError('request.cursor-invalid', 'the cursor does not belong to this list and its filters');
  return key;
}

/** Cursor of the many lists that go from newest to oldest. */
export function decodeTimeCursor(list: string, cursor: string): { time: Date; id: string } {
  const [time, id] = decodeCursor(list, cursor, ['time', 'text']);
  return { time: new Date(time as string), id: id as string };
}

function parse(cursor: string): unknown[] | null {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(parts) ? parts : null;
  } catch {
    return null;
  }
}

function isKind(kind: 'time' | 'text' | 'integer', value: unknown): boolean {
  switch (kind) {
    case 'time':
      return typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value) && !Number.isNaN(Date.parse(value));
    case 'text':
      return typeof value === 'string' && /^\w{1,100}$/.test(value);
    case 'integer':
      return Number.isSafeInteger(value) && Math.abs(value as number) < 2 ** 31;
  }
}
