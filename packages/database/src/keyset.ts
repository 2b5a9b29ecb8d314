import { decodeTimeCursor } from './cursor.ts';
import { Prisma } from './generated/client.ts';
import type { PageRequest } from './surface/records.ts';

/**
 * The end of a query for a page of a list that goes from newest to oldest, with one row more than the page, which
 * tells whether there is another. A row comparison, and no OR, so that Postgres begins where the page begins in an
 * index that ends with (created_at, id).
 * @throws CodedError `request.cursor-invalid`
 */
export function newestFirst(list: string, { after, limit }: PageRequest): Prisma.Sql {
  const order = Prisma.sql`ORDER BY created_at DESC, id DESC LIMIT ${limit + 1}`;
  if (after === undefined) return order;
  const { time, id } = decodeTimeCursor(list, after);
  return Prisma.sql`AND (created_at, id) < (${time}::timestamptz, ${id}) ${order}`;
}

/** Rows in the order of their ids, which one query chose and another read. */
export function inOrderOf<Row extends { id: string }>(
  ids: readonly { id: string }[],
  rows: readonly Row[],
): Row[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap(({ id }) => byId.get(id) ?? []);
}
