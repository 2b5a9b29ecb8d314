import type { Page } from '@spikefit/contracts';
import { encodeCursor } from './cursor.ts';

/** Makes a page of rows that were read with `limit + 1`. */
export function pageOf<Row, Item>(
  list: string,
  rows: readonly Row[],
  limit: number,
  keyOf: (row: Row) => readonly (string | number)[],
  toItem: (row: Row) => Item,
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const hasMore = rows.length > limit;
  return {
    data: shown.map(toItem),
    hasMore,
    nextCursor: hasMore && last !== undefined ? encodeCursor(list, keyOf(last)) : null,
  };
}
